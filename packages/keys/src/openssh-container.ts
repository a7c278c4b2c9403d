// The frame of OpenSSH's private key files (PROTOCOL.key, sections 1 and 3).
import { FormatError, Reader, Writer, equal, string, struct, text, uint32, utf8 } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import { MAX_PRIVATE_KEY_FILE } from './recognise-private-key.ts';
import { PrivateKeyError } from './private-key-error.ts';
import { type PrivateKey, privateKeyOf } from './private-key.ts';
import { MAX_PUBLIC_KEY_BLOB } from './public-key.ts';

/** What the padding rounds up to where nothing is encrypted, in bytes. */
export const CLEAR_BLOCK = 8;

const MAGIC = utf8('openssh-key-v1\0');
const MAX_NAME = 64;
const MAX_KDF_OPTIONS = 1024;
const MAX_COMMENT = 65_536;

const codec = struct({
  cipher: text(MAX_NAME),
  kdf: text(MAX_NAME),
  kdfOptions: string(MAX_KDF_OPTIONS),
  keys: uint32,
  publicKey: string(MAX_PUBLIC_KEY_BLOB),
  secret: string(MAX_PRIVATE_KEY_FILE),
});

export interface Container {
  readonly cipher: string;
  readonly kdf: string;
  readonly kdfOptions: Uint8Array;
  readonly publicKey: Uint8Array;
  /** The private section, encrypted or not. */
  readonly secret: Uint8Array;
  /** What authenticates the private section, for ciphers that do. */
  readonly tag: Uint8Array;
}

/** @throws {FormatError | PrivateKeyError} */
export function readContainer(bytes: Uint8Array): Container {
  const reader = new Reader(bytes);
  if (!equal(reader.bytes(MAGIC.length), MAGIC))
    throw new FormatError('Cannot read OpenSSH private key: its magic is missing');
  const { keys, ...container } = codec.read(reader);
  if (keys !== 1) throw new PrivateKeyError('unsupported', `the file holds ${keys} keys, 1 expected`);
  return { ...container, tag: reader.rest() };
}

export function printContainer({ tag, ...container }: Container): Uint8Array {
  const writer = new Writer().bytes(MAGIC);
  codec.write(writer, { ...container, keys: 1 });
  return writer.bytes(tag).finish();
}

/**
 * The key in a private section: a check number twice, the key, its comment, and padding of 1, 2, 3 and so on.
 * @returns undefined if the check numbers differ, as they do after a wrong passphrase.
 * @throws {FormatError | RangeError | PrivateKeyError} it is damaged otherwise
 */
export function readPrivateSection(
  section: Uint8Array,
  blockLength: number,
  publicKey: Uint8Array,
): PrivateKey | undefined {
  const reader = new Reader(section);
  if (reader.uint32() !== reader.uint32()) return undefined;
  const bytes = reader.rest();
  const key = privateKeyOf(bytes, '');
  const end = new Reader(bytes.subarray(key.secret.length));
  const comment = new TextDecoder().decode(end.string(MAX_COMMENT));
  const padding = end.rest();
  const isPadded = padding.length < blockLength && padding.every((byte, index) => byte === index + 1);
  if (!isPadded || section.length % blockLength !== 0 || !equal(key.publicKey, publicKey)) {
    wipe(key.secret);
    throw new FormatError('Cannot read OpenSSH private key: its padding or its public key is another');
  }
  return { ...key, comment };
}

/** @param check A random number. */
export function printPrivateSection(key: PrivateKey, blockLength: number, check: Uint8Array): Uint8Array {
  const writer = new Writer().bytes(check).bytes(check).bytes(key.secret).text(key.comment);
  const length = 2 * check.length + key.secret.length + 4 + utf8(key.comment).length;
  const padding = (blockLength - (length % blockLength)) % blockLength;
  for (let index = 1; index <= padding; index += 1) writer.byte(index);
  return writer.finish();
}
