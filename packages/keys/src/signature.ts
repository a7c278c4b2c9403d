// Signatures as SSH sends them: the algorithm's name, then its bytes (RFC 4253, section 6.6).
import { FormatError, Reader } from '@orrery/bytes';
import { slhDsaSets } from '@orrery/crypto';
import { parsePublicKeyBlob } from './public-key.ts';
import { type SecurityKeyPolicy, defaultSecurityKeyPolicy } from './security-key.ts';
import { type SignatureScheme, signatureSchemeOf } from './signature-schemes.ts';

/** Longest signature, in bytes: SLH-DSA-256f has 49,856. */
const MAX_SIGNATURE = 65_536;
/** Longest name of a type or an algorithm, in bytes (RFC 4251, section 6). */
const MAX_NAME = 64;

/** Names of the signatures that are taken where nobody says which, best first. */
export const signatureNames: readonly string[] = [
  'ssh-mldsa44-ed25519',
  'ssh-mldsa44-ed25519@openssh.com',
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** Names of those that are taken where somebody names them: post-quantum ones alone, and those made by browsers. */
export const optionalSignatureNames: readonly string[] = [
  'ssh-mldsa-87',
  'ssh-mldsa-65',
  'ssh-mldsa-44',
  ...slhDsaSets.map((set) => `ssh-slh-dsa-${set}`),
  'webauthn-sk-ecdsa-sha2-nistp256@openssh.com',
];

/** Names of those that are an experiment, and are known only after `enableFalcon`. */
export const experimentalSignatureNames: readonly string[] = ['ssh-falcon1024', 'ssh-falcon512'];

/** Names of the signatures that keys of a type make, best first; none for a type that is not known, or too weak. */
export function signatureNamesOf(keyType: string): readonly string[] {
  return [...signatureNames, ...optionalSignatureNames, ...experimentalSignatureNames].filter((name) => {
    const scheme = signatureSchemeOf(name);
    return scheme?.keyType === keyType && !scheme.isOnlyVerified;
  });
}

/**
 * Why no signature by this key counts: its type is not known, or makes no signatures that are safe, or the key is too
 * short or not valid. Undefined if there is nothing against it.
 * @throws {FormatError} the blob is not a public key
 */
export function publicKeyProblem(publicKey: Uint8Array): string | undefined {
  const { type } = parsePublicKeyBlob(publicKey);
  const scheme = signatureSchemeOf(signatureNamesOf(type)[0] ?? '');
  if (scheme === undefined) return `Cannot use key of type "${type}": no signature of it is known and safe`;
  try {
    importKey(scheme, publicKey);
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

/**
 * Whether the key made this signature of the message with this algorithm; false for anything malformed.
 * @param publicKey The key's blob.
 * @param signature The signature's blob.
 * @param policy What the owner of a security key must have done; other keys do not have it.
 */
export function verifySignature(
  publicKey: Uint8Array,
  algorithm: string,
  message: Uint8Array,
  signature: Uint8Array,
  policy: SecurityKeyPolicy = defaultSecurityKeyPolicy,
): boolean {
  const scheme = signatureSchemeOf(algorithm);
  if (scheme === undefined) return false;
  try {
    if (parsePublicKeyBlob(publicKey).type !== scheme.keyType) return false;
    const reader = new Reader(signature);
    if (reader.text(MAX_NAME) !== algorithm) return false;
    const signed = { bytes: reader.string(MAX_SIGNATURE), trailer: reader.rest() };
    return importKey(scheme, publicKey)(message, signed, policy);
  } catch (cause) {
    if (cause instanceof FormatError || cause instanceof RangeError) return false;
    throw cause;
  }
}

function importKey(scheme: SignatureScheme, publicKey: Uint8Array): ReturnType<SignatureScheme['importKey']> {
  const fields = new Reader(publicKey);
  fields.text(MAX_NAME);
  return scheme.importKey(fields);
}
