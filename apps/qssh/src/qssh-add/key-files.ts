import { type PublicKey, parsePublicKeyLine, recognisePrivateKey } from '@orrery/keys';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../copy/reason.ts';
import type { Session } from './session.ts';

export const STANDARD_INPUT = '-';

const defaultNames: readonly string[] = ['id_mldsa44_ed25519', 'id_rsa', 'id_ecdsa', 'id_ed25519'];

/** Those that are there. */
export function defaultFiles(home: string): readonly string[] {
  return defaultNames.map((name) => join(home, '.ssh', name)).filter((path) => existsSync(path));
}

/** A private key file; undefined for one that cannot be read, or that others can, which is said. */
export function readPrivateFile(path: string, { say }: Session): Uint8Array | undefined {
  try {
    if (path === STANDARD_INPUT) return readFileSync(0);
    const { mode, uid } = statSync(path);
    if (uid === process.getuid?.() && (mode & 0o077) !== 0) {
      say(`Permissions 0${(mode & 0o777).toString(8)} for '${path}' are too open.`);
      say('It is required that your private key files are NOT accessible by others.');
      say('This private key will be ignored.');
      return undefined;
    }
    return readFileSync(path);
  } catch (cause) {
    say(`${path}: ${reasonOf(cause)}`);
    return undefined;
  }
}

/** The public key in a file, in a private key file, or beside one. */
export function publicKeyOf(path: string): PublicKey | undefined {
  const bytes = readIfThere(path);
  const beside = (): PublicKey | undefined => publicKeyIn(readIfThere(`${path}.pub`));
  if (bytes === undefined) return beside();
  const inFile = publicKeyIn(bytes);
  if (inFile !== undefined) return inFile;
  return beside() ?? recognisePrivateKey(bytes)?.publicKey;
}

/** The certificate beside a key. */
export function certificateOf(path: string): PublicKey | undefined {
  return publicKeyIn(readIfThere(certificatePath(path)));
}

export function certificatePath(path: string): string {
  return `${path.replace(/\.pub$/, '')}-cert.pub`;
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function publicKeyIn(bytes: Uint8Array | undefined): PublicKey | undefined {
  if (bytes === undefined) return undefined;
  try {
    return parsePublicKeyLine(new TextDecoder().decode(bytes).trimEnd());
  } catch {
    return undefined;
  }
}
