import { randomBytes } from './secret.ts';

/** Length of a scalar and of a coordinate, in bytes. */
export const SCALAR_LENGTH = 32;
/** Length of an uncompressed point: 4, x, y (SEC 1, section 2.3.3). */
export const POINT_LENGTH = 65;

const UNCOMPRESSED = 4;
/** Curve P-256 (NIST SP 800-186): y^2 = x^3 - 3 x + B modulo P, in a group of order N. */
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const N = Uint8Array.fromHex('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');

/** A secret key, uniform from 1 to N - 1. */
export function randomScalar(): Uint8Array {
  const scalar = randomBytes(SCALAR_LENGTH);
  return isScalar(scalar) ? scalar : randomScalar();
}

/** Throws RangeError unless the secret key is from 1 to N - 1. OpenSSL would take any. */
export function checkScalar(secretKey: Uint8Array): void {
  if (!isScalar(secretKey))
    throw new RangeError('Cannot use P-256 secret key: not from 1 to the order of the group');
}

/** Throws RangeError unless the public key is an uncompressed point on the curve. OpenSSL would also take hybrid points. */
export function checkPoint(publicKey: Uint8Array): void {
  const x = integer(publicKey.subarray(1, 1 + SCALAR_LENGTH));
  const y = integer(publicKey.subarray(1 + SCALAR_LENGTH));
  const isOnCurve = x < P && y < P && (x ** 3n - 3n * x + B - y ** 2n) % P === 0n;
  if (publicKey[0] !== UNCOMPRESSED || !isOnCurve) {
    throw new RangeError('Cannot use P-256 public key: not an uncompressed point on the curve');
  }
}

/** Without branches on the secret: subtracts N, which must borrow, and collects the bits. */
function isScalar(scalar: Uint8Array): boolean {
  let borrow = 0;
  let bits = 0;
  for (let index = SCALAR_LENGTH - 1; index >= 0; index -= 1) {
    const byte = scalar[index] ?? 0;
    borrow = ((byte - (N[index] ?? 0) - borrow) >> 8) & 1;
    bits |= byte;
  }
  return borrow === 1 && bits !== 0;
}

function integer(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toHex()}`);
}
