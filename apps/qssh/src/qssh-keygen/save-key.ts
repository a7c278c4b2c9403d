import { utf8 } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import { DiskError, type Stamp, removeFile, statRegularFile, writeFileAtomic } from '@orrery/disk';
import { type PrivateKey, parsePublicKeyBlob, printPublicKeyLine } from '@orrery/keys';
import { failureText } from '../copy/reason.ts';
import { privateFile } from './key-format.ts';
import { KeygenError, type Session } from './session.ts';

const PRIVATE_MODE = 0o600;
const PUBLIC_MODE = 0o644;

/** What stands at a path: null for nothing. */
export type Place = Stamp | null;

/** @throws {KeygenError} for what is no own regular file */
export function placeOf(path: string): Place {
  return orFail(`Cannot use "${path}"`, () => statRegularFile(path)) ?? null;
}

/** Writes both files of a key, or neither where there was none. @throws {KeygenError} */
export async function saveKeyPair(
  session: Session,
  key: PrivateKey,
  path: string,
  passphrase: Uint8Array,
  places: { readonly secret: Place; readonly public: Place },
): Promise<void> {
  const written = await savePrivateKey(session, key, path, passphrase, places.secret);
  try {
    savePublicKey(key, path, places.public);
  } catch (cause) {
    if (places.secret === null) removeFile(path, { expect: written });
    throw cause;
  }
}

/** @throws {KeygenError} */
export async function savePrivateKey(
  session: Session,
  key: PrivateKey,
  path: string,
  passphrase: Uint8Array,
  expect: Place,
): Promise<Stamp> {
  const bytes = await privateFile(session, key, passphrase);
  try {
    return orFail(`Saving key "${path}" failed`, () =>
      writeFileAtomic(path, bytes, { mode: PRIVATE_MODE, expect }),
    );
  } finally {
    wipe(bytes);
  }
}

/** The line of a public key beside its private key. @throws {KeygenError} */
export function savePublicKey({ publicKey, comment }: PrivateKey, path: string, expect: Place): void {
  const line = `${printPublicKeyLine({ ...parsePublicKeyBlob(publicKey), comment })}\n`;
  orFail(`Unable to save public key to ${path}.pub`, () =>
    writeFileAtomic(`${path}.pub`, utf8(line), { mode: PUBLIC_MODE, expect }),
  );
}

function orFail<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof DiskError || (cause instanceof Error && 'code' in cause))
      throw new KeygenError(`${what}: ${failureText(cause)}`, 1);
    throw cause;
  }
}
