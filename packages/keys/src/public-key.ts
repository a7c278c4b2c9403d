import { FormatError, Reader, type Value, Writer, concat } from '@orrery/bytes';
import { type KeyType, certificateFields, certificateNonce, certifiedTypes, keyTypes } from './key-types.ts';

/** Longest public key blob, in bytes. */
export const MAX_PUBLIC_KEY_BLOB = 65_536;
/** Longest line with a public key, in characters. */
export const MAX_PUBLIC_KEY_LINE = 131_072;
/** Longest name of an algorithm, in bytes (RFC 4251, section 6). */
const MAX_TYPE = 64;

/** An OpenSSH public key or certificate. A type that is not known is kept as it is. */
export interface PublicKey {
  /** The name of its type, as the blob says. */
  readonly type: string;
  /** The key in the format of RFC 4253, section 6.6. */
  readonly blob: Uint8Array;
  readonly comment?: string;
  /** The size that `ssh-keygen -l` prints; absent if the type is not known. */
  readonly bits?: number;
  /** For a certificate: the blob of the key that it certifies. The signature of the certificate is not verified. */
  readonly certifiedKey?: Uint8Array;
}

/**
 * A public key from its blob, all of whose fields are checked if its type is known. The result holds `blob` itself.
 *
 * @throws {FormatError} the blob is longer than MAX_PUBLIC_KEY_BLOB or not a key
 */
export function parsePublicKeyBlob(blob: Uint8Array): PublicKey {
  const certificate = readCertificate(blob);
  if (certificate !== undefined) {
    const { type, bits, certifiedKey } = certificate;
    return { type, blob, bits, certifiedKey };
  }
  const reader = new Reader(blob);
  const type = readType(reader);
  const keyType = keyTypes.get(type);
  if (keyType === undefined) return { type, blob };
  const bits = readBits(reader, keyType);
  reader.end();
  return { type, blob, bits };
}

/** What stands in the blob of a certificate. */
interface CertificateParts {
  readonly type: string;
  readonly nonce: Uint8Array;
  readonly certifiedKey: Uint8Array;
  readonly bits: number;
  readonly fields: Value<typeof certificateFields>;
}

/** The parts of a certificate; undefined if the blob is not of such a type. @throws {FormatError} */
export function readCertificate(blob: Uint8Array): CertificateParts | undefined {
  checkLength(blob);
  const reader = new Reader(blob);
  const type = readType(reader);
  const certifiedType = certifiedTypes.get(type);
  const keyType = keyTypes.get(certifiedType ?? '');
  if (certifiedType === undefined || keyType === undefined) return undefined;
  const nonce = certificateNonce.read(reader);
  const start = reader.offset;
  const bits = readBits(reader, keyType);
  const certifiedKey = concat(new Writer().text(certifiedType).finish(), blob.subarray(start, reader.offset));
  const fields = certificateFields.read(reader);
  if (fields.kind !== 1 && fields.kind !== 2) {
    throw new FormatError(
      `Cannot read certificate: found kind ${fields.kind}, expected 1 (user) or 2 (host)`,
    );
  }
  reader.end();
  return { type, nonce, certifiedKey, bits, fields };
}

/**
 * A public key from one line: type, blob in base64, comment. That is the content of a `.pub` file, or a line of
 * authorized_keys without options.
 *
 * @throws {FormatError} the text is not one such line, or names another type than its blob
 */
export function parsePublicKeyLine(text: string): PublicKey {
  if (text.length > MAX_PUBLIC_KEY_LINE) {
    throw new FormatError(
      `Cannot read public key line: found ${text.length} characters, at most ${MAX_PUBLIC_KEY_LINE} expected`,
    );
  }
  const line = text.replace(/\r?\n$/, '');
  const [start = '', type, base64] = /^[ \t]*([^ \t]+)[ \t]+([^ \t]+)/.exec(line) ?? [];
  if (type === undefined || base64 === undefined || /[\r\n]/.test(line)) {
    throw new FormatError('Cannot read public key line: one line with a type and a key in base64 expected');
  }
  const key = parsePublicKeyBlob(decodeBase64(base64));
  if (key.type !== type) {
    throw new FormatError(
      `Cannot read public key line of type ${JSON.stringify(type)}: its blob says ${JSON.stringify(key.type)}`,
    );
  }
  const comment = line.slice(start.length).replace(/^[ \t]+/, '');
  return comment === '' ? key : { ...key, comment };
}

/** The line that `parsePublicKeyLine` reads, without a newline. */
export function printPublicKeyLine(key: Pick<PublicKey, 'type' | 'blob' | 'comment'>): string {
  const line = `${key.type} ${key.blob.toBase64()}`;
  return key.comment === undefined ? line : `${line} ${key.comment}`;
}

/** Bytes from base64 with padding; white space is passed over. @throws {FormatError} */
export function decodeBase64(text: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: 'strict' });
  } catch (cause) {
    throw new FormatError('Cannot read base64: it is malformed', { cause });
  }
}

function checkLength(blob: Uint8Array): void {
  if (blob.length > MAX_PUBLIC_KEY_BLOB) {
    throw new FormatError(
      `Cannot read public key: found ${blob.length} bytes, at most ${MAX_PUBLIC_KEY_BLOB} expected`,
    );
  }
}

function readType(reader: Reader): string {
  const type = reader.text(MAX_TYPE);
  if (!/^[!-~]+$/.test(type)) {
    throw new FormatError(`Cannot read key type ${JSON.stringify(type)}: printable US-ASCII expected`);
  }
  return type;
}

function readBits(reader: Reader, { fields, bits }: KeyType): number {
  const values = fields.read(reader);
  if (typeof bits === 'number') return bits;
  const number = values[bits];
  if (typeof number !== 'bigint') throw new TypeError(`Key type has no number "${bits}"`);
  const hex = number.toString(16);
  return hex.length * 4 - (Math.clz32(Number.parseInt(hex.charAt(0), 16)) - 28);
}
