// Private keys in ASN.1: PKCS#1, SEC 1 and PKCS#8.
import { FormatError, concat, equal } from '@orrery/bytes';
import { derInteger, derSequence, derValue, rsaSecretKeyDer, wipe } from '@orrery/crypto';
import { BIT_STRING, DerReader, NULL, OBJECT_IDENTIFIER, OCTET_STRING, wholeBits } from './der-reader.ts';
import { EC, type NamedCurve, RSA, curves, rawIdentifiers } from './key-identifiers.ts';
import { PrivateKeyError } from './private-key-error.ts';
import { type PrivateKey, rawKeysOf, rawPrivateKey, rsaNumbersOf, rsaPrivateKey } from './private-key.ts';
import { unsignedBytes } from './secret-number.ts';

/** Tags of SEC 1: the name of the curve, and the public key. */
const PARAMETERS = 0xa0;
const PUBLIC_KEY = 0xa1;
/** Tags of OneAsymmetricKey (RFC 5958, section 2). */
const ATTRIBUTES = 0xa0;
const PKCS8_PUBLIC_KEY = 0x81;
/** Tag of the seed of ML-DSA (RFC 9881, section 6). */
const SEED = 0x80;

/** RSAPrivateKey of RFC 8017, appendix A.1.2, with two primes. @throws {FormatError | RangeError} */
export function readPkcs1(bytes: Uint8Array): PrivateKey {
  const whole = new DerReader(bytes);
  const fields = whole.sequence();
  whole.end();
  if (fields.count() !== 0) throw new PrivateKeyError('unsupported', 'it has more than two primes');
  const [n, e, d] = [fields.unsigned(), fields.unsigned(), fields.unsigned()];
  const [p, q] = [fields.unsigned(), fields.unsigned()];
  fields.unsigned(); // d modulo p - 1
  fields.unsigned(); // d modulo q - 1
  const inverse = fields.unsigned();
  fields.end();
  return rsaPrivateKey({ n, e, d, p, q, inverse }, '');
}

/** The inverse; undefined for a key of another type. */
export function printPkcs1(key: PrivateKey): Uint8Array | undefined {
  const numbers = rsaNumbersOf(key);
  return numbers && rsaSecretKeyDer(numbers);
}

/** ECPrivateKey of RFC 5915, section 3. @throws {FormatError | RangeError} */
export function readSec1(bytes: Uint8Array, curveOutside?: string): PrivateKey {
  const whole = new DerReader(bytes);
  const fields = whole.sequence();
  whole.end();
  if (fields.count() !== 1) throw new FormatError('Cannot read EC private key: version 1 expected');
  const secret = fields.value(OCTET_STRING);
  const parameters = fields.optional(PARAMETERS);
  const inside = parameters && new DerReader(parameters).objectIdentifier();
  const identifier = curveOutside ?? inside;
  if (inside !== identifier && inside !== undefined)
    throw new FormatError('Cannot read EC private key: it names two curves');
  const point = fields.optional(PUBLIC_KEY);
  fields.end();
  const curve = curves.find((known) => known.identifier === identifier);
  if (curve === undefined) throw new PrivateKeyError('unsupported', `its curve ${identifier} is not known`);
  const scalar = unsignedBytes(secret, curve.length);
  const key = rawPrivateKey(curve.type, scalar, '');
  wipe(scalar);
  if (point !== undefined) checkPublicKey(key, new DerReader(point).bitString());
  return key;
}

/** The inverse; undefined for a key of another type. @param curveOutside Whether what surrounds it names the curve. */
export function printSec1(key: PrivateKey, curveOutside: boolean): Uint8Array | undefined {
  const curve = curveOf(key);
  const keys = rawKeysOf(key);
  if (curve === undefined || keys === undefined) return undefined;
  const parameters = curveOutside ? [] : [derValue(PARAMETERS, identifierOf(curve.identifier))];
  const der = derSequence(
    derInteger(Uint8Array.of(1)),
    derValue(OCTET_STRING, keys.secretKey),
    ...parameters,
    derValue(PUBLIC_KEY, derValue(BIT_STRING, concat(Uint8Array.of(0), keys.publicKey))),
  );
  wipe(keys.secretKey);
  return der;
}

/** PrivateKeyInfo of RFC 5208, section 5, and OneAsymmetricKey of RFC 5958. @throws {FormatError | RangeError} */
export function readPkcs8(bytes: Uint8Array): PrivateKey {
  const whole = new DerReader(bytes);
  const fields = whole.sequence();
  whole.end();
  if (fields.count() > 1) throw new FormatError('Cannot read PKCS#8 private key: version 0 or 1 expected');
  const key = readPkcs8Key(fields.sequence(), fields.value(OCTET_STRING));
  fields.optional(ATTRIBUTES);
  const publicKey = fields.optional(PKCS8_PUBLIC_KEY);
  fields.end();
  if (publicKey !== undefined) checkPublicKey(key, wholeBits(publicKey));
  return key;
}

function readPkcs8Key(algorithm: DerReader, key: Uint8Array): PrivateKey {
  const identifier = algorithm.objectIdentifier();
  if (identifier === RSA) {
    algorithm.value(NULL);
    algorithm.end();
    return readPkcs1(key);
  }
  if (identifier === EC) {
    const curve = algorithm.objectIdentifier();
    algorithm.end();
    return readSec1(key, curve);
  }
  const known = rawIdentifiers.find((raw) => raw.identifier === identifier);
  if (known === undefined)
    throw new PrivateKeyError('unsupported', `its algorithm ${identifier} is not known`);
  algorithm.end();
  return rawPrivateKey(known.type, readRaw(key, known.secretKeyTag), '');
}

/** Of ML-DSA, OpenSSL writes the seed and the expanded key in a sequence; the second comes from the first. */
function readRaw(bytes: Uint8Array, tag: number | undefined): Uint8Array {
  if (tag === undefined) return bytes;
  const reader = new DerReader(bytes);
  const alone = reader.optional(tag);
  if (alone !== undefined || tag !== SEED) {
    reader.end();
    if (alone === undefined) throw new FormatError('Cannot read PKCS#8 private key: its key is missing');
    return alone;
  }
  const both = reader.sequence();
  reader.end();
  const seed = both.value(OCTET_STRING);
  both.value(OCTET_STRING);
  both.end();
  return seed;
}

/** The inverse, as PrivateKeyInfo; undefined for a type that it does not have. */
export function printPkcs8(key: PrivateKey): Uint8Array | undefined {
  const algorithm = algorithmIdentifier(key.type);
  const inner = printPkcs1(key) ?? printSec1(key, true) ?? printRaw(key);
  if (algorithm === undefined || inner === undefined) return undefined;
  const der = derSequence(derInteger(Uint8Array.of(0)), algorithm, derValue(OCTET_STRING, inner));
  wipe(inner);
  return der;
}

function printRaw(key: PrivateKey): Uint8Array | undefined {
  const known = rawIdentifiers.find(({ type }) => type === key.type);
  const keys = rawKeysOf(key);
  if (known === undefined || keys === undefined) return undefined;
  if (known.secretKeyTag === undefined) return keys.secretKey;
  const der = derValue(known.secretKeyTag, keys.secretKey);
  wipe(keys.secretKey);
  return der;
}

/** AlgorithmIdentifier of a type of key; undefined if there is none. */
export function algorithmIdentifier(type: string): Uint8Array | undefined {
  if (type === 'ssh-rsa') return derSequence(identifierOf(RSA), derValue(NULL, new Uint8Array()));
  const curve = curves.find((known) => known.type === type);
  if (curve !== undefined) return derSequence(identifierOf(EC), identifierOf(curve.identifier));
  const raw = rawIdentifiers.find((known) => known.type === type);
  return raw && derSequence(identifierOf(raw.identifier));
}

function identifierOf(hex: string): Uint8Array {
  return derValue(OBJECT_IDENTIFIER, Uint8Array.fromHex(hex));
}

function curveOf({ type }: PrivateKey): NamedCurve | undefined {
  return curves.find((curve) => curve.type === type);
}

/** A point may also be compressed (SEC 1, section 2.3.3). */
function checkPublicKey(key: PrivateKey, found: Uint8Array): void {
  const keys = rawKeysOf(key);
  if (keys === undefined) return;
  wipe(keys.secretKey);
  const forms = [keys.publicKey];
  const curve = curveOf(key);
  if (curve !== undefined) {
    const sign = 2 + ((keys.publicKey.at(-1) ?? 0) & 1);
    forms.push(concat(Uint8Array.of(sign), keys.publicKey.subarray(1, 1 + curve.length)));
  }
  if (!forms.some((form) => equal(form, found)))
    throw new FormatError('Cannot read private key: its public key is that of another');
}
