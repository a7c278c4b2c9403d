// Lists of what is revoked, cut or forged so that a key counts again, and those that would keep a reader busy.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FormatError, Writer, concat } from '@orrery/bytes';
import {
  FOREVER,
  Krl,
  MAX_KRL,
  MAX_SERIAL_RANGES,
  formatKrl,
  isRevoked,
  keySigner,
  parseKrl,
  parseRevokedKeys,
  signCertificate,
} from '@orrery/keys';
import { claimsOf } from '../../packages/keys/testing/claims.ts';

const ca = keySigner('ssh-ed25519', new Uint8Array(32).fill(1));
const user = keySigner('ssh-ed25519', new Uint8Array(32).fill(2)).publicKey;
const HEADER = 44;

const { blob: certificate } = await signCertificate(
  claimsOf(user, { serial: 2n ** 53n + 1n, keyId: 'an id' }),
  ca,
);

function listOf(...sections: readonly (readonly [type: number, data: Uint8Array])[]): Uint8Array {
  const writer = new Writer().bytes(formatKrl(new Krl()));
  for (const [type, data] of sections) writer.byte(type).string(data);
  return writer.finish();
}

/** A section about certificates of the CA. */
function ofCa(type: number, data: Uint8Array): readonly [number, Uint8Array] {
  return [1, new Writer().string(ca.publicKey).text('').byte(type).string(data).finish()];
}

function refused(file: Uint8Array): boolean {
  try {
    parseKrl(file);
    return false;
  } catch (error) {
    assert.ok(error instanceof FormatError, String(error));
    return true;
  }
}

/** Reads sections as far as they are whole, and finds the key in those that it knows. */
function naiveIsRevoked(file: Uint8Array, key: Uint8Array): boolean {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  for (let at = HEADER; at + 5 <= file.length;) {
    const length = view.getUint32(at + 1);
    const data = file.subarray(at + 5, at + 5 + length);
    if (file[at] === 2 && data.toHex().includes(key.toHex())) return true;
    at += 5 + length;
  }
  return false;
}

describe('a key revocation list', () => {
  const krl = new Krl();
  krl.revokeKeyByHash('sha256', ca.publicKey);
  krl.revokeKey(user);
  krl.revokeSerials(ca.publicKey, 1n, 9n);
  krl.revokeKeyId(ca.publicKey, 'an id');
  const file = formatKrl(krl);

  it('that is cut anywhere is refused, unless it ends between sections', () => {
    assert.equal(naiveIsRevoked(file, user), true);
    assert.equal(naiveIsRevoked(file.subarray(0, -60), user), false);
    const whole: number[] = [];
    for (let length = 0; length < file.length; length += 1)
      if (!refused(file.subarray(0, length))) whole.push(length);
    // Nothing in the format says how many sections there are.
    assert.equal(whole.length, 3);
    assert.equal(whole[0], HEADER);
  });

  it('with a wrong length or an unknown section is refused', () => {
    assert.equal(refused(concat(file, Uint8Array.of(0))), true);
    for (const type of [0, 6, 0x20, 254])
      assert.equal(refused(listOf([type, new Uint8Array()])), true, `${type}`);
    for (const type of [0, 0x24, 0x38])
      assert.equal(refused(listOf(ofCa(type, new Uint8Array()))), true, `${type}`);
    const hash = (length: number): Uint8Array => new Writer().string(new Uint8Array(length)).finish();
    assert.deepEqual([refused(listOf([3, hash(20)])), refused(listOf([3, hash(19)]))], [false, true]);
    assert.deepEqual([refused(listOf([5, hash(32)])), refused(listOf([5, hash(20)]))], [false, true]);
    assert.equal(refused(listOf(ofCa(0x20, new Uint8Array(12)))), true);
    assert.equal(refused(listOf(ofCa(0x23, new Writer().text('an id').text('').finish()))), false);
    assert.equal(refused(listOf(ofCa(0x23, new Writer().text('an id\0').finish()))), true);
    assert.equal(refused(listOf(ofCa(0x21, new Writer().uint64(1n).uint64(2n).byte(0).finish()))), true);
  });

  it('that is empty or of another kind revokes nothing, and is no list', () => {
    for (const bytes of [new Uint8Array(), file.subarray(1), concat(Uint8Array.of(0xef, 0xbb, 0xbf), file)]) {
      assert.equal(refused(bytes), true);
      assert.equal(naiveIsRevoked(bytes, user) && bytes.length === 0, false);
    }
    // In the place of a list, what is no list must not pass for lines of keys.
    assert.throws(() => parseRevokedKeys(file.subarray(1)), FormatError);
  });

  it('knows serial numbers that a floating-point number does not', () => {
    const next = new Krl();
    next.revokeSerials(ca.publicKey, 2n ** 53n, 2n ** 53n);
    assert.equal(Number(2n ** 53n + 1n), Number(2n ** 53n));
    assert.equal(isRevoked(parseKrl(formatKrl(next)), certificate), false);
    next.revokeSerials(ca.publicKey, 2n ** 53n + 1n, 2n ** 53n + 1n);
    assert.equal(isRevoked(parseKrl(formatKrl(next)), certificate), true);
  });

  it('with ranges that are reversed, begin at zero or come around is refused', () => {
    const range = (first: bigint, last: bigint): Uint8Array =>
      new Writer().uint64(first).uint64(last).finish();
    assert.equal(refused(listOf(ofCa(0x21, range(1n, 1n)))), false);
    for (const [first, last] of [
      [2n, 1n],
      [0n, 1n],
    ] as const)
      assert.equal(refused(listOf(ofCa(0x21, range(first, last)))), true);
    const bitmap = (start: bigint, ...bits: readonly number[]): Uint8Array =>
      new Writer().uint64(start).string(Uint8Array.from(bits)).finish();
    assert.equal(refused(listOf(ofCa(0x22, bitmap(FOREVER - 1n, 3)))), false);
    assert.equal(refused(listOf(ofCa(0x22, bitmap(FOREVER - 1n, 7)))), true);
    assert.equal(refused(listOf(ofCa(0x22, bitmap(0n, 1)))), true);
    assert.equal(refused(listOf(ofCa(0x22, bitmap(1n, 0x80)))), true);
  });

  it('with bitmaps that stand for endless numbers is refused before they are kept', () => {
    const half = new Uint8Array(2048).fill(0x55);
    const bitmap = new Writer().uint64(1n).string(half).finish();
    const count = MAX_SERIAL_RANGES / 8192;
    assert.equal(refused(listOf(...Array.from({ length: count }, () => ofCa(0x22, bitmap)))), false);
    assert.equal(refused(listOf(...Array.from({ length: count + 1 }, () => ofCa(0x22, bitmap)))), true);
    const long = (length: number, first: number): Uint8Array => {
      const bits = new Uint8Array(length);
      bits[0] = first;
      return new Writer().uint64(1n).string(bits).finish();
    };
    assert.equal(refused(listOf(ofCa(0x22, long(2049, 0)))), false);
    assert.equal(refused(listOf(ofCa(0x22, long(2049, 1)))), true);
    assert.equal(refused(listOf(ofCa(0x22, long(2050, 0)))), true);
    assert.equal(refused(new Uint8Array(MAX_KRL + 1)), true);
  });

  it('for a CA that is a certificate is refused, and one for all CAs is not one for this CA', () => {
    const data = new Writer().string(certificate).text('').finish();
    assert.equal(refused(listOf([1, data])), true);
    const other = new Krl();
    other.revokeSerials(user, 2n ** 53n + 1n, 2n ** 53n + 1n);
    other.revokeKeyId(user, 'an id');
    assert.equal(isRevoked(other, certificate), false);
    other.revokeKeyId(undefined, 'an id');
    assert.equal(isRevoked(other, certificate), true);
  });

  it('that revokes a CA, or a key, revokes every certificate by it, or of it', () => {
    for (const key of [ca.publicKey, user]) {
      const list = new Krl();
      list.revokeKey(key);
      // A naive lookup of what was shown finds neither.
      assert.equal(list.keys.has(certificate.toHex()), false);
      assert.equal(isRevoked(parseKrl(formatKrl(list)), certificate), true);
    }
  });
});
