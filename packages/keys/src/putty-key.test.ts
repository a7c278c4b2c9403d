import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';
import { KeyFolder } from '../testing/ssh-keygen.ts';
import { generatePrivateKey } from './generate-private-key.ts';
import { PrivateKeyError } from './private-key-error.ts';
import { decryptPrivateKey, parsePrivateKey } from './private-key-file.ts';
import { rawPrivateKey } from './private-key.ts';
import { printPublicKeyLine } from './public-key.ts';
import { encryptPuttyKey, printPuttyKey } from './putty-key.ts';
import { recognisePrivateKey } from './recognise-private-key.ts';

const folder = new KeyFolder();
const passphrase = utf8('correct horse');
/** A small cost, so that the tests are quick. */
const cost = { memory: 64, passes: 2, parallelism: 1 };
const small = 'memory=64,passes=2';

before(() => {
  writeFileSync(join(folder.path, 'right'), 'correct horse');
  writeFileSync(join(folder.path, 'none'), '');
});
after(() => folder.remove());

function puttygen(...args: readonly string[]): string {
  return execFileSync('puttygen', args, { cwd: folder.path, encoding: 'utf8', stdio: 'pipe' });
}

/** The line of the public key that puttygen reads out of a file. */
function puttyLine(file: Uint8Array, secret: 'right' | 'none'): string {
  writeFileSync(join(folder.path, 'ours.ppk'), file, { mode: 0o600 });
  // It looks at the private part, and the MAC, only where it has to write that again.
  puttygen(
    'ours.ppk',
    '--old-passphrase',
    secret,
    '--new-passphrase',
    'none',
    '-O',
    'private-openssh-new',
    '-o',
    'opened',
  );
  return folder.run('-y', '-P', '', '-f', 'opened').trim();
}

const types = [
  ['ssh-rsa', 'rsa', '2048'],
  ['ssh-ed25519', 'ed25519', '255'],
  ['ecdsa-sha2-nistp256', 'ecdsa', '256'],
  ['ecdsa-sha2-nistp384', 'ecdsa', '384'],
  ['ecdsa-sha2-nistp521', 'ecdsa', '521'],
] as const;

for (const [type, kind, bits] of types) {
  suite(`PuTTY's files of ${type}`, () => {
    for (const version of [2, 3] as const) {
      test(`version ${version} of puttygen is read, in clear and encrypted`, async () => {
        const name = `${kind}-${bits}-${version}`;
        const parameters = version === 2 ? 'version=2' : `version=3,${small}`;
        puttygen(
          '-q',
          '-t',
          kind,
          '-b',
          bits,
          '-C',
          'theirs',
          '-O',
          'private',
          '-o',
          `${name}.ppk`,
          '--ppk-param',
          parameters,
          '--new-passphrase',
          'none',
          '--random-device',
          '/dev/urandom',
        );
        puttygen(
          `${name}.ppk`,
          '-P',
          '-O',
          'private',
          '-o',
          `${name}-sealed.ppk`,
          '--ppk-param',
          parameters,
          '--new-passphrase',
          'right',
        );
        const line = puttygen(`${name}.ppk`, '-L').trim();
        const key = parsePrivateKey(folder.read(`${name}.ppk`));
        assert.equal(printPublicKeyLine({ type, blob: key.publicKey, comment: key.comment }), line);
        const sealed = folder.read(`${name}-sealed.ppk`);
        assert.deepEqual((await decryptPrivateKey(sealed, passphrase)).secret, key.secret);
        await assert.rejects(decryptPrivateKey(sealed, utf8('Correct horse')), { code: 'passphrase-wrong' });
        assert.throws(() => parsePrivateKey(sealed), { code: 'passphrase-needed' });
        await assert.rejects(decryptPrivateKey(sealed, new Uint8Array()), { code: 'passphrase-needed' });
        assert.deepEqual(printPuttyKey(key, { version }), folder.read(`${name}.ppk`));
      });

      test(`puttygen reads what printPuttyKey and encryptPuttyKey write as version ${version}`, async () => {
        const key = await generatePrivateKey(type, 'ours', type === 'ssh-rsa' ? { bits: 2048 } : {});
        const line = printPublicKeyLine({ type, blob: key.publicKey, comment: 'ours' });
        const clear = printPuttyKey(key, { version });
        assert.equal(puttyLine(clear, 'none'), line);
        const again = parsePrivateKey(clear);
        assert.deepEqual([again.type, again.secret, again.comment], [type, key.secret, 'ours']);
        const sealed = await encryptPuttyKey(key, passphrase, { version, cost });
        assert.equal(puttyLine(sealed, 'right'), line);
        assert.deepEqual((await decryptPrivateKey(sealed, passphrase)).secret, key.secret);
        const found = recognisePrivateKey(sealed);
        assert.deepEqual([found?.container, found?.encrypted], ['putty', true]);
      });
    }
  });
}

test('decryptPrivateKey reads each kind of Argon2, several lanes, and lines that end as in Windows', async () => {
  const key = generatePrivateKey('ssh-ed25519', 'comment');
  writeFileSync(join(folder.path, 'plain.ppk'), printPuttyKey(key));
  for (const parameters of ['kdf=argon2d', 'kdf=argon2i', 'kdf=argon2id,parallelism=4']) {
    puttygen(
      'plain.ppk',
      '-P',
      '-O',
      'private',
      '-o',
      'kdf.ppk',
      '--ppk-param',
      `${parameters},${small}`,
      '--new-passphrase',
      'right',
    );
    const file = folder.read('kdf.ppk');
    assert.deepEqual((await decryptPrivateKey(file, passphrase)).secret, key.secret);
    const windows = utf8(readFileSync(join(folder.path, 'kdf.ppk'), 'utf8').replaceAll('\n', '\r\n'));
    assert.deepEqual((await decryptPrivateKey(windows, passphrase)).secret, key.secret);
  }
});

test('encryptPuttyKey writes version 3 with 8 MiB and 13 passes of Argon2id by default, as puttygen', async () => {
  const file = await encryptPuttyKey(generatePrivateKey('ssh-ed25519', 'comment'), passphrase);
  assert.match(
    new TextDecoder().decode(file),
    /^PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: aes256-cbc\nComment: comment\nPublic-Lines: 2\n.*\n.*\nKey-Derivation: Argon2id\nArgon2-Memory: 8192\nArgon2-Passes: 13\nArgon2-Parallelism: 1\nArgon2-Salt: [0-9a-f]{32}\nPrivate-Lines: 1\n.*\nPrivate-MAC: [0-9a-f]{64}\n$/,
  );
});

test('an Ed25519 key that begins or ends with zeros, and a comment in any script, come back', async () => {
  for (const seed of [
    Uint8Array.of(0, ...new Uint8Array(31).fill(7)),
    new Uint8Array(32).fill(9).fill(0, 20),
  ]) {
    const key = rawPrivateKey('ssh-ed25519', seed, 'Jürgens Schlüssel 鍵');
    const again = parsePrivateKey(printPuttyKey(key));
    assert.deepEqual([again.secret, again.comment], [key.secret, 'Jürgens Schlüssel 鍵']);
    const line = printPublicKeyLine({ type: key.type, blob: key.publicKey, comment: key.comment });
    assert.equal(puttyLine(printPuttyKey(key), 'none'), line);
    assert.equal(puttyLine(await encryptPuttyKey(key, passphrase, { cost }), 'right'), line);
  }
});

test('printPuttyKey and encryptPuttyKey refuse types, comments and costs that PuTTY does not have', async () => {
  const key = generatePrivateKey('ssh-ed25519', 'comment');
  assert.throws(() => printPuttyKey(generatePrivateKey('ssh-mldsa44-ed25519', '')), {
    name: 'RangeError',
    message: 'Cannot write private key of type "ssh-mldsa44-ed25519": PuTTY has no form for it',
  });
  assert.throws(() => printPuttyKey({ ...key, comment: 'a\nPublic-Lines: 0' }), {
    name: 'RangeError',
    message: 'Cannot write PuTTY key with the comment "a\\nPublic-Lines: 0": one line expected',
  });
  await assert.rejects(encryptPuttyKey(key, new Uint8Array()), RangeError);
  await assert.rejects(encryptPuttyKey(key, passphrase, { cost: { ...cost, memory: 2 ** 21 } }), RangeError);
  await assert.rejects(encryptPuttyKey(key, passphrase, { cost: { ...cost, passes: 0 } }), RangeError);
});

test("parsePrivateKey and decryptPrivateKey give a key or a PrivateKeyError for a file of PuTTY's with any byte changed", async () => {
  const key = generatePrivateKey('ecdsa-sha2-nistp256', 'comment');
  const files = [
    printPuttyKey(key),
    printPuttyKey(key, { version: 2 }),
    await encryptPuttyKey(key, passphrase, { cost: { memory: 8, passes: 1, parallelism: 1 } }),
    await encryptPuttyKey(key, passphrase, { version: 2 }),
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files),
      fc.nat(),
      fc.integer({ min: 10, max: 126 }),
      async (file, at, byte) => {
        const changed = file.slice();
        changed[at % changed.length] = byte;
        // A digit that is changed could make the passes many.
        const isDear = /Argon2-\w+: \d{2,}\n/.test(new TextDecoder().decode(changed));
        try {
          if (!isDear)
            assert.deepEqual((await decryptPrivateKey(changed, passphrase)).publicKey, key.publicKey);
        } catch (error) {
          if (!(error instanceof PrivateKeyError)) throw error;
        }
      },
    ),
    { numRuns: 300 },
  );
});
