import { wipe } from '@orrery/crypto';
import { type PrivateKey, PrivateKeyError, decryptPrivateKey, parsePrivateKey } from '@orrery/keys';

/** Asks for the passphrase of a key file, from attempt 0 on; undefined gives up. */
export type Unlock = (path: string, attempt: number) => Promise<Uint8Array | undefined>;

/** The key in a file; its passphrase is asked for if it has one. The caller wipes its secret. @throws {PrivateKeyError} */
export async function openPrivateKey(path: string, bytes: Uint8Array, unlock: Unlock): Promise<PrivateKey> {
  let passphrase: Uint8Array | undefined;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await keyIn(bytes, passphrase);
    } catch (cause) {
      const isLocked = cause instanceof PrivateKeyError && cause.code.startsWith('passphrase-');
      if (!isLocked) throw cause;
      wipe(...(passphrase === undefined ? [] : [passphrase]));
      passphrase = await unlock(path, attempt);
      if (passphrase === undefined) throw cause;
    }
  }
}

async function keyIn(bytes: Uint8Array, passphrase: Uint8Array | undefined): Promise<PrivateKey> {
  if (passphrase === undefined) return parsePrivateKey(bytes);
  const key = await decryptPrivateKey(bytes, passphrase);
  wipe(passphrase);
  return key;
}
