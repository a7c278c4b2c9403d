// Reading the files with the server's own keys.
import {
  MAX_PRIVATE_KEY_FILE,
  MAX_PUBLIC_KEY_LINE,
  parsePrivateKey,
  parsePublicKeyBlob,
  parsePublicKeyLine,
  recognisePrivateKey,
  type KeySigner,
  type PublicKey,
} from '@orrery/keys';
import { readFile, stat } from 'node:fs/promises';
import { reasonOf } from '../../copy/reason.ts';
import { readServerFile } from '../monitor/server-file.ts';

/** @throws {Error} naming the file: it is no key that can be used, or others can read it. */
export async function readHostKey(file: string): Promise<KeySigner> {
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
    return parsePrivateKey(bytes).signer();
  } catch (cause) {
    return unusable(cause);
  } finally {
    bytes.fill(0);
  }
}

/**
 * The public half of a key: what the file says if it is a public key, or a private one that tells it, encrypted or not;
 * otherwise what the file beside it says, whose name has `.pub` at its end.
 */
export function readPublicHalf(file: string): PublicKey | undefined {
  return fromPrivateFile(file) ?? ifKey(file) ?? ifKey(`${file}.pub`);
}

function fromPrivateFile(file: string): PublicKey | undefined {
  const bytes = readServerFile(file, MAX_PRIVATE_KEY_FILE);
  if (typeof bytes === 'string') return undefined;
  const found = recognisePrivateKey(bytes)?.publicKey;
  const key = found && parsePublicKeyBlob(found.blob.slice());
  bytes.fill(0);
  return key;
}

function ifKey(file: string): PublicKey | undefined {
  try {
    const key = readPublicFile(file);
    return key.certifiedKey === undefined ? key : undefined;
  } catch {
    return undefined;
  }
}

/** The key or certificate in a public file. @throws {Error} without the file's name. */
export function readPublicFile(file: string): PublicKey {
  const bytes = readServerFile(file, MAX_PUBLIC_KEY_LINE);
  if (typeof bytes === 'string') throw new Error(bytes);
  const lines = new TextDecoder().decode(bytes).split('\n');
  return parsePublicKeyLine(lines.find((line) => /^[ \t]*[^#\s]/.test(line)) ?? '');
}
