// The formats of -m (ssh-keygen(1)), and PuTTY's.
import {
  type PemFormat,
  type PrivateKey,
  encryptPemPrivateKey,
  encryptPrivateKey,
  encryptPuttyKey,
  formatPemPrivateKey,
  formatPrivateKey,
  printPuttyKey,
} from '@orrery/keys';
import { type CommandLine, has, valueOf } from './command-line.ts';
import { KeygenError, type Session } from './session.ts';

export type KeyFormat = 'rfc4716' | 'pkcs8' | 'pem' | 'putty';

const formats: readonly KeyFormat[] = ['rfc4716', 'pkcs8', 'pem', 'putty'];

/** Most rounds of bcrypt that files are read with. */
const MAX_ROUNDS = 1024;

/** RFC4716 where -m says nothing; for private keys, that is OpenSSH's own format. @throws {KeygenError} */
export function readFormat(line: CommandLine): KeyFormat {
  const text = valueOf(line, 'm') ?? 'RFC4716';
  const format = formats.find((one) => one === text.toLowerCase());
  if (format === undefined) throw new KeygenError(`Unsupported conversion format "${text}"`);
  return format;
}

/** The file of a private key, to be wiped, in the format of -m, or OpenSSH's for types that PEM lacks. @throws {KeygenError} */
export async function privateFile(
  session: Session,
  key: PrivateKey,
  passphrase: Uint8Array,
): Promise<Uint8Array> {
  const format = readFormat(session.line);
  const isClear = passphrase.length === 0;
  if (format === 'putty') return puttyFile(key, passphrase);
  const pem = format === 'rfc4716' ? undefined : pemFile(key, format, passphrase);
  if (pem === undefined)
    return isClear
      ? formatPrivateKey(key)
      : encryptPrivateKey(key, passphrase, roundsOf(valueOf(session.line, 'a')));
  if (key.type === 'ssh-ed25519' && !has(session.line, 'q'))
    session.say('OpenSSH reads Ed25519 keys in PKCS8 from 9.6 on; older ones need a file without -m.');
  return pem;
}

async function puttyFile(key: PrivateKey, passphrase: Uint8Array): Promise<Uint8Array> {
  try {
    return passphrase.length === 0 ? printPuttyKey(key) : await encryptPuttyKey(key, passphrase);
  } catch (cause) {
    if (cause instanceof RangeError) throw new KeygenError(cause.message);
    throw cause;
  }
}

/** Undefined for a type that the format lacks. */
function pemFile(key: PrivateKey, format: PemFormat, passphrase: Uint8Array): Uint8Array | undefined {
  try {
    return passphrase.length === 0
      ? formatPemPrivateKey(key, format)
      : encryptPemPrivateKey(key, format, passphrase);
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}

function roundsOf(text: string | undefined): { readonly rounds?: number } {
  if (text === undefined) return {};
  const rounds = /^\d+$/.test(text) ? Number(text) : 0;
  if (rounds < 1 || rounds > MAX_ROUNDS)
    throw new KeygenError(`Invalid number of rounds: ${text} (1 to ${MAX_ROUNDS} expected)`);
  return { rounds };
}
