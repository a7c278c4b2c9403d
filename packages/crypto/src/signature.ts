import { checkLength } from './length.ts';
import type { NativeSignature } from './native.ts';

/** Raw keys, as the algorithm defines them. The secret key is the caller's to wipe. */
export interface KeyPair {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** Signs with one key, which may be in this process, in an agent or on a phone. */
export interface Signer {
  readonly algorithm: string;
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Verifies with one public key. */
export interface Verifier {
  readonly algorithm: string;
  /** False for anything that is not a valid signature of the message, whatever its length. */
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

/** Keys of the wrong length or that are no valid keys are a RangeError. */
export interface SignatureAlgorithm {
  readonly name: string;
  /** Lengths in bytes. */
  readonly secretKeyLength: number;
  readonly publicKeyLength: number;
  /** Of Falcon, whose signatures are of various lengths, the most. */
  readonly signatureLength: number;
  generate(): KeyPair;
  publicKey(secretKey: Uint8Array): Uint8Array;
  /** The signer keeps the imported key: wiping `secretKey` afterwards does not harm it. Keep the signer for many signatures. */
  signer(secretKey: Uint8Array): Signer;
  /** The verifier keeps the imported key. Keep it for many signatures. */
  verifier(publicKey: Uint8Array): Verifier;
}

interface Definition {
  readonly name: string;
  readonly secretKeyLength: number;
  readonly publicKeyLength: number;
  readonly signatureLength: number;
  /** Where signatures are not all of one length. */
  readonly minSignatureLength?: number;
  readonly generateSecretKey: () => Uint8Array;
  readonly importSecretKey: (secretKey: Uint8Array) => {
    readonly publicKey: Uint8Array;
    readonly sign: (message: Uint8Array) => Uint8Array | Promise<Uint8Array>;
  };
  readonly importPublicKey: NativeSignature['importPublicKey'];
}

/** An algorithm with its lengths checked once, for all of its functions. */
export function signatureAlgorithm(definition: Definition): SignatureAlgorithm {
  const { name, secretKeyLength, publicKeyLength, signatureLength } = definition;
  const { minSignatureLength = signatureLength } = definition;
  const importSecretKey: Definition['importSecretKey'] = (secretKey) => {
    checkLength(`${name} secret key`, secretKey, secretKeyLength);
    return definition.importSecretKey(secretKey);
  };
  return {
    name,
    secretKeyLength,
    publicKeyLength,
    signatureLength,
    generate: () => {
      const secretKey = definition.generateSecretKey();
      return { secretKey, publicKey: importSecretKey(secretKey).publicKey };
    },
    publicKey: (secretKey) => importSecretKey(secretKey).publicKey,
    signer: (secretKey) => {
      const { publicKey, sign } = importSecretKey(secretKey);
      return { algorithm: name, publicKey, sign: async (message) => sign(message) };
    },
    verifier: (publicKey) => {
      checkLength(`${name} public key`, publicKey, publicKeyLength);
      const verify = definition.importPublicKey(publicKey);
      return {
        algorithm: name,
        verify: (message, signature) =>
          signature.length >= minSignatureLength &&
          signature.length <= signatureLength &&
          verify(message, signature),
      };
    },
  };
}
