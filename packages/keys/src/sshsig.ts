// Signatures of files (OpenSSH's PROTOCOL.sshsig).
import { FormatError, Reader, Writer, raw, string, struct, text, uint32, utf8 } from '@orrery/bytes';
import { sha256, sha512 } from '@orrery/crypto';
import { printArmour } from './armour.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import type { KeySigner } from './key-signer.ts';
import { MAX_PUBLIC_KEY_BLOB, decodeBase64, parsePublicKeyBlob } from './public-key.ts';
import { verifySignature } from './signature.ts';
import { caAlgorithmsOf, verifyCertificate } from './verify-certificate.ts';

/** Longest file with a signature, in characters. */
export const MAX_SSHSIG = 2 ** 18;
/** Longest namespace, in bytes. */
const MAX_NAMESPACE = 1024;
/** Longest signature's blob, in bytes. */
const MAX_SIGNATURE = 2 ** 16 + 128;
/** Longest name of an algorithm, in bytes (RFC 4251, section 6). */
const MAX_NAME = 64;

const LABEL = 'SSH SIGNATURE';
const MAGIC = utf8('SSHSIG');
const VERSION = 1;

const hashes = { sha256, sha512 } as const;
export type SshsigHash = keyof typeof hashes;

/** A signature of a file, which must still be verified. */
export interface Sshsig {
  /** The blob of the key that signed, or of a certificate of it. */
  readonly publicKey: Uint8Array;
  /** What the signature is for, such as `file`, `git` or `NAME@your.domain`. */
  readonly namespace: string;
  readonly hash: SshsigHash;
  /** The signature's blob. */
  readonly signature: Uint8Array;
}

/** What is signed: the bytes, or their hash where they are too many to be held. */
export type SshsigMessage = Uint8Array | { readonly digest: Uint8Array };

export interface SshsigOptions {
  readonly namespace: string;
  /** SHA-512 if absent. */
  readonly hash?: SshsigHash;
  /** One of the signer's; its best if absent. */
  readonly algorithm?: string;
  /** A certificate of the signer's key, to be shown in place of it. */
  readonly certificate?: Uint8Array;
}

/** Signs a file. @throws {RangeError} for an empty namespace, a digest of another length, or a certificate of another key. */
export async function signSshsig(
  signer: KeySigner,
  message: SshsigMessage,
  { namespace, hash = 'sha512', algorithm = signer.algorithms[0] ?? '', certificate }: SshsigOptions,
): Promise<Sshsig> {
  if (namespace === '') throw new RangeError('Cannot sign file: its namespace is empty');
  const publicKey = certificate ?? signer.publicKey;
  const sshsig = { publicKey, namespace, hash };
  const signature = await signer.sign(signedData(sshsig, message), algorithm);
  const made = { ...sshsig, signature };
  if (!verifySshsig(made, namespace, message))
    throw new RangeError(`Cannot sign file: the key made no signature with "${algorithm}" that verifies`);
  return made;
}

/**
 * Whether the key signed the file for this namespace; who may sign is another question (`ssh-keygen -Y check-novalidate`).
 * A security key need not have been touched, as in OpenSSH.
 */
export function verifySshsig(sshsig: Sshsig, namespace: string, message: SshsigMessage): boolean {
  if (namespace === '' || sshsig.namespace !== namespace) return false;
  try {
    const { certifiedKey } = parsePublicKeyBlob(sshsig.publicKey);
    if (certifiedKey !== undefined && !isSigned(parseCertificate(sshsig.publicKey))) return false;
    const algorithm = new Reader(sshsig.signature).text(MAX_NAME);
    const signed = signedData(sshsig, message);
    const policy = { touch: false, verification: false };
    return verifySignature(certifiedKey ?? sshsig.publicKey, algorithm, signed, sshsig.signature, policy);
  } catch (error) {
    if (error instanceof FormatError || error instanceof RangeError) return false;
    throw error;
  }
}

function isSigned(certificate: Certificate): boolean {
  return verifyCertificate(certificate, caAlgorithmsOf(certificate));
}

/** The text that `ssh-keygen -Y sign` writes. */
export function printSshsig({ publicKey, namespace, hash, signature }: Sshsig): string {
  const writer = new Writer();
  const fields = {
    magic: MAGIC,
    version: VERSION,
    publicKey,
    namespace,
    reserved: new Uint8Array(),
    hash,
    signature,
  };
  codec.write(writer, fields);
  return printArmour({ label: LABEL, headers: new Map(), bytes: writer.finish() }, 70);
}

/** Reads what `printSshsig` prints; what stands behind its end is passed over. @throws {FormatError} it is malformed. */
export function parseSshsig(file: string): Sshsig {
  if (file.length > MAX_SSHSIG)
    throw new FormatError(
      `Cannot read signature: found ${file.length} characters, at most ${MAX_SSHSIG} expected`,
    );
  const [, base64] =
    /^-----BEGIN SSH SIGNATURE-----\r?\n([^-]*)\n-----END SSH SIGNATURE-----/.exec(file) ?? [];
  if (base64 === undefined) throw new FormatError(`Cannot read signature: a block "${LABEL}" expected`);
  const reader = new Reader(decodeBase64(base64));
  const { magic, version, publicKey, namespace, hash, signature } = codec.read(reader);
  reader.end();
  if (magic.toHex() !== MAGIC.toHex() || version !== VERSION)
    throw new FormatError(`Cannot read signature: magic and version ${VERSION} expected`);
  if (namespace === '' || namespace.includes('\0'))
    throw new FormatError('Cannot read signature: its namespace is empty or holds a NUL');
  if (hash !== 'sha256' && hash !== 'sha512')
    throw new FormatError(`Cannot read signature: hash ${JSON.stringify(hash)} is not known`);
  parsePublicKeyBlob(publicKey);
  return { publicKey, namespace, hash, signature };
}

const codec = struct({
  magic: raw(MAGIC.length),
  version: uint32,
  publicKey: string(MAX_PUBLIC_KEY_BLOB),
  namespace: text(MAX_NAMESPACE),
  reserved: string(MAX_NAMESPACE),
  hash: text(MAX_NAME),
  signature: string(MAX_SIGNATURE),
});

/** What the key signs for a message. @throws {RangeError} for a digest of another length. */
export function signedData(
  { namespace, hash }: Pick<Sshsig, 'namespace' | 'hash'>,
  message: SshsigMessage,
): Uint8Array {
  const digest = message instanceof Uint8Array ? hashes[hash](message) : message.digest;
  const length = hash === 'sha256' ? 32 : 64;
  if (digest.length !== length)
    throw new RangeError(`Cannot sign digest of ${digest.length} bytes: ${length} of "${hash}" expected`);
  return new Writer().bytes(MAGIC).text(namespace).text('').text(hash).string(digest).finish();
}
