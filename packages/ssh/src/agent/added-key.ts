// A private key as it is given to an agent (RFC 9987, section 3.2; with a certificate as OpenSSH has it).
import { FormatError, Reader, Writer, concat, equal } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import { type KeySigner, type PrivateKey, parsePublicKeyBlob, privateKeyOf } from '@orrery/keys';
import { MAX_BLOB, commentText } from './messages.ts';

/** Longest name of a type, in bytes (RFC 4251, section 6). */
const MAX_NAME = 64;
/** Longest number of a key, in bytes. */
const MAX_NUMBER = 2049;

export interface AddedKey {
  /** The blob by which the key is asked for: its certificate's, if it has one. */
  readonly publicKey: Uint8Array;
  readonly comment: string;
  readonly signer: KeySigner;
}

/**
 * A key and its comment, and a reader for what stands behind them. The bytes are the caller's to wipe.
 * @throws {FormatError | RangeError | PrivateKeyError} it is no key, or not one that signs here
 */
export function readAddedKey(bytes: Uint8Array): { readonly key: AddedKey; readonly rest: Reader } {
  const certified = withoutCertificate(bytes);
  const plain = certified?.plain ?? bytes;
  const key = privateKeyOf(plain, '');
  try {
    if (certified !== undefined && !equal(key.publicKey, certified.publicKey))
      throw new FormatError('Cannot read private key: its certificate is that of another');
    const behind = bytes.length - plain.length + key.secret.length;
    const rest = new Reader(bytes.subarray(behind));
    const comment = commentText.read(rest);
    const publicKey = (certified?.certificate ?? key.publicKey).slice();
    return { key: { publicKey, comment, signer: key.signer() }, rest };
  } finally {
    wipe(key.secret);
    if (plain !== bytes) wipe(plain);
  }
}

/** @param certificate The blob of a certificate for the key, which is then added in its place. */
export function writeAddedKey(writer: Writer, key: PrivateKey, certificate?: Uint8Array): void {
  if (certificate === undefined) writer.bytes(key.secret);
  else {
    const secret = new Reader(key.secret);
    secret.string(MAX_NAME);
    for (let fields = fieldsInCertificate(key.type); fields > 0; fields -= 1) secret.string(MAX_NUMBER);
    writer.text(parsePublicKeyBlob(certificate).type).string(certificate).bytes(secret.rest());
  }
  commentText.write(writer, key.comment);
}

interface Certified {
  readonly certificate: Uint8Array;
  /** The blob of the certified key. */
  readonly publicKey: Uint8Array;
  /** The same bytes, with the key in the place of its certificate. */
  readonly plain: Uint8Array;
}

/** Undefined for a key that has no certificate. @throws {FormatError} */
function withoutCertificate(bytes: Uint8Array): Certified | undefined {
  const reader = new Reader(bytes);
  const name = reader.text(MAX_NAME);
  if (!name.includes('-cert')) return undefined;
  const certificate = reader.string(MAX_BLOB);
  const { type, certifiedKey: publicKey } = parsePublicKeyBlob(certificate);
  if (type !== name || publicKey === undefined)
    throw new FormatError(
      `Cannot read private key of type ${JSON.stringify(name)}: it has no such certificate`,
    );
  const start = new Writer().text(parsePublicKeyBlob(publicKey).type).finish();
  const plain = concat(start, publicFields(publicKey), reader.rest());
  return { certificate, publicKey, plain };
}

/** What private keys hold in front of their secret, and not where a certificate has it. */
function publicFields(publicKey: Uint8Array): Uint8Array {
  const reader = new Reader(publicKey);
  const type = reader.text(MAX_NAME);
  if (type !== 'ssh-rsa') return fieldsInCertificate(type) === 0 ? new Uint8Array() : reader.rest();
  const [e, n] = [reader.string(MAX_NUMBER), reader.string(MAX_NUMBER)];
  return new Writer().string(n).string(e).finish();
}

/** How many: modulus and exponent, or curve and point. The keys of all other types are there twice. */
function fieldsInCertificate(type: string): number {
  return type === 'ssh-rsa' || type.startsWith('ecdsa-') ? 2 : 0;
}
