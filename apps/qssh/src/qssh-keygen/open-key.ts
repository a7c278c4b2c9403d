import { wipe } from '@orrery/crypto';
import {
  type PrivateKey,
  PrivateKeyError,
  decryptPrivateKey,
  parsePrivateKey,
  recognisePrivateKey,
} from '@orrery/keys';
import { statSync } from 'node:fs';
import { valueOf } from './command-line.ts';
import { prepareType } from './key-kinds.ts';
import { readFile } from './read-file.ts';
import { KeygenError, type Session } from './session.ts';

const commented: readonly string[] = ['openssh', 'putty'];

/** Both arrays are the caller's to wipe. */
export interface OpenedKey {
  readonly key: PrivateKey;
  /** Empty for none. */
  readonly passphrase: Uint8Array;
  /** Whether files of this format have a comment, be it empty. */
  readonly hasComment: boolean;
}

/**
 * The private key in a file. Its passphrase is that of -P, or asked for once.
 * @param failed Stands before the reason of a failure. @throws {KeygenError}
 */
export async function openKey(
  { line, ask }: Session,
  path: string,
  failed: string,
  prompt: string = 'Enter passphrase: ',
): Promise<OpenedKey> {
  checkMode(path, failed);
  const bytes = readFile(path, undefined, failed);
  const outside = recognisePrivateKey(bytes);
  const hasComment = commented.includes(outside?.container ?? '');
  await prepareType(outside?.publicKey?.type ?? '');
  let passphrase = new Uint8Array();
  try {
    const clear = tryClear(bytes);
    if (clear !== undefined) return { key: clear, passphrase, hasComment };
    const given = valueOf(line, 'P');
    passphrase =
      given === undefined
        ? new Uint8Array((await ask.secret(prompt)) ?? [])
        : new TextEncoder().encode(given);
    return { key: await decryptPrivateKey(bytes, passphrase), passphrase, hasComment };
  } catch (cause) {
    wipe(passphrase);
    if (cause instanceof PrivateKeyError) throw new KeygenError(`${failed}: ${reasonText(cause)}`);
    throw cause;
  } finally {
    wipe(bytes);
  }
}

/** Undefined: it is encrypted. */
function tryClear(bytes: Uint8Array): PrivateKey | undefined {
  try {
    return parsePrivateKey(bytes);
  } catch (cause) {
    if (cause instanceof PrivateKeyError && cause.code === 'passphrase-needed') return undefined;
    throw cause;
  }
}

function reasonText({ code, message }: PrivateKeyError): string {
  return code.startsWith('passphrase-') ? 'incorrect passphrase supplied to decrypt private key' : message;
}

function checkMode(path: string, failed: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new KeygenError(`${failed}: No such file or directory`);
  const { mode, uid } = found;
  if (uid !== process.getuid?.() || (mode & 0o077) === 0) return;
  throw new KeygenError(
    `Permissions 0${(mode & 0o777).toString(8)} for '${path}' are too open.\n${failed}: bad permissions`,
  );
}
