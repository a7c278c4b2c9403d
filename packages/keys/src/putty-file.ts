// The text of PuTTY's private key files, versions 2 and 3 (PuTTY manual, appendix C).
import { FormatError } from '@orrery/bytes';
import { decodeBase64 } from './public-key.ts';

const MAGIC = /^PuTTY-User-Key-File-([23]): ([!-~]{1,64})$/;
/** Characters of base64 in a line. */
const LINE = 64;
/** Most lines of base64, public or private. */
const MAX_LINES = 4096;

export const CIPHER = 'aes256-cbc';

/** How the keys of version 3 come from the passphrase. */
export interface PuttyDerivation {
  readonly kind: string;
  /** In KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Uint8Array;
}

export interface PuttyFile {
  readonly version: 2 | 3;
  readonly type: string;
  readonly encryption: string;
  /** Its bytes, in whatever encoding they are. */
  readonly comment: Uint8Array;
  readonly publicKey: Uint8Array;
  /** Of version 3, where the key is encrypted. */
  readonly derivation?: PuttyDerivation;
  /** The private numbers, encrypted or not. */
  readonly secret: Uint8Array;
  readonly mac: Uint8Array;
}

/** Whether this is the beginning of such a file. */
export function isPuttyFile(bytes: Uint8Array): boolean {
  return /^PuTTY-User-Key-File-[23]: /.test(latin1(bytes.subarray(0, 64)));
}

/** Reads all headers in the only order that they have. @throws {FormatError} */
export function readPuttyFile(bytes: Uint8Array): PuttyFile {
  const lines = latin1(bytes).split(/\r\n|\r|\n/);
  const [, version, type = ''] = MAGIC.exec(lines.shift() ?? '') ?? [];
  if (version === undefined) throw new FormatError('Cannot read PuTTY key: its first line is another');
  const encryption = header(lines, 'Encryption');
  const comment = Uint8Array.from(header(lines, 'Comment'), (character) => character.charCodeAt(0));
  const publicKey = block(lines, 'Public-Lines');
  const derivation = version === '3' && encryption !== 'none' ? readDerivation(lines) : undefined;
  const secret = block(lines, 'Private-Lines');
  const mac = hex(header(lines, 'Private-MAC'));
  if (lines.some((line) => line !== '')) throw new FormatError('Cannot read PuTTY key: more follows its MAC');
  return {
    version: version === '2' ? 2 : 3,
    type,
    encryption,
    comment,
    publicKey,
    ...(derivation && { derivation }),
    secret,
    mac,
  };
}

/** The inverse. The comment has no line breaks. */
export function printPuttyFile(file: PuttyFile): Uint8Array {
  const { derivation } = file;
  const lines = [
    `PuTTY-User-Key-File-${file.version}: ${file.type}`,
    `Encryption: ${file.encryption}`,
    `Comment: ${latin1(file.comment)}`,
    ...printBlock('Public-Lines', file.publicKey),
    ...(derivation ? printDerivation(derivation) : []),
    ...printBlock('Private-Lines', file.secret),
    `Private-MAC: ${file.mac.toHex()}`,
    '',
  ];
  return Uint8Array.from(lines.join('\n'), (character) => character.charCodeAt(0));
}

function readDerivation(lines: string[]): PuttyDerivation {
  return {
    kind: header(lines, 'Key-Derivation'),
    memory: count(lines, 'Argon2-Memory'),
    passes: count(lines, 'Argon2-Passes'),
    parallelism: count(lines, 'Argon2-Parallelism'),
    salt: hex(header(lines, 'Argon2-Salt')),
  };
}

function printDerivation({ kind, memory, passes, parallelism, salt }: PuttyDerivation): string[] {
  return [
    `Key-Derivation: ${kind}`,
    `Argon2-Memory: ${memory}`,
    `Argon2-Passes: ${passes}`,
    `Argon2-Parallelism: ${parallelism}`,
    `Argon2-Salt: ${salt.toHex()}`,
  ];
}

function header(lines: string[], name: string): string {
  const line = lines.shift();
  if (line === undefined || !line.startsWith(`${name}: `))
    throw new FormatError(`Cannot read PuTTY key: its header "${name}" is missing`);
  return line.slice(name.length + 2);
}

function count(lines: string[], name: string): number {
  const text = header(lines, name);
  if (!/^(0|[1-9][0-9]{0,9})$/.test(text))
    throw new FormatError(`Cannot read PuTTY key: its header "${name}" is no number`);
  return Number(text);
}

function block(lines: string[], name: string): Uint8Array {
  const length = count(lines, name);
  if (length > MAX_LINES || length > lines.length)
    throw new FormatError(`Cannot read PuTTY key: its header "${name}" counts more lines than there are`);
  return decodeBase64(lines.splice(0, length).join(''));
}

function printBlock(name: string, bytes: Uint8Array): string[] {
  const lines = bytes.toBase64().match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return [`${name}: ${lines.length}`, ...lines];
}

function hex(text: string): Uint8Array {
  if (!/^([0-9A-Fa-f]{2}){1,64}$/.test(text))
    throw new FormatError('Cannot read PuTTY key: 1 to 64 bytes in hex expected');
  return Uint8Array.fromHex(text);
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += 4096)
    text += String.fromCharCode(...bytes.subarray(start, start + 4096));
  return text;
}
