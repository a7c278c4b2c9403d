import { FormatError, Reader, utf8 } from '@orrery/bytes';
import { MAX_PUBLIC_KEY_BLOB, type PublicKey, decodeBase64, parsePublicKeyBlob } from './public-key.ts';

/** Longest private key file, in bytes. Longer files are not looked at. */
export const MAX_PRIVATE_KEY_FILE = 1_048_576;

/** What the outside of a private key file tells. */
export interface PrivateKeyFile {
  readonly container: 'openssh' | 'pkcs1' | 'pkcs8' | 'sec1' | 'dsa' | 'putty' | 'ssh1';
  /** Whether a passphrase protects it. A file too damaged to tell counts as not encrypted. */
  readonly encrypted: boolean;
  /** The public key, where the container has it in clear. */
  readonly publicKey?: PublicKey;
}

/** PEM labels (RFC 7468, RFC 5915, OpenSSL's own, OpenSSH's PROTOCOL.key). */
const containers: ReadonlyMap<string, PrivateKeyFile['container']> = new Map([
  ['OPENSSH PRIVATE KEY', 'openssh'],
  ['RSA PRIVATE KEY', 'pkcs1'],
  ['EC PRIVATE KEY', 'sec1'],
  ['DSA PRIVATE KEY', 'dsa'],
  ['PRIVATE KEY', 'pkcs8'],
  ['ENCRYPTED PRIVATE KEY', 'pkcs8'],
]);

const PEM_BEGIN = utf8('-----BEGIN ');
const PEM_DASHES = utf8('-----');
const PEM_ENCRYPTED = utf8('Proc-Type: 4,ENCRYPTED');
const OPENSSH_MAGIC = utf8('openssh-key-v1\0');
const SSH1_MAGIC = utf8('SSH PRIVATE KEY FILE FORMAT 1.1\n\0');
const PUTTY_PRIVATE = utf8('\nPrivate-Lines:');
const NEWLINE = 0x0a;

/**
 * Recognises a private key file by its content; undefined if it is none. Private material is neither decoded nor
 * turned into a string.
 */
export function recognisePrivateKey(bytes: Uint8Array): PrivateKeyFile | undefined {
  if (bytes.length > MAX_PRIVATE_KEY_FILE) return undefined;
  if (startsWith(bytes, SSH1_MAGIC, 0)) {
    return { container: 'ssh1', encrypted: (bytes[SSH1_MAGIC.length] ?? 0) !== 0 };
  }
  if (
    startsWith(bytes, utf8('PuTTY-User-Key-File-2:'), 0) ||
    startsWith(bytes, utf8('PuTTY-User-Key-File-3:'), 0)
  ) {
    return recognisePutty(bytes);
  }
  return recognisePem(bytes);
}

/** The first private key in a PEM file, which may hold other things before it, such as the parameters of a curve. */
function recognisePem(bytes: Uint8Array): PrivateKeyFile | undefined {
  for (let at = find(bytes, PEM_BEGIN, 0); at !== -1; at = find(bytes, PEM_BEGIN, at + 1)) {
    const start = at + PEM_BEGIN.length;
    const end = find(bytes.subarray(0, start + 64), PEM_DASHES, start);
    if (end === -1) continue;
    const label = ascii(bytes.subarray(start, end));
    const container = containers.get(label);
    if (container === undefined) continue;
    const body = bytes.indexOf(NEWLINE, end) + 1;
    if (body === 0) return { container, encrypted: false };
    if (container === 'openssh') return recogniseOpenssh(bytes.subarray(body));
    if (container === 'pkcs8') return { container, encrypted: label.startsWith('ENCRYPTED') };
    return { container, encrypted: startsWith(bytes, PEM_ENCRYPTED, body) };
  }
  return undefined;
}

/** OpenSSH's PROTOCOL.key: magic, cipher, KDF, its options, number of keys, public key, private part. */
function recogniseOpenssh(body: Uint8Array): PrivateKeyFile {
  const container = 'openssh';
  let encrypted = false;
  try {
    if (!startsWith(base64Prefix(body, OPENSSH_MAGIC.length), OPENSSH_MAGIC, 0))
      return { container, encrypted };
    const cipher = stringAt(body, OPENSSH_MAGIC.length, 64);
    encrypted = ascii(cipher.bytes) !== 'none';
    const kdf = stringAt(body, cipher.end, 64);
    const options = stringAt(body, kdf.end, 1024);
    const publicKey = stringAt(body, options.end + 4, MAX_PUBLIC_KEY_BLOB);
    return { container, encrypted, publicKey: parsePublicKeyBlob(publicKey.bytes) };
  } catch (error) {
    if (error instanceof FormatError) return { container, encrypted };
    throw error;
  }
}

/** An SSH string in base64, decoded without the bytes behind it. */
function stringAt(body: Uint8Array, offset: number, max: number): { bytes: Uint8Array; end: number } {
  const length = new Reader(base64Prefix(body, offset + 4).subarray(offset)).uint32();
  if (length > max) {
    throw new FormatError(
      `Cannot read private key file: found a field of ${length} bytes, at most ${max} expected`,
    );
  }
  const end = offset + 4 + length;
  return { bytes: base64Prefix(body, end).slice(offset + 4), end };
}

/** The first `length` bytes of base64 text with line breaks, fewer if it ends before. */
function base64Prefix(body: Uint8Array, length: number): Uint8Array {
  const count = Math.ceil(length / 3) * 4;
  const characters: number[] = [];
  for (const byte of body) {
    if (characters.length === count) break;
    if (byte > 0x20) characters.push(byte);
  }
  return decodeBase64(ascii(Uint8Array.from(characters))).subarray(0, length);
}

/** PuTTY's PPK format, versions 2 and 3 (PuTTY manual, appendix C): headers in lines, then the public key. */
function recognisePutty(bytes: Uint8Array): PrivateKeyFile {
  const container = 'putty';
  const end = find(bytes, PUTTY_PRIVATE, 0);
  const lines = new TextDecoder().decode(bytes.subarray(0, Math.max(end, 0))).split(/\r?\n/);
  const header = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const encrypted = (header('Encryption') ?? 'none') !== 'none';
  const first = lines.findIndex((line) => line.startsWith('Public-Lines: ')) + 1;
  const comment = header('Comment');
  try {
    const count = Number(header('Public-Lines'));
    const key = parsePublicKeyBlob(decodeBase64(lines.slice(first, first + count).join('')));
    return { container, encrypted, publicKey: comment === undefined ? key : { ...key, comment } };
  } catch (error) {
    if (error instanceof FormatError) return { container, encrypted };
    throw error;
  }
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array, offset: number): boolean {
  return prefix.every((byte, index) => bytes[offset + index] === byte);
}

function find(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  const [first = 0] = wanted;
  let at = bytes.indexOf(first, from);
  while (at !== -1 && !startsWith(bytes, wanted, at)) at = bytes.indexOf(first, at + 1);
  return at;
}

function ascii(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}
