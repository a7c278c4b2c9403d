// The keys of both directions, and what is made of them.
import { wipe } from '@orrery/crypto';
import { packetCipher } from './algorithms.ts';
import { deriveKeys, type ExchangeResult } from './derive-keys.ts';
import type { Direction } from './negotiation.ts';
import type { CipherKeys } from './packet-cipher.ts';

type Way = 'toServer' | 'toClient';

/** Both directions of a connection, seen from one side. */
export interface BothWays<T> {
  readonly outgoing: T;
  readonly incoming: T;
}

export function seenFrom<T>(isClient: boolean, ways: Readonly<Record<Way, T>>): BothWays<T> {
  return isClient
    ? { outgoing: ways.toServer, incoming: ways.toClient }
    : { outgoing: ways.toClient, incoming: ways.toServer };
}

/** To be wiped once they are out of use. */
export function derivePacketKeys(
  result: ExchangeResult,
  isClient: boolean,
  directions: BothWays<Direction>,
): BothWays<CipherKeys> {
  const ways = seenFrom<Way>(isClient, { toServer: 'toServer', toClient: 'toClient' });
  return {
    outgoing: deriveKeys(result, ways.outgoing, packetCipher(directions.outgoing)),
    incoming: deriveKeys(result, ways.incoming, packetCipher(directions.incoming)),
  };
}

export function wipeKeys(...all: readonly CipherKeys[]): void {
  for (const { key, iv, macKey } of all) wipe(key, iv, macKey);
}
