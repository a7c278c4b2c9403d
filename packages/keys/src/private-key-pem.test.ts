import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import { KeyFolder } from '../testing/ssh-keygen.ts';
import { generatePrivateKey } from './generate-private-key.ts';
import { decryptPrivateKey, parsePrivateKey } from './private-key-file.ts';
import { type PemFormat, encryptPemPrivateKey, formatPemPrivateKey } from './private-key-pem.ts';
import { printPublicKeyLine } from './public-key.ts';

const folder = new KeyFolder();
after(() => folder.remove());

const passphrase = utf8('correct horse');
const curves = ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'];
const keys = [
  await generatePrivateKey('ssh-rsa', 'comment', { bits: 2048 }),
  ...curves.map((type) => generatePrivateKey(type, 'comment')),
];
const ed25519 = generatePrivateKey('ssh-ed25519', 'comment');

/** What OpenSSL says of a private key: nothing is wrong, or it fails. */
function openssl(file: Uint8Array, ...args: readonly string[]): string {
  return execFileSync('openssl', ['pkey', ...args], { input: file, encoding: 'utf8', stdio: 'pipe' });
}

function keygen(file: Uint8Array, secret: string): string {
  writeFileSync(join(folder.path, 'key'), file, { mode: 0o600 });
  return folder.run('-y', '-P', secret, '-f', 'key').trim();
}

for (const key of keys) {
  suite(`${key.type} in PEM`, () => {
    const line = printPublicKeyLine({ type: key.type, blob: key.publicKey });
    for (const format of ['pem', 'pkcs8'] as const) {
      test(`ssh-keygen, OpenSSL and parsePrivateKey read what formatPemPrivateKey writes as ${format}`, () => {
        const file = formatPemPrivateKey(key, format);
        assert.equal(keygen(file, ''), line);
        assert.match(openssl(file, '-check', '-noout'), /Key is valid/);
        assert.deepEqual(parsePrivateKey(file).secret, key.secret);
      });

      // PBKDF2 takes its time: once will do.
      if (format === 'pkcs8' && key.type !== 'ecdsa-sha2-nistp384') continue;

      test(`ssh-keygen, OpenSSL and decryptPrivateKey read what encryptPemPrivateKey writes as ${format}`, async () => {
        const file = encryptPemPrivateKey(key, format, passphrase);
        assert.equal(keygen(file, 'correct horse'), line);
        openssl(file, '-passin', 'pass:correct horse', '-noout');
        assert.throws(() => openssl(file, '-passin', 'pass:wrong horse', '-noout'));
        assert.deepEqual((await decryptPrivateKey(file, passphrase)).secret, key.secret);
        assert.throws(() => parsePrivateKey(file), { code: 'passphrase-needed' });
        const wrong = utf8('wrong horse');
        await assert.rejects(decryptPrivateKey(file, wrong), { code: 'passphrase-wrong' });
      });
    }

    test('formatPemPrivateKey writes byte for byte what ssh-keygen writes', () => {
      for (const [format, name] of [
        ['pem', 'PEM'],
        ['pkcs8', 'PKCS8'],
      ] as const) {
        writeFileSync(join(folder.path, 'same'), formatPemPrivateKey(key, format), { mode: 0o600 });
        folder.run('-q', '-p', '-P', '', '-N', '', '-m', name, '-f', 'same');
        assert.deepEqual(formatPemPrivateKey(key, format), folder.read('same'));
      }
    });
  });
}

test('OpenSSL reads Ed25519 as formatPemPrivateKey writes it in PKCS#8, which is what it writes itself', () => {
  const file = formatPemPrivateKey(ed25519, 'pkcs8');
  assert.equal(openssl(file), new TextDecoder().decode(file));
  const sealed = encryptPemPrivateKey(ed25519, 'pkcs8', passphrase);
  assert.equal(openssl(sealed, '-passin', 'pass:correct horse'), new TextDecoder().decode(file));
});

test('encryptPemPrivateKey says in its text how the key is encrypted, each time with another salt', () => {
  const [key = ed25519] = keys;
  const texts = (['pem', 'pkcs8'] as const).map((format: PemFormat) =>
    new TextDecoder().decode(encryptPemPrivateKey(key, format, passphrase)),
  );
  assert.match(
    texts[0] ?? '',
    /^-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,[0-9A-F]{32}\n\n/,
  );
  assert.match(texts[1] ?? '', /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
  const shown = execFileSync('openssl', ['asn1parse'], { input: texts[1] ?? '', encoding: 'utf8' });
  const objects = [...shown.matchAll(/OBJECT +:(.*)/g)].map(([, name]) => name);
  assert.deepEqual(objects, ['PBES2', 'PBKDF2', 'hmacWithSHA256', 'aes-256-cbc']);
  assert.match(shown, /INTEGER +:0927C0\n/);
  assert.notDeepEqual(encryptPemPrivateKey(key, 'pem', passphrase), utf8(texts[0] ?? ''));
});

test('formatPemPrivateKey and encryptPemPrivateKey refuse types that a format lacks, and no passphrase', () => {
  assert.throws(() => formatPemPrivateKey(ed25519, 'pem'), {
    name: 'RangeError',
    message: 'Cannot write private key of type "ssh-ed25519": PEM has no form for it',
  });
  const composite = generatePrivateKey('ssh-mldsa44-ed25519', '');
  assert.throws(() => formatPemPrivateKey(composite, 'pkcs8'), {
    name: 'RangeError',
    message: 'Cannot write private key of type "ssh-mldsa44-ed25519": PKCS#8 has no form for it',
  });
  assert.throws(() => encryptPemPrivateKey(ed25519, 'pkcs8', new Uint8Array()), {
    name: 'RangeError',
    message: 'Cannot encrypt private key: the passphrase is empty',
  });
});
