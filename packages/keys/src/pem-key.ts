// Private keys in ASN.1: PKCS#1, SEC 1 and PKCS#8.
import { FormatError } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import { DerReader, NULL, OCTET_STRING } from './der-reader.ts';
import { PrivateKeyError } from './private-key-error.ts';
import { type PrivateKey, rawPrivateKey, rsaPrivateKey } from './private-key.ts';
import { unsignedBytes } from './secret-number.ts';

/** Contents of object identifiers (RFC 8017, appendix C; RFC 5480, section 2.1.1; RFC 8410, section 3). */
const RSA = '2a864886f70d010101';
const EC = '2a8648ce3d0201';
const ED25519 = '2b6570';

/** Named curves (RFC 5480, section 2.1.1.1), with the length of their secret keys in bytes. */
const curves: ReadonlyMap<string, { readonly type: string; readonly length: number }> = new Map([
  ['2a8648ce3d030107', { type: 'ecdsa-sha2-nistp256', length: 32 }],
  ['2b81040022', { type: 'ecdsa-sha2-nistp384', length: 48 }],
  ['2b81040023', { type: 'ecdsa-sha2-nistp521', length: 66 }],
]);
/** Tag of the curve's name in SEC 1. */
const PARAMETERS = 0xa0;

/** RSAPrivateKey of RFC 8017, appendix A.1.2, with two primes. @throws {FormatError} */
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

/** ECPrivateKey of RFC 5915, section 3. @throws {FormatError | RangeError} */
export function readSec1(bytes: Uint8Array, curveOutside?: string): PrivateKey {
  const whole = new DerReader(bytes);
  const fields = whole.sequence();
  whole.end();
  if (fields.count() !== 1) throw new FormatError('Cannot read EC private key: version 1 expected');
  const secret = fields.value(OCTET_STRING);
  // The public key that may follow is not needed: it comes from the secret key.
  const oid = curveOutside ?? new DerReader(fields.value(PARAMETERS)).objectIdentifier();
  const curve = curves.get(oid);
  if (curve === undefined) throw new PrivateKeyError('unsupported', `its curve ${oid} is not known`);
  const scalar = unsignedBytes(secret, curve.length);
  const key = rawPrivateKey(curve.type, scalar, '');
  wipe(scalar);
  return key;
}

/** PrivateKeyInfo of RFC 5208, section 5, and OneAsymmetricKey of RFC 5958. @throws {FormatError | RangeError} */
export function readPkcs8(bytes: Uint8Array): PrivateKey {
  const whole = new DerReader(bytes);
  const fields = whole.sequence();
  whole.end();
  if (fields.count() > 1) throw new FormatError('Cannot read PKCS#8 private key: version 0 or 1 expected');
  const algorithm = fields.sequence();
  const oid = algorithm.objectIdentifier();
  const key = fields.value(OCTET_STRING);
  if (oid === RSA) {
    algorithm.value(NULL);
    return readPkcs1(key);
  }
  if (oid === EC) return readSec1(key, algorithm.objectIdentifier());
  if (oid === ED25519) return rawPrivateKey('ssh-ed25519', new DerReader(key).value(OCTET_STRING), '');
  throw new PrivateKeyError('unsupported', `its algorithm ${oid} is not known`);
}
