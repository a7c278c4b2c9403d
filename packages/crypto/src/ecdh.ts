import { native } from '#native';

import { checkLength } from './length.ts';
import { type NistCurve, checkPoint, checkScalar, p256, p384, p521, randomScalar } from './nist-curve.ts';
import { wipe } from './secret.ts';
import type { KeyPair } from './signature.ts';

/** Two parties make one secret, each of its own secret key and the public key of the other. */
export interface DiffieHellman {
  readonly name: string;
  /** Lengths in bytes. */
  readonly secretKeyLength: number;
  readonly publicKeyLength: number;
  readonly sharedSecretLength: number;
  generate(): KeyPair;
  publicKey(secretKey: Uint8Array): Uint8Array;
  /** Keys of the wrong length, invalid points and scalars out of range are a RangeError. */
  sharedSecret(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array;
  /** A new key whose secret never leaves the platform. */
  ephemeral(): EphemeralKey;
}

/** One side of one exchange. */
export interface EphemeralKey {
  readonly publicKey: Uint8Array;
  /** A public key of the wrong length and an invalid point are a RangeError. */
  sharedSecret(publicKey: Uint8Array): Uint8Array;
}

/**
 * ECDH (NIST SP 800-56A, section 5.7.1.2). The secret key is a scalar, the public key an uncompressed point, the shared
 * secret the x-coordinate in full length. With checked keys it is never the point at infinity: the cofactor is 1.
 */
export const ecdhP256: DiffieHellman = ecdh(p256);
export const ecdhP384: DiffieHellman = ecdh(p384);
export const ecdhP521: DiffieHellman = ecdh(p521);

function ecdh(curve: NistCurve): DiffieHellman {
  const { scalarLength, pointLength } = curve;
  const name = `ECDH-${curve.name}`;
  const { importSecretKey } = native.ecdh[curve.name];
  const imported = (secretKey: Uint8Array): ReturnType<typeof importSecretKey> => {
    checkLength(`${name} secret key`, secretKey, scalarLength);
    checkScalar(curve, secretKey);
    return importSecretKey(secretKey);
  };
  const checkPublic = (publicKey: Uint8Array): void => {
    checkLength(`${name} public key`, publicKey, pointLength);
    checkPoint(curve, publicKey);
  };
  return {
    name,
    secretKeyLength: scalarLength,
    publicKeyLength: pointLength,
    sharedSecretLength: scalarLength,
    generate: () => {
      const secretKey = randomScalar(curve);
      return { secretKey, publicKey: importSecretKey(secretKey).publicKey() };
    },
    publicKey: (secretKey) => imported(secretKey).publicKey(),
    sharedSecret: (secretKey, theirs) => {
      const key = imported(secretKey);
      checkPublic(theirs);
      return key.sharedSecret(theirs);
    },
    ephemeral: () => {
      const secretKey = randomScalar(curve);
      const key = importSecretKey(secretKey);
      wipe(secretKey);
      return {
        publicKey: key.publicKey(),
        sharedSecret: (theirs) => {
          checkPublic(theirs);
          return key.sharedSecret(theirs);
        },
      };
    },
  };
}
