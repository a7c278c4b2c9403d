import { Reader, Writer } from '@orrery/bytes';
import { type KeyPair, type RsaSecretKey, wipe } from '@orrery/crypto';
import type { KeySigner } from './key-signer.ts';
import { PrivateKeyError } from './private-key-error.ts';
import { privateTypeOf, rsaNumbers } from './private-types.ts';
import { parsePublicKeyBlob } from './public-key.ts';
import { type RawKeyType, rawKeyTypes } from './raw-keys.ts';
import { mpintBytes } from './secret-number.ts';

/** Longest name of a type, in bytes (RFC 4251, section 6). */
const MAX_TYPE = 64;

/** A private key in this process. */
export interface PrivateKey {
  readonly type: string;
  /** The public key's blob. */
  readonly publicKey: Uint8Array;
  readonly comment: string;
  /** The name of the type and all numbers, as files and agents have them. To be wiped when it is no longer needed. */
  readonly secret: Uint8Array;
  /**
   * A signer, which keeps the key when `secret` is wiped.
   * @throws {RangeError} for a key that must not be used, or that cannot do without its security key
   */
  signer(): KeySigner;
}

/**
 * The key whose secret stands in front of other bytes. It holds a copy, of the length of the secret.
 * @throws {PrivateKeyError} its type is not known. @throws {FormatError | RangeError} it is no key.
 */
export function privateKeyOf(bytes: Uint8Array, comment: string): PrivateKey {
  const reader = new Reader(bytes);
  const type = reader.text(MAX_TYPE);
  const known = privateTypeOf(type);
  if (known === undefined)
    throw new PrivateKeyError('unsupported', `its type ${JSON.stringify(type)} is not known`);
  const publicKey = known.publicKey(reader);
  parsePublicKeyBlob(publicKey);
  const secret = bytes.slice(0, reader.offset);
  return {
    type,
    publicKey,
    comment,
    secret,
    signer: () => {
      const fields = new Reader(secret);
      fields.text(MAX_TYPE);
      return known.signer(fields);
    },
  };
}

/** A key from the raw secret key of its algorithm. @throws {RangeError} for another type, and for what is no key. */
export function rawPrivateKey(type: string, secretKey: Uint8Array, comment: string): PrivateKey {
  const raw = rawKeyTypes.get(type);
  if (raw === undefined) throw new RangeError(`Cannot make key of type "${type}": it is not known`);
  return rawKeyPair(type, raw, { secretKey, publicKey: raw.algorithm.publicKey(secretKey) }, comment);
}

/** A key from both raw keys of its algorithm, which belong together. */
export function rawKeyPair(
  type: string,
  raw: RawKeyType,
  { secretKey, publicKey }: KeyPair,
  comment: string,
): PrivateKey {
  const writer = new Writer().text(type);
  raw.publicKey.write(writer, publicKey);
  raw.writeSecretKey(writer, secretKey, publicKey);
  return finished(writer, comment);
}

/** The raw keys of a key of a type other than RSA: copies, to be wiped. Undefined for another. @throws {FormatError} */
export function rawKeysOf({ secret }: PrivateKey): KeyPair | undefined {
  const reader = new Reader(secret);
  const raw = rawKeyTypes.get(reader.text(MAX_TYPE));
  if (raw === undefined) return undefined;
  const publicKey = raw.publicKey.read(reader).slice();
  return { secretKey: raw.readSecretKey(reader, publicKey).slice(), publicKey };
}

/** The numbers of an RSA key, which are views into its secret; undefined for one of another type. @throws {FormatError} */
export function rsaNumbersOf({ secret }: PrivateKey): RsaSecretKey | undefined {
  const reader = new Reader(secret);
  return reader.text(MAX_TYPE) === 'ssh-rsa' ? rsaNumbers.read(reader) : undefined;
}

/** A key from the numbers of RSA. @throws {FormatError} */
export function rsaPrivateKey(key: RsaSecretKey, comment: string): PrivateKey {
  const { n, e, d, inverse, p, q } = key;
  const writer = new Writer().text('ssh-rsa');
  rsaNumbers.write(writer, {
    n: mpintBytes(n),
    e: mpintBytes(e),
    d: mpintBytes(d),
    inverse: mpintBytes(inverse),
    p: mpintBytes(p),
    q: mpintBytes(q),
  });
  return finished(writer, comment);
}

function finished(writer: Writer, comment: string): PrivateKey {
  const bytes = writer.finish();
  const key = privateKeyOf(bytes, comment);
  wipe(bytes);
  return key;
}
