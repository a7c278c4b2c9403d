import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';
import { KeyFolder } from '../testing/ssh-keygen.ts';
import { MAX_PRIVATE_KEY_FILE, recognisePrivateKey } from './recognise-private-key.ts';
import { parsePublicKeyLine, printPublicKeyLine } from './public-key.ts';

const folder = new KeyFolder();
after(() => folder.remove());

const types = [
  ['ed25519', []],
  ['rsa', ['-b', '1024']],
  ['ecdsa', ['-b', '384']],
  ['dsa', []],
] as const;
const passphrases = ['', 'a long passphrase'];

test('recognisePrivateKey reads container, encryption and public key of OpenSSH key files', () => {
  for (const [type, options] of types) {
    for (const passphrase of passphrases) {
      const name = `openssh-${type}-${passphrase.length}`;
      folder.generate(name, type, '-N', passphrase, ...options);
      const { type: keyType, blob, bits } = parsePublicKeyLine(folder.text(`${name}.pub`));
      assert.deepEqual(recognisePrivateKey(folder.read(name)), {
        container: 'openssh',
        encrypted: passphrase !== '',
        publicKey: { type: keyType, blob, bits },
      });
    }
  }
});

test('recognisePrivateKey tells the PEM containers of ssh-keygen apart, and whether they are encrypted', () => {
  const containers = { rsa: 'pkcs1', ecdsa: 'sec1', dsa: 'dsa' } as const;
  for (const [type, container] of Object.entries(containers)) {
    for (const passphrase of passphrases) {
      const encrypted = passphrase !== '';
      const size = type === 'rsa' ? ['-b', '1024'] : [];
      folder.generate(`pem-${type}-${encrypted}`, type, '-m', 'PEM', '-N', passphrase, ...size);
      assert.deepEqual(recognisePrivateKey(folder.read(`pem-${type}-${encrypted}`)), {
        container,
        encrypted,
      });
      folder.generate(`pkcs8-${type}-${encrypted}`, type, '-m', 'PKCS8', '-N', passphrase, ...size);
      assert.deepEqual(recognisePrivateKey(folder.read(`pkcs8-${type}-${encrypted}`)), {
        container: 'pkcs8',
        encrypted,
      });
    }
  }
});

test('recognisePrivateKey finds a private key behind other text, with CRLF and behind a byte order mark', () => {
  const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
  const key = folder.text('pem-ecdsa-false');
  assert.equal(recognisePrivateKey(utf8(`note\n${parameters}${key}`))?.container, 'sec1');
  const crlf = folder.text('openssh-ed25519-0').replaceAll('\n', '\r\n');
  assert.equal(
    printPublicKeyLine(recognisePrivateKey(utf8(`\uFEFF${crlf}`))?.publicKey ?? assert.fail('no public key')),
    folder.text('openssh-ed25519-0.pub').split(' ').slice(0, 2).join(' '),
  );
});

const putty = (version: number, encryption: string, publicLines: string): Uint8Array =>
  utf8(
    `PuTTY-User-Key-File-${version}: ssh-ed25519\r\nEncryption: ${encryption}\r\nComment: some key\r\n` +
      `Public-Lines: 2\r\n${publicLines}\r\nPrivate-Lines: 1\r\nAAAA\r\nPrivate-MAC: 00\r\n`,
  );
const [, base64 = ''] =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0MLGfDnkwT1FJ8GdmRKMDj5QpXGDMEGUPL5S8zdW7C'.split(' ');

test('recognisePrivateKey reads the headers and the public key of PuTTY key files', () => {
  const lines = `${base64.slice(0, 64)}\r\n${base64.slice(64)}`;
  const publicKey = {
    type: 'ssh-ed25519',
    blob: Uint8Array.fromBase64(base64),
    bits: 256,
    comment: 'some key',
  };
  assert.deepEqual(recognisePrivateKey(putty(2, 'none', lines)), {
    container: 'putty',
    encrypted: false,
    publicKey,
  });
  assert.deepEqual(recognisePrivateKey(putty(3, 'aes256-cbc', lines)), {
    container: 'putty',
    encrypted: true,
    publicKey,
  });
  assert.deepEqual(recognisePrivateKey(putty(3, 'none', '@\r\n@')), { container: 'putty', encrypted: false });
});

test('recognisePrivateKey recognises SSH1 keys by their magic and cipher number', () => {
  const magic = 'SSH PRIVATE KEY FILE FORMAT 1.1\n\0';
  assert.deepEqual(recognisePrivateKey(utf8(`${magic}\0\0\0\0`)), { container: 'ssh1', encrypted: false });
  assert.deepEqual(recognisePrivateKey(utf8(`${magic}\u0003\0\0\0`)), { container: 'ssh1', encrypted: true });
});

test('recognisePrivateKey counts a damaged file as not encrypted', () => {
  const damaged = utf8('-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n');
  assert.deepEqual(recognisePrivateKey(damaged), { container: 'openssh', encrypted: false });
  assert.deepEqual(recognisePrivateKey(utf8('PuTTY-User-Key-File-2: ssh-rsa\r\n')), {
    container: 'putty',
    encrypted: false,
  });
  const cut = folder.read('openssh-rsa-17').subarray(0, 150);
  assert.deepEqual(recognisePrivateKey(cut), { container: 'openssh', encrypted: true });
  assert.deepEqual(recognisePrivateKey(utf8('-----BEGIN PRIVATE KEY-----')), {
    container: 'pkcs8',
    encrypted: false,
  });
});

test('recognisePrivateKey returns undefined for public keys, other files and files over its limit', () => {
  assert.equal(recognisePrivateKey(new Uint8Array()), undefined);
  assert.equal(recognisePrivateKey(folder.read('openssh-rsa-0.pub')), undefined);
  assert.equal(recognisePrivateKey(utf8(folder.run('-e', '-f', 'openssh-rsa-0.pub'))), undefined);
  assert.equal(
    recognisePrivateKey(utf8('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')),
    undefined,
  );
  const large = new Uint8Array(MAX_PRIVATE_KEY_FILE + 1);
  large.set(folder.read('openssh-rsa-0'));
  assert.equal(recognisePrivateKey(large), undefined);
  assert.equal(recognisePrivateKey(large.subarray(1)), undefined);
  assert.equal(recognisePrivateKey(large.subarray(0, MAX_PRIVATE_KEY_FILE))?.container, 'openssh');
});

test('recognisePrivateKey survives arbitrary bytes and arbitrary damage', () => {
  const names = ['openssh-ed25519-0', 'openssh-ecdsa-17', 'pem-rsa-true', 'pkcs8-dsa-false'];
  const files = [...names.map((name) => folder.read(name)), putty(2, 'none', `${base64}\r\n`)];
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void recognisePrivateKey(bytes)));
  fc.assert(
    fc.property(fc.constantFrom(...files), fc.nat(), fc.nat(255), fc.nat(), (file, at, byte, length) => {
      const bytes = file.slice(0, (length % file.length) + 1);
      bytes[at % bytes.length] = byte;
      recognisePrivateKey(bytes);
    }),
  );
});
