// Whether a key may be used on this way, by the rules of OpenSSH's agent (PROTOCOL.agent, section 2).
import { equal } from '@orrery/bytes';
import { matchesPattern } from '@orrery/keys';
import type { Destination, Hop } from './constraints.ts';
import { isCertifiedHost } from './host-certificate.ts';
import type { SessionBindings } from './session-bindings.ts';

/**
 * Whether the key may be seen on this connection, or, for a user, log in at its end.
 * @param destinations Those of the key; undefined permits everything.
 */
export function isPermitted(
  destinations: readonly Destination[] | undefined,
  bindings: SessionBindings,
  user?: string,
): boolean {
  if (destinations === undefined) return true;
  if (bindings.isBroken) return false;
  const way = bindings.all;
  const last = way.at(-1);
  if (last === undefined) return true;
  const isEveryHopPermitted = way.every(({ hostKey, isForwarding }, at) => {
    const isLast = at === way.length - 1;
    if (isLast ? isForwarding && user !== undefined : !isForwarding) return false;
    return leads(destinations, way[at - 1]?.hostKey, hostKey, isLast ? user : undefined);
  });
  if (!isEveryHopPermitted) return false;
  // A host that may only be logged in to does not even see the key.
  return !last.isForwarding || user !== undefined || leads(destinations, last.hostKey, undefined, undefined);
}

/** @param from Undefined: from here. @param to Undefined: anywhere. */
function leads(
  destinations: readonly Destination[],
  from: Uint8Array | undefined,
  to: Uint8Array | undefined,
  user: string | undefined,
): boolean {
  return destinations.some(
    (destination) =>
      (from === undefined ? destination.from.host === '' : isHop(from, destination.from)) &&
      (to === undefined || isHop(to, destination.to)) &&
      (user === undefined || destination.to.user === '' || matchesPattern(user, destination.to.user)),
  );
}

function isHop(hostKey: Uint8Array, { host, keys }: Hop): boolean {
  return keys.some(({ publicKey, isAuthority }) =>
    isAuthority ? isCertifiedHost(hostKey, publicKey, host) : equal(hostKey, publicKey),
  );
}
