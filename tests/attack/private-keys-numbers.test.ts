// Private keys whose numbers are none, or not those of the public key beside them.
import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { suite, test } from 'node:test';
import { generatePrivateKey, parsePrivateKey } from '@orrery/keys';
import {
  type Forged,
  container,
  ed25519,
  p256,
  pem,
  string,
  strings,
  text,
  whole,
} from './stage/forged-key.ts';

const [mine, other] = [ed25519(), ed25519()];
const good = whole(mine);

const name = text('ssh-ed25519');

/** Numbers of all types that are none, or not those of their public key. */
const forgeries: Readonly<Record<string, () => Forged>> = {
  'an Ed25519 seed that is too short': () => ({
    ...good,
    numbers: strings(name, mine.point, Buffer.concat([mine.seed.subarray(1), mine.point])),
  }),
  'an Ed25519 seed that is too long': () => ({
    ...good,
    numbers: strings(name, mine.point, Buffer.concat([mine.seed, mine.point, text('x')])),
  }),
  'an ECDSA number of another key': () => ecdsa(p256().scalar),
  'an ECDSA number of zero': () => ecdsa(Buffer.alloc(0)),
  'an ECDSA number that is the order': () => ecdsa(Buffer.from(`00${P256_ORDER}`, 'hex')),
  'an ECDSA number that is negative': () => ecdsa(Buffer.concat([Buffer.of(0xff), key256.scalar])),
  'an ECDSA number that is too long': () => ecdsa(Buffer.concat([Buffer.of(0, 1), key256.scalar])),
  'another curve than its type': () => ecdsa(key256.scalar, 'nistp384'),
  'the modulus of another RSA key': () => rsa({ n: rsaKey().n }),
  'an RSA exponent that does not belong to it': () => rsa({ d: rsaKey().d }),
  'RSA primes of 1 and the modulus': () => rsa({ p: Buffer.of(1), q: key2048.n }),
  'an ML-DSA seed of another key': () => postQuantum('ssh-mldsa-65', 32),
  'an SLH-DSA key of another': () => postQuantum('ssh-slh-dsa-sha2-128f', 64),
  'an ML-DSA seed that is too short': () => postQuantum('ssh-mldsa-65', 31),
  'a certificate in the place of a key': () => {
    const type = text('ssh-ed25519-cert-v01@openssh.com');
    return {
      publicKey: strings(type, mine.point),
      numbers: strings(type, mine.point, Buffer.concat([mine.seed, mine.point])),
    };
  },
  'a whole file of its own inside': () => ({ ...good, numbers: container(good) }),
};

suite("a file of OpenSSH's with numbers that are none", () => {
  for (const [what, forge] of Object.entries(forgeries))
    test(`as ${what} is refused`, () => {
      assert.throws(() => parsePrivateKey(container(forge())), { name: 'PrivateKeyError' });
    });

  test('is read where they are right', () => {
    for (const parts of [ecdsa(key256.scalar), rsa({})])
      assert.deepEqual(Buffer.from(parsePrivateKey(container(parts)).publicKey), parts.publicKey);
  });

  test('with any length of four thousand million is refused', () => {
    const bytes = Buffer.from(
      container(good)
        .toString()
        .replaceAll(/-----.*-----/g, ''),
      'base64',
    );
    const lengths = [15, 23, 31, 39, 39 + 4 + mine.blob.length];
    for (const at of lengths) {
      const changed = Buffer.from(bytes);
      changed.writeUInt32BE(0xffff_ffff, at);
      assert.throws(() => parsePrivateKey(pem('OPENSSH PRIVATE KEY', changed)), { code: 'damaged' });
    }
  });
});

const P256_ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
const key256 = p256();
const key2048 = rsaKey();

function ecdsa(scalar: Buffer, curve = 'nistp256'): Forged {
  const head = [text('ecdsa-sha2-nistp256'), text(curve), key256.point];
  return { publicKey: strings(...head), numbers: strings(...head, scalar) };
}

type RsaNumbers = Readonly<Record<'n' | 'e' | 'd' | 'p' | 'q' | 'inverse', Buffer>>;

function rsaKey(): RsaNumbers {
  const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
  const of = (value: string | undefined): Buffer => {
    const bytes = Buffer.from(value ?? '', 'base64url');
    return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  };
  return { n: of(jwk.n), e: of(jwk.e), d: of(jwk.d), p: of(jwk.p), q: of(jwk.q), inverse: of(jwk.qi) };
}

function rsa(change: Partial<RsaNumbers>): Forged {
  const { n, e, d, p, q, inverse } = { ...key2048, ...change };
  const type = text('ssh-rsa');
  return { publicKey: strings(type, e, n), numbers: strings(type, n, e, d, inverse, p, q) };
}

/** The public key of one key with a secret key of `length` bytes of another. */
function postQuantum(type: string, length: number): Forged {
  const [first, second] = [generatePrivateKey(type, ''), generatePrivateKey(type, '')];
  const publicKey = Buffer.from(first.publicKey);
  const secret = Buffer.from(second.secret).subarray(-length);
  return { publicKey, numbers: Buffer.concat([publicKey, string(secret)]) };
}

const der = (tag: number, content: Uint8Array): Buffer => {
  const { length } = content;
  const head = length < 0x80 ? Buffer.of(tag, length) : Buffer.of(tag, 0x82, length >> 8, length & 255);
  return Buffer.concat([head, content]);
};

suite('ASN.1 that does not belong together', () => {
  const curve = Buffer.from('06082a8648ce3d030107', 'hex');
  const scalar = key256.scalar.subarray(1);
  const one = Buffer.of(2, 1, 1);
  const zero = Buffer.of(2, 1, 0);
  const sec1 = (...parts: readonly Buffer[]): Buffer =>
    der(0x30, Buffer.concat([one, der(4, scalar), ...parts]));
  const named = der(0xa0, curve);
  const publicKey = (point: Buffer): Buffer => der(0xa1, der(3, Buffer.concat([Buffer.of(0), point])));
  const ed = Buffer.from('300506032b6570', 'hex');
  const pkcs8 = (...parts: readonly Buffer[]): Buffer => der(0x30, Buffer.concat(parts));
  const seed = der(4, der(4, mine.seed));
  const ec = der(0x30, Buffer.concat([Buffer.from('06072a8648ce3d0201', 'hex'), curve]));
  const theirs = p256().point;
  const deep = Array.from({ length: 12_000 }).reduce<Buffer>((inner) => der(0x30, inner), Buffer.alloc(0));

  const cases: readonly (readonly [string, string, Buffer])[] = [
    ['SEC 1 with the public key of another', 'EC PRIVATE KEY', sec1(named, publicKey(theirs))],
    ['SEC 1 without a curve', 'EC PRIVATE KEY', sec1(publicKey(key256.point))],
    [
      'SEC 1 with another curve than the PKCS#8 around it',
      'PRIVATE KEY',
      pkcs8(zero, ec, der(4, sec1(der(0xa0, Buffer.from('06052b81040022', 'hex'))))),
    ],
    [
      'PKCS#8 with the public key of another',
      'PRIVATE KEY',
      pkcs8(one, ed, seed, der(0x81, Buffer.concat([Buffer.of(0), other.point]))),
    ],
    ['PKCS#8 within PKCS#8', 'PRIVATE KEY', pkcs8(zero, ed, der(4, pkcs8(zero, ed, seed)))],
    [
      'PKCS#8 with bytes behind the seed',
      'PRIVATE KEY',
      pkcs8(zero, ed, der(4, Buffer.concat([der(4, mine.seed), one]))),
    ],
    ['sequences in sequences, twelve thousand deep', 'PRIVATE KEY', deep],
    [
      'a file of OpenSSH under another label',
      'PRIVATE KEY',
      Buffer.from(
        container(good)
          .toString()
          .replaceAll(/-----.*-----/g, ''),
        'base64',
      ),
    ],
    ['PEM within PEM', 'PRIVATE KEY', pem('PRIVATE KEY', pkcs8(zero, ed, seed))],
  ];
  for (const [what, label, bytes] of cases)
    test(`as ${what} is refused`, () => {
      assert.throws(() => parsePrivateKey(pem(label, bytes)), { name: 'PrivateKeyError' });
    });

  test('is read where it does; OpenSSL takes the public key of another', () => {
    const right = pem('EC PRIVATE KEY', sec1(named, publicKey(key256.point)));
    assert.equal(parsePrivateKey(right).type, 'ecdsa-sha2-nistp256');
    const versionOne = pkcs8(one, ed, seed, der(0x81, Buffer.concat([Buffer.of(0), mine.point])));
    assert.equal(parsePrivateKey(pem('PRIVATE KEY', versionOne)).type, 'ssh-ed25519');
    const wrong = pem('EC PRIVATE KEY', sec1(named, publicKey(theirs)));
    const taken = createPrivateKey({ key: wrong, format: 'pem' });
    assert.deepEqual(Buffer.from(taken.export({ format: 'raw-private' })), scalar);
  });
});
