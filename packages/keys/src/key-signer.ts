import { Writer } from '@orrery/bytes';
import { type RsaSecretKey, rsaSigner } from '@orrery/crypto';
import { rawKeyTypes } from './raw-keys.ts';

/** Signs with one SSH key, which may be in this process, in an agent or on a phone. */
export interface KeySigner {
  /** The public key's blob. */
  readonly publicKey: Uint8Array;
  /** Names of the signatures that it can make, best first. */
  readonly algorithms: readonly string[];
  /** A signature's blob. @throws {RangeError} for an algorithm that it cannot. */
  sign(message: Uint8Array, algorithm: string): Promise<Uint8Array>;
}

/**
 * A signer with a raw secret key of a type other than RSA: seed, two seeds, or scalar. It keeps the key.
 * @throws {RangeError} for a type that is not known and for a key that is none.
 */
export function keySigner(type: string, secretKey: Uint8Array): KeySigner {
  const known = rawKeyTypes.get(type);
  if (known === undefined) throw new RangeError(`Cannot sign with a key of type "${type}": it is not known`);
  const signer = known.algorithm.signer(secretKey);
  const publicKey = new Writer().text(type);
  known.publicKey.write(publicKey, signer.publicKey);
  return signerOf(
    publicKey.finish(),
    new Map([[type, async (message) => known.writeSignature(await signer.sign(message))]]),
  );
}

/** A signer with an RSA key, for signatures over SHA-2. @throws {RangeError} for a key that is too short or none. */
export function rsaKeySigner(key: RsaSecretKey): KeySigner {
  const publicKey = new Writer().text('ssh-rsa').mpint(integer(key.e)).mpint(integer(key.n)).finish();
  const [sha512, sha256] = [rsaSigner(key, 'sha512'), rsaSigner(key, 'sha256')];
  return signerOf(
    publicKey,
    new Map([
      ['rsa-sha2-512', (message) => sha512.sign(message)],
      ['rsa-sha2-256', (message) => sha256.sign(message)],
    ]),
  );
}

type Sign = (message: Uint8Array) => Promise<Uint8Array>;

function signerOf(publicKey: Uint8Array, signatures: ReadonlyMap<string, Sign>): KeySigner {
  const algorithms = [...signatures.keys()];
  return {
    publicKey,
    algorithms,
    sign: async (message, algorithm) => {
      const sign = signatures.get(algorithm);
      if (sign === undefined)
        throw new RangeError(`Cannot sign with "${algorithm}": the key makes "${algorithms.join('", "')}"`);
      return new Writer()
        .text(algorithm)
        .string(await sign(message))
        .finish();
    },
  };
}

function integer(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toHex()}`);
}
