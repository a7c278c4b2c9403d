import { FormatError } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import {
  type PublicKey,
  parsePublicKeyBlob,
  parsePublicKeyPem,
  parseRfc4716,
  printPublicKeyLine,
  printPublicKeyPem,
  printRfc4716,
  recognisePrivateKey,
} from '@orrery/keys';
import { typeWord } from '../qssh/host-key/key-words.ts';
import { inputPath } from './input-path.ts';
import { privateFile, readFormat } from './key-format.ts';
import { defaultComment } from './make-keys.ts';
import { openKey } from './open-key.ts';
import { publicKeyIn } from './public-key-file.ts';
import { readFile } from './read-file.ts';
import { KeygenError, type Session } from './session.ts';

/** -e: a public key in another format; of PuTTY, where files are of private keys, a private one. */
export async function exportKey(session: Session): Promise<number> {
  const format = readFormat(session.line);
  const path = await inputPath(session);
  if (format === 'putty') return printPrivate(session, path, session);
  const key = await anyKey(session, path);
  try {
    session.print(format === 'rfc4716' ? printRfc4716(withOrigin(key)) : printPublicKeyPem(key, format));
    return 0;
  } catch (cause) {
    if (cause instanceof RangeError) throw new KeygenError(cause.message);
    throw cause;
  }
}

/** -i: what -e prints, as OpenSSH has it. */
export async function importKey(session: Session): Promise<number> {
  const format = readFormat(session.line);
  const path = await inputPath(session);
  if (format === 'putty') {
    // Written in the format that is the default.
    const line = { ...session.line, found: session.line.found.filter(({ name }) => name !== 'm') };
    return printPrivate(session, path, { ...session, line });
  }
  const text = new TextDecoder().decode(readFile(path));
  try {
    const { type, blob } = format === 'rfc4716' ? parseRfc4716(text) : parsePublicKeyPem(text);
    session.print(`${printPublicKeyLine({ type, blob })}\n`);
    return 0;
  } catch (cause) {
    if (cause instanceof FormatError) throw new KeygenError(`${path}: ${cause.message}`);
    throw cause;
  }
}

/** A private key in the format of `output`, protected by the passphrase that it has. */
async function printPrivate(session: Session, path: string, output: Session): Promise<number> {
  const { key, passphrase } = await openKey(session, path, `Load key "${path}"`);
  try {
    const bytes = await privateFile(output, key, passphrase);
    session.print(bytes);
    wipe(bytes);
    return 0;
  } finally {
    wipe(key.secret, passphrase);
  }
}

/** Only a private key that does not tell its public one is opened. */
async function anyKey(session: Session, path: string): Promise<PublicKey> {
  const bytes = readFile(path);
  const known = publicKeyIn(path, bytes);
  if (known !== undefined) return known;
  if (recognisePrivateKey(bytes) === undefined) throw new KeygenError(`${path} is not a key file.`);
  const { key, passphrase } = await openKey(session, path, `Load key "${path}"`);
  wipe(key.secret, passphrase);
  return parsePublicKeyBlob(key.publicKey);
}

function withOrigin(key: PublicKey): PublicKey {
  const comment = `${key.bits ?? 0}-bit ${typeWord(key)}, converted by ${defaultComment()} from OpenSSH`;
  return { ...key, comment };
}
