import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FormatError, Writer } from '@orrery/bytes';
import * as fc from 'fast-check';
import { claimsOf } from '../testing/claims.ts';
import { KeyFolder } from '../testing/ssh-keygen.ts';
import { FOREVER } from './certificate.ts';
import { formatKrl } from './format-krl.ts';
import { isRevoked } from './is-revoked.ts';
import { keySigner } from './key-signer.ts';
import { revokeBySpecification } from './krl-specification.ts';
import { Krl } from './krl.ts';
import { parseKrl } from './parse-krl.ts';
import { parsePrivateKey } from './private-key-file.ts';
import { parsePublicKeyLine, printPublicKeyLine } from './public-key.ts';
import { parseRevokedKeys } from './revoked-keys.ts';
import { signCertificate } from './sign-certificate.ts';

const folder = new KeyFolder();
after(() => folder.remove());
for (const name of ['ca', 'ca2', 'a', 'b']) folder.generate(name, 'ed25519');
folder.generate('c', 'ecdsa');

const blob = (name: string): Uint8Array => parsePublicKeyLine(folder.text(`${name}.pub`)).blob;

/** Certificates of the key `a`, in files of their names. */
const certificates = new Map<string, Uint8Array>();
for (const [name, ca, serial, keyId] of [
  ['zero', 'ca', 0n, 'zero id'],
  ['one', 'ca', 1n, 'one id'],
  ['seven', 'ca', 7n, 'seven id'],
  ['many', 'ca', 70_000n, 'seven id'],
  ['last', 'ca', FOREVER, 'last id'],
  ['other', 'ca2', 7n, 'seven id'],
] as const) {
  const signer = parsePrivateKey(folder.read(ca)).signer();
  const made = await signCertificate(claimsOf(blob('a'), { serial, keyId }), signer);
  certificates.set(name, made.blob);
  writeFileSync(
    join(folder.path, `${name}.pub`),
    `${printPublicKeyLine({ type: made.keyType, blob: made.blob })}\n`,
  );
}
const names = ['a', 'b', 'c', ...certificates.keys()];

/** Which of the keys and certificates a list revokes, by our own eyes. */
function revokedOurs(krl: Krl): string[] {
  return names.filter((name) => isRevoked(krl, certificates.get(name) ?? blob(name)));
}

/** The same by ssh-keygen's. */
function revokedTheirs(file: Uint8Array): string[] {
  writeFileSync(join(folder.path, 'list'), file);
  const lines = folder.try('-Q', '-f', 'list', ...names.map((name) => `${name}.pub`)).stdout.split('\n');
  return lines.flatMap((line) => /^(\w+)\.pub.*: REVOKED$/.exec(line)?.[1] ?? []);
}

/** A specification, whom it revokes when it names the CA `ca`. */
const specifications: readonly (readonly [text: string, revoked: readonly string[]])[] = [
  ['# nothing\n\n', []],
  ['serial: 7', ['seven']],
  ['serial:0x7-0xffffffffffffffff # and a comment', ['seven', 'many', 'last']],
  ['SERIAL: 01-7', ['one', 'seven']],
  ['serial: 18446744073709551615\nserial: 1', ['one', 'last']],
  ['id: seven id ', ['seven', 'many']],
  ['id: zero id', ['zero']],
  [`key: ${folder.text('b.pub')}`, ['b']],
  [`sha1: ${folder.text('b.pub')}`, ['b']],
  [`sha256: ${folder.text('b.pub')}sha256: ${folder.text('c.pub')}`, ['b', 'c']],
  [`hash: ${folder.list('b.pub').fingerprint}`, ['b']],
  [`hash: ${folder.list('a.pub').fingerprint}`, ['a', ...certificates.keys()]],
  [`  ${folder.text('c.pub')}`, ['c']],
  [folder.text('many.pub'), ['many']],
  [folder.text('zero.pub'), ['zero']],
  [`key: ${folder.text('many.pub')}`, ['a', ...certificates.keys()]],
  [folder.text('ca2.pub'), ['other']],
  [Array.from({ length: 300 }, (_, at) => `serial: ${3 * at + 1}`).join('\n'), ['one', 'seven']],
  [Array.from({ length: 9000 }, (_, at) => `serial: ${69_000 + 2 * at}`).join('\n'), ['many']],
  ['serial: 1-5\nserial: 65-7000\nserial: 7005\nserial: 80000-80001', ['one']],
];

for (const [text, revoked] of specifications) {
  test(`a list made by ${JSON.stringify(text.slice(0, 40))} revokes the same for ssh-keygen and for isRevoked`, () => {
    const krl = new Krl();
    krl.version = 5n;
    revokeBySpecification(krl, text, blob('ca'));
    assert.deepEqual(revokedOurs(krl), revoked);
    const file = formatKrl(krl);
    assert.deepEqual(revokedTheirs(file), revoked);
    const again = parseKrl(file);
    assert.equal(again.version, 5n);
    assert.deepEqual(revokedOurs(again), revoked);
    assert.deepEqual(formatKrl(again), file);
  });

  // ssh-keygen writes longer bitmaps than it reads.
  if (text.length < 100_000)
    test(`parseKrl reads the list that ssh-keygen makes of ${JSON.stringify(text.slice(0, 40))}`, () => {
      writeFileSync(join(folder.path, 'spec'), text);
      folder.run('-q', '-k', '-f', 'theirs', '-s', 'ca.pub', '-z', '9', 'spec');
      const krl = parseKrl(folder.read('theirs'));
      assert.equal(krl.version, 9n);
      assert.ok(krl.generated > 1_700_000_000n);
      assert.deepEqual(revokedOurs(krl), revoked);
    });
}

test('revokeBySpecification revokes certificates of all CAs, or of none', () => {
  const krl = new Krl();
  revokeBySpecification(krl, 'serial: 7\nid: last id', 'any');
  assert.deepEqual(revokedOurs(krl), ['seven', 'last', 'other']);
  assert.deepEqual(revokedTheirs(formatKrl(krl)), ['seven', 'last', 'other']);
  assert.throws(() => revokeBySpecification(krl, '\nserial: 7'), {
    name: 'FormatError',
    message: 'Cannot read line 2 of KRL specification: to revoke certificates, a CA key must be given',
  });
});

test('a list that ssh-keygen made is added to by us, and one of ours by ssh-keygen', () => {
  writeFileSync(join(folder.path, 'spec'), 'serial: 7\n');
  writeFileSync(join(folder.path, 'spec2'), 'id: zero id\nserial: 1\n');
  folder.run('-q', '-k', '-f', 'theirs', '-s', 'ca.pub', 'spec');
  const krl = parseKrl(folder.read('theirs'));
  revokeBySpecification(krl, 'id: zero id\nserial: 1\n', blob('ca'));
  assert.deepEqual(revokedTheirs(formatKrl(krl)), ['zero', 'one', 'seven']);
  const ours = new Krl();
  ours.revokeSerials(blob('ca'), 7n, 7n);
  writeFileSync(join(folder.path, 'ours'), formatKrl(ours));
  folder.run('-q', '-k', '-u', '-f', 'ours', '-s', 'ca.pub', 'spec2');
  assert.deepEqual(revokedOurs(parseKrl(folder.read('ours'))), ['zero', 'one', 'seven']);
});

test('revokeBySpecification refuses what is no revocation, as ssh-keygen does', () => {
  const bad = [
    'serial:',
    'serial: 0',
    'serial: 5-4',
    'serial: 5-5',

    'serial: 5x',
    'serial: 08',
  ];
  const others = [
    'serial: 18446744073709551616',
    'hash: SHA256:abc',
    'hash: MD5:00',
    'key: x',
    'nothing',
    'sha1: 00',
  ];
  for (const line of [...bad, ...others]) {
    assert.throws(() => revokeBySpecification(new Krl(), line, blob('ca')), FormatError, line);
    writeFileSync(join(folder.path, 'spec'), `${line}\n`);
    assert.notEqual(folder.try('-q', '-k', '-f', 'refused', '-s', 'ca.pub', 'spec').status, 0, line);
  }
});

test('revokeBySpecification refuses a negative serial number, which ssh-keygen takes for one near 2^64', () => {
  assert.throws(() => revokeBySpecification(new Krl(), 'serial: -5', blob('ca')), FormatError);
});

test('isRevoked knows a composite key by both names of its type', () => {
  const seed = new Uint8Array(64).fill(1);
  const [old, current] = ['ssh-mldsa44-ed25519@openssh.com', 'ssh-mldsa44-ed25519'].map((type) =>
    keySigner(type, seed),
  );
  assert.ok(old !== undefined && current !== undefined);
  for (const hash of ['sha1', 'sha256'] as const) {
    const krl = new Krl();
    krl.revokeKeyByHash(hash, old.publicKey);
    assert.equal(isRevoked(krl, current.publicKey), true);
  }
  const krl = new Krl();
  krl.revokeKey(current.publicKey);
  assert.equal(isRevoked(krl, old.publicKey), true);
});

test('isRevoked refuses what is no key', () => {
  assert.throws(() => isRevoked(new Krl(), new Uint8Array(3)), FormatError);
});

test('parseRevokedKeys reads lines with keys, each with its certificates, and key revocation lists', () => {
  const lines = (text: string): Krl => parseRevokedKeys(new TextEncoder().encode(text));
  assert.deepEqual(revokedOurs(lines('')), []);
  assert.deepEqual(revokedOurs(lines(`# comment\n\n \t${folder.text('b.pub')}\r\n${folder.text('c.pub')}`)), [
    'b',
    'c',
  ]);
  assert.deepEqual(revokedOurs(lines(folder.text('ca2.pub'))), ['other']);
  assert.deepEqual(revokedOurs(lines(folder.text('seven.pub'))), ['a', ...certificates.keys()]);
  const krl = new Krl();
  krl.revokeKeyId(undefined, 'seven id');
  assert.deepEqual(revokedOurs(parseRevokedKeys(formatKrl(krl))), ['seven', 'many', 'other']);
  assert.throws(() => lines(`${folder.text('b.pub')}\nssh-ed25519 AAAA\n`), {
    name: 'FormatError',
    message: /^Cannot read line 3 of revoked keys: /,
  });
});

test('parseKrl passes over signatures and extensions, and refuses critical ones', () => {
  const krl = new Krl();
  krl.revokeKey(blob('b'));
  const file = new Writer().bytes(formatKrl(krl));
  const extension = (isCritical: boolean): Uint8Array =>
    new Writer().text('new@example').boolean(isCritical).text('x').finish();
  const extended = file.byte(255).string(extension(false)).finish();
  assert.deepEqual(revokedOurs(parseKrl(extended)), ['b']);
  const signed = new Writer().bytes(extended).byte(4).string(blob('ca')).text('no signature').finish();
  assert.deepEqual(revokedOurs(parseKrl(signed)), ['b']);
  const critical = new Writer().bytes(extended).byte(255).string(extension(true)).finish();
  assert.throws(() => parseKrl(critical), /critical extension "new@example" is not known/);
  const behind = new Writer().bytes(signed).byte(255).string(extension(false)).finish();
  assert.throws(() => parseKrl(behind), /section 255 stands behind a signature/);
});

test('formatKrl and parseKrl are inverse for all serial numbers', () => {
  const range = fc.tuple(fc.bigInt({ min: 1n, max: 2n ** 64n - 40_000n }), fc.bigInt({ min: 0n, max: 600n }));
  const near = fc.tuple(fc.bigInt({ min: 1n, max: 40_000n }), fc.bigInt({ min: 0n, max: 300n }));
  fc.assert(
    fc.property(fc.array(fc.oneof(range, near), { maxLength: 60 }), (ranges) => {
      const krl = new Krl();
      for (const [first, count] of ranges) krl.revokeSerials(undefined, first, first + count);
      const again = parseKrl(formatKrl(krl));
      assert.deepEqual(
        again.findCertificates(undefined)?.serials.sorted(),
        krl.findCertificates(undefined)?.serials.sorted(),
      );
    }),
  );
});

test('formatKrl takes the shortest section for each range of serial numbers', () => {
  const length = (...ranges: readonly (readonly [bigint, bigint])[]): number => {
    const krl = new Krl();
    for (const [first, last] of ranges) krl.revokeSerials(undefined, first, last);
    return formatKrl(krl).length;
  };
  const empty = 44 + 5 + 8;
  assert.equal(length([9n, 9n]), empty + 5 + 8);
  assert.equal(length([1n, 1n], [1000n, 1000n]), empty + 5 + 16);
  assert.equal(length([1n, 7000n]), empty + 5 + 16);
  assert.equal(length([1n, 7000n], [7005n, 7005n]), empty + 5 + 16 + 5 + 8);
  assert.equal(length([1n, 1n], [11n, 12n]), empty + 5 + 8 + 4 + 2);
});

test('Krl refuses serial numbers that are none', () => {
  for (const [first, last] of [
    [0n, 1n],
    [2n, 1n],
    [1n, 2n ** 64n],
  ] as const)
    assert.throws(() => new Krl().revokeSerials(undefined, first, last), RangeError);
});
