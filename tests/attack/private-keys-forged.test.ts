// Files of private keys that somebody else wrote or changed: what they hold does not belong together.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, createHmac, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { decryptPrivateKey, encryptPuttyKey, generatePrivateKey, parsePrivateKey } from '@orrery/keys';

const folder = mkdtempSync(join(tmpdir(), 'private-keys-'));
after(() => rmSync(folder, { recursive: true }));

const text = (words: string): Buffer => Buffer.from(words);
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const string = (bytes: Uint8Array): Buffer => Buffer.concat([uint32(bytes.length), bytes]);
const strings = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts.map(string));
const pem = (label: string, bytes: Uint8Array): Buffer =>
  text(`-----BEGIN ${label}-----\n${Buffer.from(bytes).toString('base64')}\n-----END ${label}-----\n`);

interface Forged {
  /** In front of the private section. */
  readonly publicKey: Uint8Array;
  /** Behind the check numbers: the numbers of the key. */
  readonly numbers: Uint8Array;
  readonly checks?: readonly [number, number];
  readonly padding?: Uint8Array;
  readonly keys?: number;
  readonly behind?: Uint8Array;
}

/** A file of OpenSSH, not encrypted. */
function container({ publicKey, numbers, checks = [7, 7], padding, keys = 1, behind }: Forged): Buffer {
  const section = Buffer.concat([uint32(checks[0]), uint32(checks[1]), numbers, string(text('comment'))]);
  const count = (8 - (section.length % 8)) % 8;
  const usual = Uint8Array.from({ length: count }, (_, index) => index + 1);
  const bytes = Buffer.concat([
    text('openssh-key-v1\0'),
    strings(text('none'), text('none'), text('')),
    uint32(keys),
    strings(publicKey, Buffer.concat([section, padding ?? usual])),
    behind ?? text(''),
  ]);
  return pem('OPENSSH PRIVATE KEY', bytes);
}

/** Takes what stands where the numbers of an Ed25519 key stand, and looks at nothing else. */
function naive(file: Buffer): { readonly publicKey: Buffer; readonly seed: Buffer } {
  const bytes = Buffer.from(file.toString().replaceAll(/-----.*-----/g, ''), 'base64');
  const take = (at: number): Buffer => bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at));
  const outer = 'openssh-key-v1\0'.length + 8 + 8 + 4 + 4;
  const section = outer + 4 + take(outer).length + 4;
  const type = section + 8;
  const point = type + 4 + take(type).length;
  const secret = point + 4 + take(point).length;
  return { publicKey: take(outer), seed: take(secret).subarray(0, 32) };
}

function ed25519(): { readonly seed: Buffer; readonly point: Buffer; readonly blob: Buffer } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const point = publicKey.export({ format: 'raw-public' });
  const blob = strings(text('ssh-ed25519'), point);
  return { seed: privateKey.export({ format: 'raw-private' }), point, blob };
}

const [mine, other] = [ed25519(), ed25519()];
const name = text('ssh-ed25519');
const numbersOf = (point: Buffer, seed: Buffer, again: Buffer): Buffer =>
  strings(name, point, Buffer.concat([seed, again]));
const good: Forged = { publicKey: mine.blob, numbers: numbersOf(mine.point, mine.seed, mine.point) };

/** What is wrong, and the file, of which each gives a naive reader a key. */
const forged: readonly (readonly [string, Forged])[] = [
  ['another public key in front', { ...good, publicKey: other.blob }],
  ['another public key inside', { ...good, numbers: numbersOf(other.point, mine.seed, mine.point) }],
  ['another public key behind the seed', { ...good, numbers: numbersOf(mine.point, mine.seed, other.point) }],
  ['another seed', { ...good, numbers: numbersOf(mine.point, other.seed, mine.point) }],
  [
    'the public key of another everywhere',
    { publicKey: other.blob, numbers: numbersOf(other.point, mine.seed, other.point) },
  ],
  ['check numbers that differ', { ...good, checks: [7, 8] }],
  ['padding that counts otherwise', { ...good, padding: Uint8Array.of(1, 2, 2) }],
  ['padding of zeros', { ...good, padding: new Uint8Array(8) }],
  ['padding longer than a block', { ...good, padding: Uint8Array.from({ length: 19 }, (_, at) => at + 1) }],
  ['a block that is not whole', { ...good, padding: Uint8Array.of(1) }],
  ['bytes behind it', { ...good, behind: text('more') }],
  ['no key, by its count', { ...good, keys: 0 }],
  ['two keys, by its count', { ...good, keys: 2 }],
  ['four thousand million keys, by its count', { ...good, keys: 0xffff_ffff }],
];

suite("a forged file of OpenSSH's", () => {
  test('is read where nothing is forged', () => {
    assert.deepEqual(Buffer.from(parsePrivateKey(container(good)).publicKey), mine.blob);
  });

  for (const [what, parts] of forged) {
    test(`with ${what} is refused; a naive reader has a key`, () => {
      assert.equal(naive(container(parts)).seed.length, 32);
      assert.throws(() => parsePrivateKey(container(parts)), { name: 'PrivateKeyError' });
    });
  }
});

// Ed25519 signs with a nonce that depends on seed and message alone. Whoever has the same message signed under two public
// keys has two equations with two unknown numbers.
test('the seed under the public key of another gives the secret key away: ssh-keygen signs with it, parsePrivateKey refuses it', () => {
  const wrong = { publicKey: other.blob, numbers: numbersOf(other.point, mine.seed, other.point) };
  const [first, second] = [good, wrong].map((parts) => signByKeygen(container(parts)));
  assert.ok(first && second);
  assert.deepEqual(first.R, second.R);
  const [one, two] = [challenge(first.R, mine.point), challenge(second.R, other.point)];
  const scalar = modulo((first.S - second.S) * power(modulo(one - two), ORDER - 2n));
  const hash = createHash('sha512').update(mine.seed).digest().subarray(0, 32);
  hash[0] = (hash[0] ?? 0) & 248;
  hash[31] = ((hash[31] ?? 0) & 127) | 64;
  assert.equal(scalar, modulo(littleEndian(hash)));
  assert.throws(() => parsePrivateKey(container(wrong)), { code: 'damaged' });
});

/** Of the group of Ed25519 (RFC 8032, section 5.1). */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const signedMessage = Buffer.concat([
  text('SSHSIG'),
  strings(text('file'), text(''), text('sha512'), createHash('sha512').update('hello').digest()),
]);

function signByKeygen(file: Buffer): { readonly R: Buffer; readonly S: bigint } {
  writeFileSync(join(folder, 'signer'), file, { mode: 0o600 });
  writeFileSync(join(folder, 'message'), 'hello');
  rmSync(join(folder, 'message.sig'), { force: true });
  execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', 'file', '-f', 'signer', 'message'], {
    cwd: folder,
    stdio: 'pipe',
  });
  const sig = readFileSync(join(folder, 'message.sig'), 'utf8').replaceAll(/-----.*-----/g, '');
  const signature = Buffer.from(sig, 'base64').subarray(-64);
  return { R: signature.subarray(0, 32), S: littleEndian(signature.subarray(32)) };
}

function challenge(R: Buffer, point: Buffer): bigint {
  return modulo(littleEndian(createHash('sha512').update(R).update(point).update(signedMessage).digest()));
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toReversed().toHex()}`);
}

function modulo(value: bigint): bigint {
  return ((value % ORDER) + ORDER) % ORDER;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = modulo(square * square))
    if (rest & 1n) result = modulo(result * square);
  return result;
}

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

function p256(): { readonly scalar: Buffer; readonly point: Buffer } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    scalar: Buffer.concat([Buffer.of(0), privateKey.export({ format: 'raw-private' })]),
    point: publicKey.export({ format: 'raw-public' }),
  };
}

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

suite("a file of PuTTY's", () => {
  const passphrase = text('correct horse');

  /** A file whose MAC is right: in clear, it is anybody's to make. */
  function ppk(
    type: string,
    publicKey: Buffer,
    secret: Buffer,
    change: (file: string) => string = (file) => file,
  ): Buffer {
    const fields = strings(text(type), text('none'), text('c'), publicKey, secret);
    const mac = createHmac('sha256', '').update(fields).digest('hex');
    const block = (bytes: Buffer): string => {
      const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
      return [String(lines.length), ...lines].join('\n');
    };
    const file = `PuTTY-User-Key-File-3: ${type}\nEncryption: none\nComment: c\nPublic-Lines: ${block(publicKey)}\nPrivate-Lines: ${block(secret)}\nPrivate-MAC: ${mac}\n`;
    return text(change(file));
  }

  test('is read where nothing is forged', () => {
    assert.equal(parsePrivateKey(ppk('ssh-ed25519', mine.blob, string(mine.seed))).type, 'ssh-ed25519');
  });

  const files: Readonly<Record<string, Buffer>> = {
    'the public key of another': ppk('ssh-ed25519', other.blob, string(mine.seed)),
    'another type than its public key': ppk('ecdsa-sha2-nistp256', mine.blob, string(mine.seed)),
    'a seed that is too long': ppk(
      'ssh-ed25519',
      mine.blob,
      string(Buffer.concat([mine.seed, Buffer.of(1)])),
    ),
    'bytes behind its numbers': ppk(
      'ssh-ed25519',
      mine.blob,
      Buffer.concat([string(mine.seed), Buffer.of(0)]),
    ),
    'a type of DSA': ppk('ssh-dss', mine.blob, string(mine.seed)),
    'another comment under the same MAC': ppk('ssh-ed25519', mine.blob, string(mine.seed), (file) =>
      file.replace('Comment: c', 'Comment: d'),
    ),
    'version 2 under the same MAC': ppk('ssh-ed25519', mine.blob, string(mine.seed), (file) =>
      file.replace('File-3', 'File-2'),
    ),
    'a header twice': ppk('ssh-ed25519', mine.blob, string(mine.seed), (file) =>
      file.replace('Comment: c', 'Comment: c\nComment: c'),
    ),
    'a line behind its MAC': ppk(
      'ssh-ed25519',
      mine.blob,
      string(mine.seed),
      (file) => `${file}PuTTY-User-Key-File-3: ssh-ed25519\n`,
    ),
    'half of its MAC': ppk('ssh-ed25519', mine.blob, string(mine.seed), (file) => `${file.slice(0, -33)}\n`),
  };
  for (const [what, file] of Object.entries(files))
    test(`with ${what} is refused`, () => {
      assert.throws(() => parsePrivateKey(file), { name: 'PrivateKeyError' });
    });

  test('that was changed at any place of its encrypted part says no more than after a wrong passphrase', async () => {
    const cost = { memory: 8, passes: 1, parallelism: 1 };
    const key = generatePrivateKey('ssh-ed25519', 'c');
    const file = Buffer.from(await encryptPuttyKey(key, passphrase, { cost })).toString();
    const start = file.indexOf('\n', file.indexOf('Private-Lines')) + 1;
    const end = file.indexOf('\n', start);
    const refusals = new Set<string>();
    for (let at = start; at < end; at += 1) {
      const letter = file[at] === 'A' ? 'B' : 'A';
      const changed = `${file.slice(0, at)}${letter}${file.slice(at + 1)}`;
      await assert.rejects(decryptPrivateKey(text(changed), passphrase), (error: unknown) => {
        refusals.add(String(error));
        return true;
      });
    }
    assert.deepEqual(
      [...refusals],
      ['PrivateKeyError: Cannot read private key: the passphrase is not the right one'],
    );
  });
});
