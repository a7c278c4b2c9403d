// Public keys in PEM: SubjectPublicKeyInfo (RFC 5280, section 4.1) and RSAPublicKey (RFC 8017, appendix A.1.1).
import { FormatError, Reader, Writer, concat } from '@orrery/bytes';
import { derInteger, derSequence, derValue } from '@orrery/crypto';
import { printArmour, readArmour } from './armour.ts';
import { BIT_STRING, DerReader, NULL } from './der-reader.ts';
import { EC, RSA, curves, rawIdentifiers } from './key-identifiers.ts';
import { algorithmIdentifier } from './pem-key.ts';
import type { PemFormat } from './private-key-pem.ts';
import { MAX_PUBLIC_KEY_LINE, type PublicKey, parsePublicKeyBlob } from './public-key.ts';
import { rawKeyTypes } from './raw-keys.ts';
import { mpintBytes } from './secret-number.ts';

const MAX_TYPE = 64;
const MAX_NUMBER = 2049;
const SPKI_LABEL = 'PUBLIC KEY';
const RSA_LABEL = 'RSA PUBLIC KEY';

/**
 * The public key in the first PEM block of a text, as `ssh-keygen -e -m PKCS8` and `-m PEM` write it.
 * @throws {FormatError} there is none, or one of a type that is not known
 */
export function parsePublicKeyPem(text: string): PublicKey {
  if (text.length > MAX_PUBLIC_KEY_LINE)
    throw new FormatError(
      `Cannot read PEM public key: found ${text.length} characters, at most ${MAX_PUBLIC_KEY_LINE} expected`,
    );
  const block = readArmour(text, 'PUBLIC KEY');
  if (block?.label === SPKI_LABEL) return parsePublicKeyBlob(readSpki(block.bytes));
  if (block?.label === RSA_LABEL) return parsePublicKeyBlob(readRsa(block.bytes));
  throw new FormatError(`Cannot read PEM public key: "${SPKI_LABEL}" or "${RSA_LABEL}" expected`);
}

/**
 * The inverse. `pkcs8`: SubjectPublicKeyInfo. `pem`: RSAPublicKey for RSA keys, SubjectPublicKeyInfo for ECDSA, as
 * ssh-keygen has it.
 * @throws {RangeError} for a type that has no such form. @throws {FormatError} for a blob that is no key
 */
export function printPublicKeyPem({ blob }: Pick<PublicKey, 'blob'>, format: PemFormat): string {
  const { type } = parsePublicKeyBlob(blob);
  const headers = new Map<string, string>();
  const algorithm = algorithmIdentifier(type);
  const name = format === 'pkcs8' ? 'PKCS#8' : 'PEM';
  const isCurve = curves.some((curve) => curve.type === type);
  if (algorithm === undefined || (format === 'pem' && type !== 'ssh-rsa' && !isCurve))
    throw new RangeError(`Cannot write public key of type "${type}": ${name} has no form for it`);
  const inner = contentOf(blob);
  if (format === 'pem' && type === 'ssh-rsa')
    return printArmour({ label: RSA_LABEL, headers, bytes: inner }, 64);
  const bytes = derSequence(algorithm, derValue(BIT_STRING, concat(Uint8Array.of(0), inner)));
  return printArmour({ label: SPKI_LABEL, headers, bytes }, 64);
}

/** What the bit string of SubjectPublicKeyInfo holds. */
function contentOf(blob: Uint8Array): Uint8Array {
  const reader = new Reader(blob);
  const raw = rawKeyTypes.get(reader.text(MAX_TYPE));
  if (raw !== undefined) return raw.publicKey.read(reader);
  const [e, n] = [reader.string(MAX_NUMBER), reader.string(MAX_NUMBER)];
  return derSequence(derInteger(n), derInteger(e));
}

function readSpki(bytes: Uint8Array): Uint8Array {
  const whole = new DerReader(bytes);
  const fields = whole.sequence();
  whole.end();
  const algorithm = fields.sequence();
  const key = fields.bitString();
  fields.end();
  const identifier = algorithm.objectIdentifier();
  if (identifier === RSA) {
    algorithm.value(NULL);
    algorithm.end();
    return readRsa(key);
  }
  const table = identifier === EC ? curves : rawIdentifiers;
  const wanted = identifier === EC ? algorithm.objectIdentifier() : identifier;
  algorithm.end();
  const type = table.find((known) => known.identifier === wanted)?.type ?? '';
  const raw = rawKeyTypes.get(type);
  if (raw === undefined) throw new FormatError(`Cannot read PEM public key: its type ${wanted} is not known`);
  if (key.length !== raw.algorithm.publicKeyLength)
    throw new FormatError(
      `Cannot read PEM public key: found ${key.length} bytes, ${raw.algorithm.publicKeyLength} expected`,
    );
  const writer = new Writer().text(type);
  raw.publicKey.write(writer, key);
  return writer.finish();
}

function readRsa(bytes: Uint8Array): Uint8Array {
  const whole = new DerReader(bytes);
  const fields = whole.sequence();
  whole.end();
  const [n, e] = [fields.unsigned(), fields.unsigned()];
  fields.end();
  return new Writer().text('ssh-rsa').string(mpintBytes(e)).string(mpintBytes(n)).finish();
}
