// The private numbers of PuTTY's files, by the type of the key (PuTTY manual, appendix C.3).
import { FormatError, Reader, Writer, concat, equal, string, struct } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import { PrivateKeyError } from './private-key-error.ts';
import { type PrivateKey, rawKeysOf, rawPrivateKey, rsaNumbersOf, rsaPrivateKey } from './private-key.ts';
import { mpintBytes, unsignedBytes } from './secret-number.ts';

/** Longest number, in bytes: 16384 bits and the byte of the sign. */
const MAX_NUMBER = 2049;
const SEED_LENGTH = 32;
const number = string(MAX_NUMBER);
const rsaPublic = struct({ type: number, e: number, n: number });
const rsaPrivate = struct({ d: number, p: number, q: number, inverse: number });
/** Lengths of secret keys, in bytes. */
const curves: ReadonlyMap<string, number> = new Map([
  ['ecdsa-sha2-nistp256', 32],
  ['ecdsa-sha2-nistp384', 48],
  ['ecdsa-sha2-nistp521', 66],
]);

/**
 * The key with these private numbers, of which none is left over.
 * @param maxPadding Most bytes that may follow the numbers.
 * @throws {PrivateKeyError} its type is not known. @throws {FormatError | RangeError} it is no key, or not the public one's
 */
export function readPuttyNumbers(
  type: string,
  publicKey: Uint8Array,
  secret: Uint8Array,
  maxPadding: number,
): PrivateKey {
  const reader = new Reader(secret);
  const key = readKey(type, publicKey, reader);
  if (reader.remaining <= maxPadding && equal(key.publicKey, publicKey)) return key;
  wipe(key.secret);
  throw new FormatError('Cannot read PuTTY key: its public key is that of another, or its padding is wrong');
}

function readKey(type: string, publicKey: Uint8Array, reader: Reader): PrivateKey {
  if (type === 'ssh-rsa') {
    const { n, e } = rsaPublic.read(new Reader(publicKey));
    return rsaPrivateKey({ n, e, ...rsaPrivate.read(reader) }, '');
  }
  if (type === 'ssh-ed25519') {
    // An integer that has its lowest byte first, and no zeros at its end.
    const digits = reader.string(SEED_LENGTH);
    return fromRaw(type, concat(digits, new Uint8Array(SEED_LENGTH - digits.length)));
  }
  const length = curves.get(type);
  if (length === undefined)
    throw new PrivateKeyError('unsupported', `its type ${JSON.stringify(type)} is not known`);
  return fromRaw(type, unsignedBytes(reader.string(length + 1), length));
}

/** Wipes the secret key. */
function fromRaw(type: string, secretKey: Uint8Array): PrivateKey {
  const key = rawPrivateKey(type, secretKey, '');
  wipe(secretKey);
  return key;
}

/** The private numbers of a key, to be wiped. @throws {RangeError} for a type that PuTTY does not have */
export function printPuttyNumbers(key: PrivateKey): Uint8Array {
  const rsa = rsaNumbersOf(key);
  if (rsa !== undefined)
    return new Writer().string(rsa.d).string(rsa.p).string(rsa.q).string(rsa.inverse).finish();
  const keys = rawKeysOf(key);
  if (keys !== undefined && (key.type === 'ssh-ed25519' || curves.has(key.type))) {
    const digits = key.type === 'ssh-ed25519' ? withoutZeros(keys.secretKey) : mpintBytes(keys.secretKey);
    const bytes = new Writer().string(digits).finish();
    wipe(keys.secretKey, digits);
    return bytes;
  }
  throw new RangeError(`Cannot write private key of type "${key.type}": PuTTY has no form for it`);
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
}
