// What peers send in the exchange of keys: of wrong lengths, points that lead to no secret, keys that are none.
import { concat, encode, string, struct } from '@orrery/bytes';
import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import { hostKey, makeRoles, side } from '../../packages/ssh/testing/transport-pair.ts';
import { kexMethods } from '../../packages/ssh/src/transport/algorithms.ts';
import type { KexMethod } from '../../packages/ssh/src/transport/kex.ts';
import { Transport } from '../../packages/ssh/src/transport/transport.ts';
import { SshPeer } from './stage/ssh-transport-peer.ts';

/** Lengths of the classical public key, which comes last. */
const POINT_LENGTHS: Readonly<Record<string, number>> = {
  x25519: 32,
  curve25519: 32,
  nistp256: 65,
  nistp384: 97,
  nistp521: 133,
};

/** The points of small order of Curve25519, and 0, 1 and -1 in other writing (RFC 7748, section 7). */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map((hex) => Uint8Array.fromHex(hex));

function pointLength(method: KexMethod): number {
  const curve = Object.keys(POINT_LENGTHS).find((name) => method.name.includes(name)) ?? '';
  return POINT_LENGTHS[curve] ?? 0;
}

/** Points that are none, in place of a good one. */
function badPoints(good: Uint8Array): readonly Uint8Array[] {
  if (good.length === 32) return SMALL_ORDER;
  const offCurve = good.slice();
  offCurve[good.length - 1] = (good.at(-1) ?? 0) ^ 1;
  const hybrid = good.slice();
  hybrid[0] = 6 + ((good.at(-1) ?? 0) & 1);
  const infinity = new Uint8Array(good.length);
  const beyond = good.slice().fill(0xff, 1);
  return [offCurve, hybrid, infinity, Uint8Array.of(4, ...infinity.subarray(1)), beyond];
}

function variants(good: Uint8Array, method: KexMethod): readonly Uint8Array[] {
  const length = pointLength(method);
  const [post, point] = [good.subarray(0, -length), good.subarray(-length)];
  return [
    new Uint8Array(),
    good.subarray(1),
    good.subarray(0, -1),
    concat(good, Uint8Array.of(0)),
    concat(good, good),
    ...badPoints(point).map((bad) => concat(post, bad)),
  ];
}

const refused = { code: 'keyExchangeFailed' };

describe('A value in the exchange of keys', () => {
  for (const method of kexMethods.values()) {
    it(`is refused by the server unless it is good: ${method.name}`, async () => {
      const { init } = await method.start();
      await method.answer(init);
      for (const bad of variants(init, method))
        await assert.rejects(async () => method.answer(bad), refused, bad.toHex().slice(-80));
    });

    it(`is refused by the client unless it is good: ${method.name}`, async () => {
      const attempt = await method.start();
      const { reply, secret } = await method.answer(attempt.init);
      assert.deepEqual(attempt.finish(reply), secret);
      for (const bad of variants(reply, method)) {
        const other = await method.start();
        assert.throws(() => other.finish(bad), refused, bad.toHex().slice(-80));
      }
    });
  }

  it('is refused where it is no key of ML-KEM: a coefficient is not below q', async () => {
    for (const name of ['mlkem768x25519-sha256', 'mlkem768nistp256-sha256', 'mlkem1024nistp384-sha384']) {
      const method = kexMethods.get(name);
      assert.ok(method !== undefined);
      const { init } = await method.start();
      const bad = init.slice();
      bad.fill(0xff, 0, 3);
      await assert.rejects(async () => method.answer(bad), refused);
    }
  });

  it('leads a naive implementation to a secret that everybody knows', async () => {
    for (const point of SMALL_ORDER.slice(0, 2)) assert.equal(naiveX25519(77n, point), 0n);
    assert.notEqual(naiveX25519(77n, Uint8Array.of(9, ...new Uint8Array(31))), 0n);
  });

  it('ends the connection of a server, and of a client', async () => {
    const { clientRole, serverRole } = makeRoles({ preferences: { kex: ['curve25519-sha256'] } });
    for (const exchangeValue of [new Uint8Array(32), new Uint8Array(31), new Uint8Array(2000)]) {
      const [a, b] = duplexPair();
      const server = side(a, new Transport(a, serverRole));
      const hostileClient = new SshPeer(b, { isClient: true, exchangeValue });
      await assert.rejects(hostileClient.exchangeKeys());
      assert.equal(codeOf(await server.user.ended), 'keyExchangeFailed');

      const [c, d] = duplexPair();
      const client = side(c, new Transport(c, clientRole));
      const hostileServer = new SshPeer(d, { isClient: false, hostKey, exchangeValue });
      await assert.rejects(hostileServer.exchangeKeys());
      assert.equal(codeOf(await client.user.ended), 'keyExchangeFailed');
    }
  });

  it('is refused with a signature of another key, or none', async () => {
    const { clientRole, seen } = makeRoles({ preferences: { kex: ['curve25519-sha256'] } });
    const blob = encode(struct({ algorithm: string(20), key: string(40) }), {
      algorithm: Uint8Array.from(Buffer.from('ssh-ed25519')),
      key: new Uint8Array(32).fill(3),
    });
    const liar = { ...hostKey, publicKey: blob };
    const [a, b] = duplexPair();
    const client = side(a, new Transport(a, clientRole));
    const server = new SshPeer(b, { isClient: false, hostKey: liar });
    await assert.rejects(server.exchangeKeys());
    assert.equal(
      (await client.user.ended)?.message,
      'Cannot trust the host key: its signature does not verify',
    );
    assert.deepEqual(seen, []);
  });
});

function codeOf(error: Error | undefined): unknown {
  return error !== undefined && 'code' in error ? error.code : undefined;
}

/** The Montgomery ladder, and no more (RFC 7748, section 5). */
function naiveX25519(scalar: bigint, point: Uint8Array): bigint {
  const P = 2n ** 255n - 19n;
  const mod = (value: bigint): bigint => ((value % P) + P) % P;
  const x1 = BigInt(`0x${point.toReversed().toHex()}`) % P;
  let [x2, z2, x3, z3] = [1n, 0n, x1, 1n];
  for (let bit = 254n; bit >= 0n; bit--) {
    const swap = ((8n * scalar) >> bit) & 1n;
    if (swap === 1n) [x2, z2, x3, z3] = [x3, z3, x2, z2];
    const [a, b, c, d] = [mod(x2 + z2), mod(x2 - z2), mod(x3 + z3), mod(x3 - z3)];
    const [aa, bb, da, cb] = [mod(a * a), mod(b * b), mod(d * a), mod(c * b)];
    const e = mod(aa - bb);
    [x3, z3] = [mod((da + cb) ** 2n), mod(x1 * mod((da - cb) ** 2n))];
    [x2, z2] = [mod(aa * bb), mod(e * mod(aa + 121665n * e))];
    if (swap === 1n) [x2, z2, x3, z3] = [x3, z3, x2, z2];
  }
  let inverse = 1n;
  for (let bit = 254n, power = P - 2n; bit >= 0n; bit--) {
    inverse = mod(inverse * inverse);
    if (((power >> bit) & 1n) === 1n) inverse = mod(inverse * z2);
  }
  return mod(x2 * inverse);
}
