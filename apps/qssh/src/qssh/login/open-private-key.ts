import { Reader, FormatError } from '@orrery/bytes';
import { type KeySigner, keySigner } from '@orrery/keys';

/** Asks for the passphrase of a key file; undefined gives up. */
export type Unlock = (path: string, attempt: number) => Promise<Uint8Array | undefined>;

/** TEMPORARY until keys reads every container: an unencrypted Ed25519 key of OpenSSH. */
export async function openPrivateKey(path: string, bytes: Uint8Array, _unlock: Unlock): Promise<KeySigner> {
  const text = new TextDecoder().decode(bytes).replaceAll(/-----[^-]*-----/g, '');
  const reader = new Reader(Uint8Array.fromBase64(text));
  reader.bytes(15);
  reader.string(64);
  reader.string(64);
  reader.string(64);
  reader.uint32();
  reader.string(4096);
  const inner = new Reader(reader.string(4096));
  inner.uint32();
  inner.uint32();
  const type = inner.text(64);
  if (type !== 'ssh-ed25519') throw new FormatError(`Cannot read "${path}"`);
  inner.string(64);
  return keySigner(type, inner.string(64).slice(0, 32));
}
