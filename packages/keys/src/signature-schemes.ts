import { FormatError, Reader, concat, string, struct } from '@orrery/bytes';
import { type RsaHash, rsaVerifier } from '@orrery/crypto';
import { type RawKeyType, ecdsaNistp256, rawKeyTypes, sshEd25519 } from './raw-keys.ts';
import { type SecurityKeyPolicy, securityKeyMessage, webauthnMessage } from './security-key.ts';

/** Longest number or name in a public key, in bytes; what it may be is checked when the blob is parsed. */
const MAX_FIELD = 4096;

/** What vouches for a message: the bytes of the signature, and what stands behind them. */
export interface Signed {
  readonly bytes: Uint8Array;
  readonly trailer: Uint8Array;
}

/** Whether the signature is one of the message. @throws {FormatError} for a signature that is malformed. */
type Verify = (message: Uint8Array, signed: Signed, policy: SecurityKeyPolicy) => boolean;

/** How signatures of one name are verified. */
export interface SignatureScheme {
  /** The type of the keys that make them. */
  readonly keyType: string;
  /** Set where no key here makes them. */
  readonly isOnlyVerified?: true;
  /**
   * @param fields Reads the public key's blob from behind the name of its type.
   * @throws {RangeError} for a key that must not be used.
   */
  readonly importKey: (fields: Reader) => Verify;
}

const SK_ED25519 = 'sk-ssh-ed25519@openssh.com';
const SK_ECDSA = 'sk-ecdsa-sha2-nistp256@openssh.com';

/** There is none for ssh-rsa and ssh-dss, which are over SHA-1. */
const otherSchemes: ReadonlyMap<string, SignatureScheme> = new Map([
  [SK_ED25519, securityKeyScheme(SK_ED25519, sshEd25519, securityKeyMessage)],
  [SK_ECDSA, securityKeyScheme(SK_ECDSA, ecdsaNistp256, securityKeyMessage)],
  [
    'webauthn-sk-ecdsa-sha2-nistp256@openssh.com',
    { ...securityKeyScheme(SK_ECDSA, ecdsaNistp256, webauthnMessage), isOnlyVerified: true } as const,
  ],
  ['rsa-sha2-512', rsaScheme('sha512')],
  ['rsa-sha2-256', rsaScheme('sha256')],
]);

/** By the name of the signature. */
export function signatureSchemeOf(name: string): SignatureScheme | undefined {
  const raw = rawKeyTypes.get(name);
  return raw === undefined ? otherSchemes.get(name) : rawScheme(name, raw);
}

function rawScheme(keyType: string, { algorithm, publicKey, readSignature }: RawKeyType): SignatureScheme {
  return {
    keyType,
    importKey: (fields) => {
      const verifier = algorithm.verifier(publicKey.read(fields));
      return (message, { bytes, trailer }) => {
        new Reader(trailer).end();
        return verifier.verify(message, readSignature(bytes));
      };
    },
  };
}

/** RFC 8332, section 3. */
function rsaScheme(hash: RsaHash): SignatureScheme {
  const numbers = struct({ e: string(MAX_FIELD), n: string(MAX_FIELD) });
  return {
    keyType: 'ssh-rsa',
    importKey: (fields) => {
      const key = numbers.read(fields);
      const verifier = rsaVerifier(key, hash);
      const length = key.n.length - (key.n[0] === 0 ? 1 : 0);
      return (message, { bytes, trailer }) => {
        new Reader(trailer).end();
        return verifier.verify(message, padded(bytes, length));
      };
    },
  };
}

/** Some peers leave out the zeros before a number; OpenSSH puts them back, too. */
function padded(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  if (bytes.length > length)
    throw new FormatError(`Cannot read RSA signature: found ${bytes.length} bytes, ${length} expected`);
  return concat(new Uint8Array(length - bytes.length), bytes);
}

function securityKeyScheme(
  keyType: string,
  { algorithm, publicKey, readSignature }: RawKeyType,
  signedMessage: typeof securityKeyMessage,
): SignatureScheme {
  const codec = struct({ key: publicKey, application: string(MAX_FIELD) });
  return {
    keyType,
    importKey: (fields) => {
      const { key, application } = codec.read(fields);
      const verifier = algorithm.verifier(key);
      return (message, { bytes, trailer }, policy) => {
        const signed = signedMessage(application, message, trailer, policy);
        return signed !== undefined && verifier.verify(signed, readSignature(bytes));
      };
    },
  };
}
