// The private numbers of each type, as OpenSSH's container and agents hold them (PROTOCOL.key; RFC 9987, section 3.2).
import { FormatError, type Reader, Writer, equal, string, struct } from '@orrery/bytes';
import { rsaSecretKeyDer, wipe } from '@orrery/crypto';
import { keyTypes } from './key-types.ts';
import { type KeySigner, keySigner, rsaKeySigner } from './key-signer.ts';
import { type RawKeyType, rawKeyTypes } from './raw-keys.ts';

/** Longest number of an RSA key, in bytes: 16384 bits and the byte of the sign. */
const MAX_NUMBER = 2049;
/** Longest field of a key that is in a security key, in bytes. */
const MAX_FIELD = 32_768;

/** How what stands behind the name of the type is read. */
interface PrivateType {
  /** Reads all numbers and gives the public key's blob. @throws {FormatError | RangeError} for what is no key */
  readonly publicKey: (reader: Reader) => Uint8Array;
  /** @throws {RangeError} for a key that must not be used, or that cannot do without its security key */
  readonly signer: (reader: Reader) => KeySigner;
}

const number = string(MAX_NUMBER);
/** Contents of mpints. */
export const rsaNumbers = struct({ n: number, e: number, d: number, inverse: number, p: number, q: number });
const securityKeys = ['sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com'];

const otherTypes: ReadonlyMap<string, PrivateType> = new Map([
  ['ssh-rsa', rsaType()],
  ...securityKeys.map((type) => [type, securityKeyType(type)] as const),
]);

/** By the name of the type. */
export function privateTypeOf(type: string): PrivateType | undefined {
  const raw = rawKeyTypes.get(type);
  return raw === undefined ? otherTypes.get(type) : rawType(type, raw);
}

function rawType(type: string, raw: RawKeyType): PrivateType {
  return {
    publicKey: (reader) => {
      const publicKey = raw.publicKey.read(reader);
      if (!equal(raw.algorithm.publicKey(raw.readSecretKey(reader, publicKey)), publicKey))
        throw new FormatError('Cannot read private key: its public key is that of another');
      const writer = new Writer().text(type);
      raw.publicKey.write(writer, publicKey);
      return writer.finish();
    },
    signer: (reader) => keySigner(type, raw.readSecretKey(reader, raw.publicKey.read(reader))),
  };
}

function rsaType(): PrivateType {
  return {
    publicKey: (reader) => {
      const numbers = rsaNumbers.read(reader);
      wipe(rsaSecretKeyDer(numbers));
      const { n, e } = numbers;
      return new Writer().text('ssh-rsa').string(e).string(n).finish();
    },
    signer: (reader) => rsaKeySigner(rsaNumbers.read(reader)),
  };
}

/** PROTOCOL.u2f: the public key, flags, the handle by which the security key finds its secret, and a reserve. */
function securityKeyType(type: string): PrivateType {
  const fields = keyTypes.get(type)?.fields;
  if (fields === undefined) throw new TypeError(`No key type "${type}"`);
  return {
    publicKey: (reader) => {
      const writer = new Writer().text(type);
      fields.write(writer, fields.read(reader));
      reader.byte();
      reader.string(MAX_FIELD);
      reader.string(MAX_FIELD);
      return writer.finish();
    },
    signer: () => {
      throw new RangeError(`Cannot sign with a key of type "${type}": its security key is needed`);
    },
  };
}
