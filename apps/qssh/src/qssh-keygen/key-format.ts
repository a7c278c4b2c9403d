// The formats of -m (ssh-keygen(1)), and PuTTY's.
import {
  type PrivateKey,
  encryptPemPrivateKey,
  encryptPrivateKey,
  encryptPuttyKey,
  formatPemPrivateKey,
  formatPrivateKey,
  printPuttyKey,
} from '@orrery/keys';
import { type CommandLine, valueOf } from './command-line.ts';
import { KeygenError } from './session.ts';

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

/** The file of a private key, to be wiped, in the format of -m. @throws {KeygenError} */
export async function privateFile(
  line: CommandLine,
  key: PrivateKey,
  passphrase: Uint8Array,
): Promise<Uint8Array> {
  const format = readFormat(line);
  const isClear = passphrase.length === 0;
  try {
    if (format === 'putty') return isClear ? printPuttyKey(key) : await encryptPuttyKey(key, passphrase);
    if (format !== 'rfc4716')
      return isClear ? formatPemPrivateKey(key, format) : encryptPemPrivateKey(key, format, passphrase);
  } catch (cause) {
    if (cause instanceof RangeError) throw new KeygenError(cause.message);
    throw cause;
  }
  return isClear ? formatPrivateKey(key) : encryptPrivateKey(key, passphrase, roundsOf(valueOf(line, 'a')));
}

function roundsOf(text: string | undefined): { readonly rounds?: number } {
  if (text === undefined) return {};
  const rounds = /^\d+$/.test(text) ? Number(text) : 0;
  if (rounds < 1 || rounds > MAX_ROUNDS)
    throw new KeygenError(`Invalid number of rounds: ${text} (1 to ${MAX_ROUNDS} expected)`);
  return { rounds };
}
