import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import * as fc from 'fast-check';
import { KeyFolder } from '../testing/ssh-keygen.ts';
import { printSshsig, sshsigMessage } from '../testing/sshsig.ts';
import { generatePrivateKey } from './generate-private-key.ts';
import { PrivateKeyError, type PrivateKeyProblem } from './private-key-error.ts';
import {
  decryptPrivateKey,
  encryptPrivateKey,
  formatPrivateKey,
  parsePrivateKey,
} from './private-key-file.ts';
import { formatPemPrivateKey } from './private-key-pem.ts';
import type { PrivateKey } from './private-key.ts';
import { parsePublicKeyLine, printPublicKeyLine } from './public-key.ts';
import { printPuttyKey } from './putty-key.ts';
import { verifySignature } from './signature.ts';

const folder = new KeyFolder();
after(() => folder.remove());

const passphrase = utf8('correct horse');
const message = utf8('hello');
/** Few rounds of bcrypt, so that the tests are quick. */
const encrypted = ['-N', 'correct horse', '-a', '1'];

const types = [
  { type: 'ssh-ed25519', options: ['ed25519'] },
  { type: 'ssh-rsa', options: ['rsa', '-b', '2048'] },
  { type: 'ecdsa-sha2-nistp256', options: ['ecdsa', '-b', '256'] },
  { type: 'ecdsa-sha2-nistp384', options: ['ecdsa', '-b', '384'] },
  { type: 'ecdsa-sha2-nistp521', options: ['ecdsa', '-b', '521'] },
];

for (const { type, options } of types) {
  const [kind = '', ...bits] = options;
  folder.generate(type, kind, ...bits);

  suite(`OpenSSH's files of ${type}`, () => {
    test('parsePrivateKey reads the key and its comment, and ssh-keygen verifies what it signs', async () => {
      const key = parsePrivateKey(folder.read(type));
      assert.deepEqual([key.type, key.comment], [type, `${type} comment`]);
      assert.deepEqual(key.publicKey, publicBlob(type));
      await checkSignatures(key);
    });

    test('decryptPrivateKey reads the encrypted key with its passphrase alone', async () => {
      const file = converted(type, ...encrypted);
      const key = await decryptPrivateKey(file, passphrase);
      assert.equal(key.comment, `${type} comment`);
      assert.deepEqual(key.publicKey, publicBlob(type));
      await checkPassphrase(file);
    });

    test('ssh-keygen reads what formatPrivateKey and encryptPrivateKey write', async () => {
      const key = { ...parsePrivateKey(folder.read(type)), comment: 'another comment' };
      const line = printPublicKeyLine({ type, blob: key.publicKey, comment: key.comment });
      const clear = formatPrivateKey(key);
      assert.equal(keygenPublicLine(`clear-${type}`, clear, ''), line);
      assert.equal(parsePrivateKey(clear).comment, 'another comment');
      const sealed = await encryptPrivateKey(key, passphrase, { rounds: 1 });
      assert.equal(keygenPublicLine(`sealed-${type}`, sealed, 'correct horse'), line);
      assert.equal((await decryptPrivateKey(sealed, passphrase)).comment, 'another comment');
    });
  });
}

for (const cipher of [
  'aes128-ctr',
  'aes192-ctr',
  'aes256-ctr',
  'aes128-cbc',
  'aes192-cbc',
  'aes256-cbc',
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'chacha20-poly1305@openssh.com',
]) {
  test(`decryptPrivateKey reads keys encrypted by ${cipher}`, async () => {
    const file = converted('ssh-ed25519', ...encrypted, '-Z', cipher);
    assert.deepEqual((await decryptPrivateKey(file, passphrase)).publicKey, publicBlob('ssh-ed25519'));
    await checkPassphrase(file);
  });
}

for (const cipher of ['aes256-ctr', 'aes256-gcm@openssh.com'] as const) {
  test(`ssh-keygen reads what encryptPrivateKey encrypts by ${cipher}`, async () => {
    const key = generatePrivateKey('ecdsa-sha2-nistp256', 'by another cipher');
    const file = await encryptPrivateKey(key, passphrase, { rounds: 1, cipher });
    const line = printPublicKeyLine({ type: key.type, blob: key.publicKey, comment: key.comment });
    assert.equal(keygenPublicLine('by-cipher', file, 'correct horse'), line);
    assert.deepEqual((await decryptPrivateKey(file, passphrase)).secret, key.secret);
    const content = Uint8Array.fromBase64(new TextDecoder().decode(file).replaceAll(/-----.*-----/g, ''));
    assert.ok(
      new TextDecoder('latin1')
        .decode(content)
        .startsWith(`openssh-key-v1\0\0\0\0${String.fromCharCode(cipher.length)}${cipher}`),
    );
  });
}

for (const { type } of types.slice(1)) {
  for (const format of ['PEM', 'PKCS8']) {
    test(`parsePrivateKey reads ${type} in ${format}, decryptPrivateKey also where it is encrypted`, async () => {
      const key = parsePrivateKey(converted(type, '-N', '', '-m', format));
      assert.deepEqual([key.type, key.comment], [type, '']);
      assert.deepEqual(key.publicKey, publicBlob(type));
      await checkSignatures(key);
      const file = converted(type, '-N', 'correct horse', '-m', format);
      assert.deepEqual((await decryptPrivateKey(file, passphrase)).publicKey, publicBlob(type));
      await checkPassphrase(file);
    });
  }
}

test('parsePrivateKey reads PKCS#8 of Ed25519, and of each AES that OpenSSL encrypts with', async () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const key = parsePrivateKey(utf8(privateKey.export({ format: 'pem', type: 'pkcs8' })));
  assert.equal(key.type, 'ssh-ed25519');
  await checkSignatures(key);
  for (const cipher of ['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc']) {
    const options = { format: 'pem', type: 'pkcs8', cipher, passphrase: 'correct horse' } as const;
    const file = utf8(privateKey.export(options));
    assert.deepEqual((await decryptPrivateKey(file, passphrase)).publicKey, key.publicKey);
    await checkPassphrase(file);
  }
});

test('decryptPrivateKey reads the PEM headers of each AES, and names a cipher that it does not know', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const sec1 = (cipher: string): Uint8Array =>
    utf8(privateKey.export({ format: 'pem', type: 'sec1', cipher, passphrase: 'correct horse' }));
  const plain = parsePrivateKey(utf8(privateKey.export({ format: 'pem', type: 'sec1' })));
  for (const cipher of ['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc']) {
    assert.deepEqual((await decryptPrivateKey(sec1(cipher), passphrase)).publicKey, plain.publicKey);
  }
  await assert.rejects(decryptPrivateKey(sec1('des-ede3-cbc'), passphrase), {
    code: 'unsupported',
    message: 'Cannot read private key: it is encrypted by "DES-EDE3-CBC", which is not known',
  });
});

test('parsePrivateKey reads the composite key of OpenSSH 10.6, encrypted or not', async () => {
  const { blob } = parsePublicKeyLine(vector('mldsa44-ed25519.pub'));
  for (const key of [
    parsePrivateKey(utf8(vector('mldsa44-ed25519'))),
    await decryptPrivateKey(utf8(vector('mldsa44-ed25519-encrypted')), passphrase),
  ]) {
    assert.deepEqual([key.type, key.comment], ['ssh-mldsa44-ed25519', 'made by OpenSSH 10.6']);
    assert.deepEqual(key.publicKey, blob);
    const signature = await key.signer().sign(message, 'ssh-mldsa44-ed25519');
    assert.equal(verifySignature(blob, 'ssh-mldsa44-ed25519', message, signature), true);
  }
});

test('parsePrivateKey reads keys of security keys, which sign only with these, and they are written back', async () => {
  for (const name of ['ed25519-sk', 'ecdsa-sk']) {
    const key = parsePrivateKey(utf8(vector(name)));
    assert.deepEqual(key.publicKey, parsePublicKeyLine(vector(`${name}.pub`)).blob);
    assert.equal(key.comment, `${name} comment`);
    assert.throws(() => key.signer(), {
      name: 'RangeError',
      message: `Cannot sign with a key of type "${key.type}": its security key is needed`,
    });
    assert.equal(keygenPublicLine(name, formatPrivateKey(key), ''), vector(`${name}.pub`).trim());
    assert.deepEqual(parsePrivateKey(formatPrivateKey(key)).secret, key.secret);
    const sealed = await encryptPrivateKey(key, passphrase, { rounds: 1 });
    assert.equal(keygenPublicLine(name, sealed, 'correct horse'), vector(`${name}.pub`).trim());
    assert.deepEqual((await decryptPrivateKey(sealed, passphrase)).secret, key.secret);
    assert.throws(() => formatPemPrivateKey(key, 'pkcs8'), RangeError);
    assert.throws(() => printPuttyKey(key), RangeError);
  }
});

test('generatePrivateKey makes keys that ssh-keygen reads, and of which parsePrivateKey reads the same', () => {
  for (const { type } of types.filter((known) => known.type !== 'ssh-rsa')) {
    const key = generatePrivateKey(type, 'root@host');
    const line = printPublicKeyLine({ type: key.type, blob: key.publicKey, comment: 'root@host' });
    assert.equal(keygenPublicLine(`made-${type}`, formatPrivateKey(key), ''), line);
  }
  for (const type of ['ssh-mldsa44-ed25519', 'ssh-mldsa44-ed25519@openssh.com']) {
    const key = generatePrivateKey(type, 'root@host');
    const again = parsePrivateKey(formatPrivateKey(key));
    assert.deepEqual(
      [again.type, again.publicKey, again.secret, again.comment],
      [type, key.publicKey, key.secret, 'root@host'],
    );
  }
  assert.throws(() => generatePrivateKey('ssh-dss', ''), {
    name: 'RangeError',
    message: 'Cannot make key of type "ssh-dss": it is not known',
  });
});

test('generatePrivateKey makes RSA keys of the size asked for, 3072 bits by default, that ssh-keygen reads', async () => {
  for (const [size, bits] of [
    [{ bits: 2048 }, 2048],
    [{}, 3072],
  ] as const) {
    const key = await generatePrivateKey('ssh-rsa', 'root@host', size);
    const line = printPublicKeyLine({ type: 'ssh-rsa', blob: key.publicKey, comment: 'root@host' });
    assert.equal(keygenPublicLine('made-rsa', formatPrivateKey(key), ''), line);
    writeFileSync(join(folder.path, 'made-rsa.pub'), line);
    assert.equal(folder.list('made-rsa.pub').bits, bits);
    await checkSignatures(key);
  }
  for (const bits of [1024, 2047, 16_385, 2048.5]) {
    await assert.rejects(generatePrivateKey('ssh-rsa', '', { bits }), {
      name: 'RangeError',
      message: `Cannot make RSA key of ${bits} bits: 2048 to 16384 expected`,
    });
  }
  await assert.rejects(generatePrivateKey('ssh-ed25519', '', { bits: 256 }), {
    name: 'RangeError',
    message: 'Cannot make key of type "ssh-ed25519" by size: it has only one',
  });
  assert.equal((await generatePrivateKey('ssh-ed25519', 'a', {})).comment, 'a');
  assert.throws(() => generatePrivateKey('ssh-rsa', ''), RangeError);
});

test('decryptPrivateKey looks at no passphrase where the key is not encrypted', async () => {
  const key = generatePrivateKey('ssh-ed25519', 'comment');
  const file = formatPrivateKey(key);
  assert.deepEqual((await decryptPrivateKey(file, passphrase)).secret, key.secret);
  assert.deepEqual((await decryptPrivateKey(file, new Uint8Array())).secret, key.secret);
});

test('a signer keeps its key when the secret is wiped', async () => {
  const key = generatePrivateKey('ssh-ed25519', '');
  const signer = key.signer();
  wipe(key.secret);
  const signature = await signer.sign(message, 'ssh-ed25519');
  assert.equal(verifySignature(key.publicKey, 'ssh-ed25519', message, signature), true);
});

test('parsePrivateKey says of a short RSA key only when it is to sign that it must not be used', () => {
  folder.generate('short', 'rsa', '-b', '1024');
  const key = parsePrivateKey(folder.read('short'));
  assert.deepEqual(key.publicKey, publicBlob('short'));
  assert.throws(() => key.signer(), {
    name: 'RangeError',
    message: 'Cannot use RSA key of 1024 bits: 2048 to 16384 expected',
  });
});

test('parsePrivateKey refuses formats, types and costs that it does not take, by name', () => {
  folder.generate('dsa', 'dsa');
  folder.generate('dsa-pem', 'dsa', '-m', 'PEM');
  const putty = utf8('PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n');
  const ssh1 = utf8('SSH PRIVATE KEY FILE FORMAT 1.1\n\0\0');
  const foreign = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey;
  const curve = utf8(foreign.export({ format: 'pem', type: 'sec1' }));
  const x25519 = generateKeyPairSync('x25519').privateKey;
  const cases: readonly (readonly [Uint8Array, PrivateKeyProblem, string])[] = [
    [folder.read('dsa'), 'unsupported', 'its type "ssh-dss" is not known'],
    [folder.read('dsa-pem'), 'unsupported', 'its kind "DSA PRIVATE KEY" is not known'],
    [putty, 'damaged', 'it is malformed'],
    [ssh1, 'unsupported', 'its format "ssh1" is not known'],
    [curve, 'unsupported', 'its curve 2b8104000a is not known'],
    [
      utf8(x25519.export({ format: 'pem', type: 'pkcs8' })),
      'unsupported',
      'its algorithm 2b656e is not known',
    ],
    [new Uint8Array(), 'damaged', 'it is none'],
    [utf8('hello'), 'damaged', 'it is none'],
    [new Uint8Array(1_048_577), 'damaged', 'found 1048577 bytes, at most 1048576 expected'],
    [utf8('-----BEGIN PRIVATE KEY-----\nAAAA\n'), 'damaged', 'it is malformed'],
    [utf8('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'), 'damaged', 'it is malformed'],
  ];
  for (const [file, code, reason] of cases) {
    assert.throws(() => parsePrivateKey(file), { code, message: `Cannot read private key: ${reason}` });
  }
});

test('decryptPrivateKey runs no more rounds of bcrypt than it takes, and encryptPrivateKey neither', async () => {
  const key = generatePrivateKey('ssh-ed25519', '');
  const file = new TextDecoder().decode(await encryptPrivateKey(key, passphrase, { rounds: 1 }));
  const bytes = Uint8Array.fromBase64(file.replaceAll(/-----.*-----/g, ''));
  const rounds = 'openssh-key-v1\0'.length + 4 + 10 + 4 + 6 + 4 + 4 + 16;
  assert.deepEqual(bytes.subarray(rounds, rounds + 4), Uint8Array.of(0, 0, 0, 1));
  bytes.set([0, 0, 4, 1], rounds);
  const more = `-----BEGIN OPENSSH PRIVATE KEY-----\n${bytes.toBase64()}\n-----END OPENSSH PRIVATE KEY-----\n`;
  const refusal = {
    code: 'unsupported',
    message: 'Cannot read private key: bcrypt has 1025 rounds, at most 1024 expected',
  };
  await assert.rejects(decryptPrivateKey(utf8(more), passphrase), refusal);
  await assert.rejects(encryptPrivateKey(key, passphrase, { rounds: 1025 }), RangeError);
  await assert.rejects(encryptPrivateKey(key, passphrase, { rounds: 0 }), RangeError);
  await assert.rejects(encryptPrivateKey(key, new Uint8Array(), { rounds: 1 }), RangeError);
});

test('parsePrivateKey and decryptPrivateKey give a key or a PrivateKeyError for a file with any byte changed', async () => {
  const sealed = converted('ssh-ed25519', ...encrypted);
  const files = [
    sealed,
    converted('ssh-rsa', '-N', '', '-m', 'PEM'),
    converted('ecdsa-sha2-nistp256', '-N', '', '-m', 'PKCS8'),
    converted('ecdsa-sha2-nistp256', '-N', 'correct horse', '-m', 'PEM'),
    formatPrivateKey(generatePrivateKey('ssh-ed25519', '')),
    formatPrivateKey(generatePrivateKey('ecdsa-sha2-nistp521', 'comment')),
    utf8(vector('ecdsa-sk')),
  ];
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0x20, max: 0x7e })), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...files), changes, fc.nat({ max: 40 }), async (file, edits, cut) => {
      const changed = file.slice(0, file.length - (cut > 30 ? cut : 0));
      for (const [at, byte] of edits) changed[at % changed.length] = byte;
      try {
        parsePrivateKey(changed);
        // A change of the sealed file could ask for hundreds of rounds of bcrypt.
        if (file !== sealed) await decryptPrivateKey(changed, passphrase);
      } catch (error) {
        if (!(error instanceof PrivateKeyError)) throw error;
      }
    }),
    { numRuns: 300 },
  );
});

test('parsePrivateKey and decryptPrivateKey read no key from any bytes in a frame', async () => {
  const labels = fc
    .constantFrom('OPENSSH', 'RSA', 'EC', 'ENCRYPTED', 'DSA')
    .map((name) => `${name} PRIVATE KEY`);
  await fc.assert(
    fc.asyncProperty(labels, fc.uint8Array({ maxLength: 200 }), async (label, bytes) => {
      const file = utf8(`-----BEGIN ${label}-----\n${bytes.toBase64()}\n-----END ${label}-----\n`);
      assert.throws(() => parsePrivateKey(file), PrivateKeyError);
      await assert.rejects(decryptPrivateKey(file, passphrase), PrivateKeyError);
    }),
  );
});

async function checkPassphrase(file: Uint8Array): Promise<void> {
  const needed = {
    name: 'PrivateKeyError',
    code: 'passphrase-needed',
    message: 'Cannot read private key: it is encrypted, and no passphrase was given',
  };
  assert.throws(() => parsePrivateKey(file), needed);
  await assert.rejects(decryptPrivateKey(file, new Uint8Array()), needed);
  await assert.rejects(decryptPrivateKey(file, utf8('Correct horse')), {
    name: 'PrivateKeyError',
    code: 'passphrase-wrong',
    message: 'Cannot read private key: the passphrase is not the right one',
  });
}

async function checkSignatures(key: PrivateKey): Promise<void> {
  const signer = key.signer();
  assert.deepEqual(signer.publicKey, key.publicKey);
  for (const algorithm of signer.algorithms) {
    const signature = await signer.sign(sshsigMessage(message), algorithm);
    assert.equal(verifySignature(key.publicKey, algorithm, sshsigMessage(message), signature), true);
    writeFileSync(
      join(folder.path, 'allowed'),
      `alice ${printPublicKeyLine({ ...key, blob: key.publicKey })}\n`,
    );
    writeFileSync(join(folder.path, 'sig'), printSshsig(key.publicKey, signature));
    const args = ['-Y', 'verify', '-f', 'allowed', '-I', 'alice', '-n', 'file', '-s', 'sig'];
    assert.match(folder.feed(message, ...args), /^Good "file" signature for alice /);
  }
}

/** A key that ssh-keygen made, changed into another format by ssh-keygen. */
function converted(name: string, ...options: readonly string[]): Uint8Array {
  writeFileSync(join(folder.path, 'copy'), folder.read(name), { mode: 0o600 });
  folder.run('-q', '-p', '-P', '', '-f', 'copy', ...options);
  return folder.read('copy');
}

/** The line that `ssh-keygen -y` prints of a private key file. */
function keygenPublicLine(name: string, file: Uint8Array, secret: string): string {
  writeFileSync(join(folder.path, name), file, { mode: 0o600 });
  return folder.run('-y', '-P', secret, '-f', name).trim();
}

function publicBlob(name: string): Uint8Array {
  return parsePublicKeyLine(folder.text(`${name}.pub`)).blob;
}

function vector(name: string): string {
  return readFileSync(join(import.meta.dirname, '../vectors', name), 'utf8');
}
