import { equal } from '@orrery/bytes';
import { recognisePrivateKey } from '@orrery/keys';
import { idIn, wholeFile, type Arrival, type PendingLine } from './arrival.ts';
import type { Ground } from './ground.ts';
import { readPublicKey } from './key-file.ts';

/**
 * A public key that does not belong to the private key of its name: who installs it on a server lets somebody else in.
 * Where the private key does not tell its public one, a change of the public key alone counts as such.
 */
export function reviewPublicKey(
  { name, current, incoming }: Arrival,
  ground: Ground,
): readonly PendingLine[] {
  if (incoming === undefined || !name.endsWith('.pub')) return [];
  const file = name.slice(0, -'.pub'.length);
  const content = ground.contentAfter(file);
  const privateKey = content instanceof Uint8Array ? recognisePrivateKey(content) : undefined;
  if (privateKey === undefined) return [];
  const before = current === undefined ? undefined : readPublicKey(current);
  const belongs = privateKey.publicKey ?? (ground.arrives(file) ? undefined : before);
  const after = readPublicKey(incoming);
  if (belongs === undefined || (after !== undefined && equal(after.blob, belongs.blob))) return [];
  const reason = `it is not the public key of "${file}": where it is installed, somebody else gets in`;
  const item = wholeFile(name, incoming, reason);
  return [{ ...item, name, id: idIn(name, 'program', item.id) }];
}
