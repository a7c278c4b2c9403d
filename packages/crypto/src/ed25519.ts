import { native } from '#native';

import { randomBytes } from './secret.ts';
import { type SignatureAlgorithm, signatureAlgorithm } from './signature.ts';

const SEED_LENGTH = 32;

/** The field of RFC 8032, section 5.1: 2^255 - 19 elements. */
const P = 2n ** 255n - 19n;
/** The constant d of the curve -x^2 + y^2 = 1 + d x^2 y^2. */
const D = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n;
/** One y of the points of order 8; the other is its negative. */
const Y_ORDER_8 = 0x5fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
/** The y of all points whose order divides the cofactor. For such a key, one signature fits many messages. */
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([0n, 1n, P - 1n, Y_ORDER_8, P - Y_ORDER_8]);

/**
 * Ed25519 (RFC 8032, section 5.1), strict: S below the order of the group, the equation without cofactor, and no
 * public key that is not canonical, not on the curve or of small order. The secret key is the 32-byte seed.
 */
export const ed25519: SignatureAlgorithm = signatureAlgorithm({
  name: 'Ed25519',
  secretKeyLength: SEED_LENGTH,
  publicKeyLength: 32,
  signatureLength: 64,
  generateSecretKey: () => randomBytes(SEED_LENGTH),
  importSecretKey: native.ed25519.importSecretKey,
  importPublicKey: (publicKey) => {
    checkPoint(publicKey);
    return native.ed25519.importPublicKey(publicKey);
  },
});

/** RFC 8032, section 5.1.3. OpenSSL decodes the point only when it verifies, and accepts a y of P or more. */
function checkPoint(publicKey: Uint8Array): void {
  const y = BigInt.asUintN(255, BigInt(`0x${publicKey.toReversed().toHex()}`)); // the last bit is the sign of x
  if (y >= P || SMALL_ORDER_Y.has(y) || !isOnCurve(y)) {
    throw new RangeError('Cannot use Ed25519 public key: not a point of the group');
  }
}

/** Whether x^2 = (y^2 - 1) / (d y^2 + 1) has a root. A quotient has one exactly when the product has. */
function isOnCurve(y: bigint): boolean {
  const ySquared = (y * y) % P;
  const product = ((ySquared + P - 1n) * (D * ySquared + 1n)) % P;
  return halfOrderPower(product) === 1n; // Euler's criterion; x = 0 only for y = 1 and y = -1
}

/** The power of (P - 1) / 2 = (2^250 - 1) 2^4 + 6, by a tenth of the products that its bits would take. */
function halfOrderPower(base: bigint): bigint {
  // From the powers of 2^m - 1 and 2^n - 1 to that of 2^(m + n) - 1.
  const join = (upper: bigint, lower: bigint, n: number): bigint => (square(upper, n) * lower) % P;
  const b2 = join(base, base, 1);
  const b4 = join(b2, b2, 2);
  const b5 = join(b4, base, 1);
  const b10 = join(b5, b5, 5);
  const b20 = join(b10, b10, 10);
  const b40 = join(b20, b20, 20);
  const b50 = join(b40, b10, 10);
  const b100 = join(b50, b50, 50);
  const b200 = join(b100, b100, 100);
  const b250 = join(b200, b50, 50);
  return (square(b250, 4) * square(b2, 1)) % P;
}

function square(base: bigint, times: number): bigint {
  let result = base;
  for (let count = 0; count < times; count += 1) result = (result * result) % P;
  return result;
}
