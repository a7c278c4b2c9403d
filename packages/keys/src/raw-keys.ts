// Types of keys whose secret key is the raw bytes of its algorithm.
import {
  type Codec,
  FormatError,
  type Reader,
  type Writer,
  concat,
  equal,
  fixed,
  literal,
  struct,
} from '@orrery/bytes';
import {
  type SignatureAlgorithm,
  ecdsaP256,
  ecdsaP384,
  ecdsaP521,
  ed25519,
  mlDsa44,
  mlDsa44Ed25519,
  mlDsa65,
  mlDsa87,
  slhDsa,
  slhDsaSets,
} from '@orrery/crypto';
import { ecdsaBlob, ecdsaSignature } from './ecdsa-signature.ts';
import { mpintBytes, unsignedBytes } from './secret-number.ts';

/** How raw keys and signatures of an algorithm look in SSH. What is read throws FormatError. */
export interface RawKeyType {
  readonly algorithm: SignatureAlgorithm;
  /** The public key after the name of its type. */
  readonly publicKey: Codec<Uint8Array>;
  readonly writeSignature: (signature: Uint8Array) => Uint8Array;
  readonly readSignature: (bytes: Uint8Array) => Uint8Array;
  /** The secret key as private key files and agents have it, after the public key. */
  readonly writeSecretKey: (writer: Writer, secretKey: Uint8Array, publicKey: Uint8Array) => void;
  readonly readSecretKey: (reader: Reader, publicKey: Uint8Array) => Uint8Array;
}

export const sshEd25519: RawKeyType = {
  ...plain(ed25519),
  // The seed, then the public key once more (RFC 9987, section 3.2.3).
  writeSecretKey: (writer, secretKey, publicKey) => void writer.string(concat(secretKey, publicKey)),
  readSecretKey: (reader, publicKey) => {
    const both = fixed(ed25519.secretKeyLength + ed25519.publicKeyLength).read(reader);
    if (!equal(both.subarray(ed25519.secretKeyLength), publicKey))
      throw new FormatError('Cannot read Ed25519 secret key: it holds another public key');
    return both.subarray(0, ed25519.secretKeyLength);
  },
};

export const ecdsaNistp256: RawKeyType = ecdsa('nistp256', ecdsaP256);

const known = new Map<string, RawKeyType>([
  ['ssh-mldsa44-ed25519', plain(mlDsa44Ed25519)],
  ['ssh-mldsa44-ed25519@openssh.com', plain(mlDsa44Ed25519)],
  ['ssh-ed25519', sshEd25519],
  ['ecdsa-sha2-nistp256', ecdsaNistp256],
  ['ecdsa-sha2-nistp384', ecdsa('nistp384', ecdsaP384)],
  ['ecdsa-sha2-nistp521', ecdsa('nistp521', ecdsaP521)],
  ['ssh-mldsa-44', plain(mlDsa44)],
  ['ssh-mldsa-65', plain(mlDsa65)],
  ['ssh-mldsa-87', plain(mlDsa87)],
  ...slhDsaSets.map((set) => [`ssh-slh-dsa-${set}`, plain(slhDsa(set))] as const),
]);

/** By the name of the type, which is also that of the only signature that its keys make. */
export const rawKeyTypes: ReadonlyMap<string, RawKeyType> = known;

/** Adds a type whose keys and signatures are the raw bytes of the algorithm. */
export function addRawKeyType(type: string, algorithm: SignatureAlgorithm): void {
  known.set(type, plain(algorithm));
}

/** RFC 8709, sections 4 and 6, and the drafts of the other types, which say nothing of secret keys. */
function plain(algorithm: SignatureAlgorithm): RawKeyType {
  return {
    algorithm,
    publicKey: fixed(algorithm.publicKeyLength),
    writeSignature: (signature) => signature,
    readSignature: (bytes) => bytes,
    writeSecretKey: (writer, secretKey) => void writer.string(secretKey),
    readSecretKey: (reader) => fixed(algorithm.secretKeyLength).read(reader),
  };
}

/** RFC 5656, section 3.1; RFC 9987, section 3.2.2. */
function ecdsa(curve: string, algorithm: SignatureAlgorithm): RawKeyType {
  const fields = struct({ curve: literal(curve), point: fixed(algorithm.publicKeyLength) });
  const length = algorithm.secretKeyLength;
  return {
    algorithm,
    publicKey: {
      read: (reader) => fields.read(reader).point,
      write: (writer, point) => fields.write(writer, { curve, point }),
    },
    writeSignature: ecdsaBlob,
    readSignature: (bytes) => ecdsaSignature(bytes, length),
    writeSecretKey: (writer, secretKey) => void writer.string(mpintBytes(secretKey)),
    readSecretKey: (reader) => unsignedBytes(reader.string(length + 1), length),
  };
}
