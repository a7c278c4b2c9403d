// Reading the server's own keys.
import { MAX_PRIVATE_KEY_FILE, parsePrivateKey, type KeySigner } from '@orrery/keys';
import { readFile, stat } from 'node:fs/promises';
import { reasonOf } from '../../copy/reason.ts';

export interface HostKey {
  readonly file: string;
  readonly signer: KeySigner;
}

/** @throws {Error} naming the file: it is no key that can be used, or others can read it. */
export async function loadHostKey(file: string): Promise<HostKey> {
  const unusable = (cause: unknown): never => {
    throw new Error(`Cannot use host key "${file}": ${reasonOf(cause)}`, { cause });
  };
  const { mode, uid, size } = await stat(file).catch(unusable);
  if (uid === process.getuid?.() && (mode & 0o077) !== 0)
    throw new Error(`Cannot use host key "${file}": permissions ${(mode & 0o777).toString(8)} are too open`);
  if (size > MAX_PRIVATE_KEY_FILE)
    throw new Error(
      `Cannot use host key "${file}": ${size} bytes, at most ${MAX_PRIVATE_KEY_FILE} are expected`,
    );
  const bytes = await readFile(file).catch(unusable);
  try {
    return { file, signer: parsePrivateKey(bytes).signer() };
  } catch (cause) {
    return unusable(cause);
  } finally {
    bytes.fill(0);
  }
}
