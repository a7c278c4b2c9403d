// Types of keys whose secret key is the raw bytes of its algorithm.
import { type Codec, fixed, literal, struct } from '@orrery/bytes';
import {
  type SignatureAlgorithm,
  ecdsaP256,
  ecdsaP384,
  ecdsaP521,
  ed25519,
  mlDsa44Ed25519,
} from '@orrery/crypto';
import { ecdsaBlob, ecdsaSignature } from './ecdsa-signature.ts';

/** How raw keys and signatures of an algorithm look in SSH. What is read throws FormatError. */
export interface RawKeyType {
  readonly algorithm: SignatureAlgorithm;
  /** The public key after the name of its type. */
  readonly publicKey: Codec<Uint8Array>;
  readonly writeSignature: (signature: Uint8Array) => Uint8Array;
  readonly readSignature: (bytes: Uint8Array) => Uint8Array;
}

export const sshEd25519: RawKeyType = plain(ed25519);
export const ecdsaNistp256: RawKeyType = ecdsa('nistp256', ecdsaP256);

/** By the name of the type, which is also that of the only signature that its keys make. */
export const rawKeyTypes: ReadonlyMap<string, RawKeyType> = new Map([
  ['ssh-mldsa44-ed25519', plain(mlDsa44Ed25519)],
  ['ssh-mldsa44-ed25519@openssh.com', plain(mlDsa44Ed25519)],
  ['ssh-ed25519', sshEd25519],
  ['ecdsa-sha2-nistp256', ecdsaNistp256],
  ['ecdsa-sha2-nistp384', ecdsa('nistp384', ecdsaP384)],
  ['ecdsa-sha2-nistp521', ecdsa('nistp521', ecdsaP521)],
]);

/** RFC 8709, sections 4 and 6; draft-miller-sshm-mldsa44-ed25519-composite-sigs. */
function plain(algorithm: SignatureAlgorithm): RawKeyType {
  return {
    algorithm,
    publicKey: fixed(algorithm.publicKeyLength),
    writeSignature: (signature) => signature,
    readSignature: (bytes) => bytes,
  };
}

/** RFC 5656, section 3.1. */
function ecdsa(curve: string, algorithm: SignatureAlgorithm): RawKeyType {
  const fields = struct({ curve: literal(curve), point: fixed(algorithm.publicKeyLength) });
  return {
    algorithm,
    publicKey: {
      read: (reader) => fields.read(reader).point,
      write: (writer, point) => fields.write(writer, { curve, point }),
    },
    writeSignature: ecdsaBlob,
    readSignature: (bytes) => ecdsaSignature(bytes, algorithm.secretKeyLength),
  };
}
