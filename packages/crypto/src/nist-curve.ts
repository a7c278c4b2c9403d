import type { CurveName } from './native.ts';
import { randomBytes } from './secret.ts';

const UNCOMPRESSED = 4;

/** A curve of NIST SP 800-186, section 3.2.1: y^2 = x^3 - 3 x + B modulo P, in a group of prime order N. */
export interface NistCurve {
  readonly name: CurveName;
  /** Length of a scalar and of a coordinate, in bytes. */
  readonly scalarLength: number;
  /** Length of an uncompressed point: 4, x, y (SEC 1, section 2.3.3). */
  readonly pointLength: number;
  readonly P: bigint;
  readonly B: bigint;
  readonly N: Uint8Array;
}

export const p256: NistCurve = {
  name: 'P-256',
  scalarLength: 32,
  pointLength: 65,
  P: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
  B: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  N: Uint8Array.fromHex('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
};

export const p384: NistCurve = {
  name: 'P-384',
  scalarLength: 48,
  pointLength: 97,
  P: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
  B: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  N: Uint8Array.fromHex(
    'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
  ),
};

export const p521: NistCurve = {
  name: 'P-521',
  scalarLength: 66,
  pointLength: 133,
  P: 2n ** 521n - 1n,
  B: 0x0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
  N: Uint8Array.fromHex(
    `01${'ff'.repeat(32)}fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`,
  ),
};

/** A secret key, uniform from 1 to N - 1. */
export function randomScalar(curve: NistCurve): Uint8Array {
  const scalar = randomBytes(curve.scalarLength);
  if (curve.N[0] === 1) scalar[0] = (scalar[0] ?? 0) & 1; // P-521: 521 bits of the 528
  return isScalar(curve, scalar) ? scalar : randomScalar(curve);
}

/** Throws RangeError unless the secret key is from 1 to N - 1. OpenSSL would take any. */
export function checkScalar(curve: NistCurve, secretKey: Uint8Array): void {
  if (!isScalar(curve, secretKey))
    throw new RangeError(`Cannot use ${curve.name} secret key: not from 1 to the order of the group`);
}

/** Throws RangeError unless the public key is an uncompressed point on the curve. OpenSSL would also take hybrid points. */
export function checkPoint({ name, scalarLength, P, B }: NistCurve, publicKey: Uint8Array): void {
  const x = integer(publicKey.subarray(1, 1 + scalarLength));
  const y = integer(publicKey.subarray(1 + scalarLength));
  const isOnCurve = x < P && y < P && (x ** 3n - 3n * x + B - y ** 2n) % P === 0n;
  if (publicKey[0] !== UNCOMPRESSED || !isOnCurve) {
    throw new RangeError(`Cannot use ${name} public key: not an uncompressed point on the curve`);
  }
}

/** Without branches on the secret: subtracts N, which must borrow, and collects the bits. */
function isScalar({ N, scalarLength }: NistCurve, scalar: Uint8Array): boolean {
  let borrow = 0;
  let bits = 0;
  for (let index = scalarLength - 1; index >= 0; index -= 1) {
    const byte = scalar[index] ?? 0;
    borrow = ((byte - (N[index] ?? 0) - borrow) >> 8) & 1;
    bits |= byte;
  }
  return borrow === 1 && bits !== 0;
}

function integer(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toHex()}`);
}
