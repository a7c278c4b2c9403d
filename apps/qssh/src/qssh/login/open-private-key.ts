import { wipe } from '@orrery/crypto';
import { type KeySigner, PrivateKeyError, decryptPrivateKey, parsePrivateKey } from '@orrery/keys';

/** Asks for the passphrase of a key file, from attempt 0 on; undefined gives up. */
export type Unlock = (path: string, attempt: number) => Promise<Uint8Array | undefined>;

/** A signer with the key in a file; its passphrase is asked for if it has one. @throws {PrivateKeyError} */
export async function openPrivateKey(path: string, bytes: Uint8Array, unlock: Unlock): Promise<KeySigner> {
  let passphrase: Uint8Array | undefined;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await signerOf(bytes, passphrase);
    } catch (cause) {
      const isLocked = cause instanceof PrivateKeyError && cause.code.startsWith('passphrase-');
      if (!isLocked) throw cause;
      wipe(...(passphrase === undefined ? [] : [passphrase]));
      passphrase = await unlock(path, attempt);
      if (passphrase === undefined) throw cause;
    }
  }
}

async function signerOf(bytes: Uint8Array, passphrase: Uint8Array | undefined): Promise<KeySigner> {
  const key = passphrase === undefined ? parsePrivateKey(bytes) : await decryptPrivateKey(bytes, passphrase);
  const signer = key.signer();
  wipe(key.secret, ...(passphrase === undefined ? [] : [passphrase]));
  return signer;
}
