// Files of private keys that somebody else wrote or changed: what they hold does not belong together.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { parsePrivateKey } from '@orrery/keys';
import { type Forged, container, ed25519, ed25519Numbers, strings, text, whole } from './stage/forged-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'private-keys-'));
after(() => rmSync(folder, { recursive: true }));

const [mine, other] = [ed25519(), ed25519()];
const good = whole(mine);

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

/** What is wrong, and the file, of which each gives a naive reader a key. */
const forged: readonly (readonly [string, Forged])[] = [
  ['another public key in front', { ...good, publicKey: other.blob }],
  ['another public key inside', { ...good, numbers: ed25519Numbers(other.point, mine.seed, mine.point) }],
  [
    'another public key behind the seed',
    { ...good, numbers: ed25519Numbers(mine.point, mine.seed, other.point) },
  ],
  ['another seed', { ...good, numbers: ed25519Numbers(mine.point, other.seed, mine.point) }],
  [
    'the public key of another everywhere',
    { publicKey: other.blob, numbers: ed25519Numbers(other.point, mine.seed, other.point) },
  ],
  ['check numbers that differ', { ...good, checks: [7, 8] }],
  ['padding that counts otherwise', { ...good, padding: (usual) => usual.map((_, index) => index) }],
  ['padding of zeros', { ...good, padding: (usual) => usual.fill(0) }],
  ['padding longer than a block', { ...good, padding: ({ length }) => counted(length + 8) }],
  ['a block that is not whole', { ...good, padding: ({ length }) => counted(length - 1) }],
  ['bytes behind it', { ...good, behind: text('more') }],
  ['no key, by its count', { ...good, keys: 0 }],
  ['two keys, by its count', { ...good, keys: 2 }],
  ['four thousand million keys, by its count', { ...good, keys: 0xffff_ffff }],
];

function counted(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index + 1);
}

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
  const wrong = { publicKey: other.blob, numbers: ed25519Numbers(other.point, mine.seed, other.point) };
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
