// Signatures as SSH sends them: the algorithm's name, then its bytes (RFC 4253, section 6.6).
import { decode, encode, FormatError, string, struct, text } from '@orrery/bytes';
import { ed25519, type SignatureAlgorithm } from '@orrery/crypto';
import { parsePublicKeyBlob } from './public-key.ts';

/** Longest signature, in bytes: SLH-DSA-256f has 49,856. */
const MAX_SIGNATURE = 65_536;

const signatureCodec = struct({ algorithm: text(128), bytes: string(MAX_SIGNATURE) });
const rawKeyCodec = struct({ type: text(128), key: string(4096) });

interface KeySignature {
  /** The type of the keys that make such signatures. */
  readonly keyType: string;
  readonly algorithm: SignatureAlgorithm;
}

/** By the name of the signature, which is not always that of the key. */
const signatures: ReadonlyMap<string, KeySignature> = new Map([
  ['ssh-ed25519', { keyType: 'ssh-ed25519', algorithm: ed25519 }],
]);

/** Signs with one SSH key, which may be in this process, in an agent or on a phone. */
export interface KeySigner {
  /** The public key's blob. */
  readonly publicKey: Uint8Array;
  /** Names of the signatures that it can make, best first. */
  readonly algorithms: readonly string[];
  /** A signature's blob. @throws {RangeError} for an algorithm that it cannot. */
  sign(message: Uint8Array, algorithm: string): Promise<Uint8Array>;
}

/** A signer with a raw secret key of the type. @throws {RangeError} */
export function keySigner(type: string, secretKey: Uint8Array): KeySigner {
  const known = signatures.get(type);
  if (known === undefined) throw new RangeError(`Cannot sign with a key of type "${type}": it is not known`);
  const signer = known.algorithm.signer(secretKey);
  return {
    publicKey: encode(rawKeyCodec, { type: known.keyType, key: signer.publicKey }),
    algorithms: [type],
    sign: async (message, algorithm) => {
      if (algorithm !== type)
        throw new RangeError(`Cannot sign with "${algorithm}": the key makes "${type}"`);
      return encode(signatureCodec, { algorithm, bytes: await signer.sign(message) });
    },
  };
}

/**
 * Whether the key made this signature of the message with this algorithm; false for anything malformed.
 * @param publicKey The key's blob. @param signature The signature's blob.
 */
export function verifySignature(
  publicKey: Uint8Array,
  algorithm: string,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    const known = signatures.get(algorithm);
    const { type } = parsePublicKeyBlob(publicKey);
    const signed = decode(signatureCodec, signature);
    if (known === undefined || known.keyType !== type || signed.algorithm !== algorithm) return false;
    return known.algorithm.verifier(decode(rawKeyCodec, publicKey).key).verify(message, signed.bytes);
  } catch (cause) {
    if (cause instanceof FormatError || cause instanceof RangeError) return false;
    throw cause;
  }
}
