import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FormatError, utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';
import { KeyFolder } from '../testing/ssh-keygen.ts';
import { generatePrivateKey } from './generate-private-key.ts';
import { parsePublicKeyPem, printPublicKeyPem } from './public-key-pem.ts';
import { parsePublicKeyLine, printPublicKeyLine } from './public-key.ts';

const folder = new KeyFolder();
after(() => folder.remove());

const kinds = [
  ['rsa', '2048'],
  ['ecdsa', '256'],
  ['ecdsa', '384'],
  ['ecdsa', '521'],
] as const;

for (const [kind, bits] of kinds) {
  test(`printPublicKeyPem writes ${kind} of ${bits} bits as ssh-keygen -e does, and parsePublicKeyPem reads it`, () => {
    const name = `${kind}-${bits}`;
    folder.generate(name, kind, '-b', bits);
    const key = parsePublicKeyLine(folder.text(`${name}.pub`));
    for (const [format, option] of [
      ['pkcs8', 'PKCS8'],
      ['pem', 'PEM'],
    ] as const) {
      const text = printPublicKeyPem(key, format);
      assert.equal(text, folder.run('-e', '-m', option, '-f', `${name}.pub`));
      assert.deepEqual(parsePublicKeyPem(text).blob, key.blob);
      writeFileSync(join(folder.path, 'pem'), text);
      const line = printPublicKeyLine({ type: key.type, blob: key.blob });
      // In ssh-keygen, PEM means RSAPublicKey alone when it reads.
      if (format === 'pkcs8' || kind === 'rsa')
        assert.equal(folder.run('-i', '-m', option, '-f', 'pem').trim(), line);
    }
  });
}

test('printPublicKeyPem writes Ed25519 as OpenSSL does', () => {
  const { publicKey: blob } = generatePrivateKey('ssh-ed25519', '');
  const text = printPublicKeyPem({ blob }, 'pkcs8');
  assert.equal(execFileSync('openssl', ['pkey', '-pubin'], { input: text, encoding: 'utf8' }), text);
  assert.deepEqual(parsePublicKeyPem(text).blob, blob);
});

test('printPublicKeyPem refuses types that have no such form', () => {
  for (const [type, format, name] of [
    ['ssh-mldsa44-ed25519', 'pkcs8', 'PKCS#8'],
    ['ssh-ed25519', 'pem', 'PEM'],
  ] as const) {
    assert.throws(() => printPublicKeyPem({ blob: generatePrivateKey(type, '').publicKey }, format), {
      name: 'RangeError',
      message: `Cannot write public key of type "${type}": ${name} has no form for it`,
    });
  }
});

test('parsePublicKeyPem refuses what is no public key, and keys of the wrong length or type', () => {
  const frame = (hex: string): string =>
    `-----BEGIN PUBLIC KEY-----\n${Uint8Array.fromHex(hex).toBase64()}\n-----END PUBLIC KEY-----\n`;
  const cases = [
    ['', 'Cannot read PEM public key: "PUBLIC KEY" or "RSA PUBLIC KEY" expected'],
    [frame(`302a300506032b6570032100${'00'.repeat(31)}`), undefined],
    [
      frame(`3029300506032b6570032000${'00'.repeat(31)}`),
      'Cannot read PEM public key: found 31 bytes, 32 expected',
    ],
    [frame(`302a300506032b6570032101${'00'.repeat(32)}`), 'Cannot read DER bit string: whole bytes expected'],
    [
      frame(`302a300506032b656e032100${'00'.repeat(32)}`),
      'Cannot read PEM public key: its type 2b656e is not known',
    ],
    [frame(`302c300706032b65700500032100${'00'.repeat(32)}`), undefined],
    ['x'.repeat(131_073), 'Cannot read PEM public key: found 131073 characters, at most 131072 expected'],
  ] as const;
  for (const [text, message] of cases)
    assert.throws(() => parsePublicKeyPem(text), { name: 'FormatError', ...(message && { message }) });
  assert.equal(parsePublicKeyPem(frame(`302a300506032b6570032100${'00'.repeat(32)}`)).type, 'ssh-ed25519');
});

test('parsePublicKeyPem gives a key or a FormatError for any bytes and any change', () => {
  const key = generatePrivateKey('ecdsa-sha2-nistp256', '');
  const file = utf8(printPublicKeyPem({ blob: key.publicKey }, 'pkcs8'));
  const labels = fc.constantFrom('PUBLIC KEY', 'RSA PUBLIC KEY');
  fc.assert(
    fc.property(
      labels,
      fc.uint8Array({ maxLength: 200 }),
      fc.nat(),
      fc.nat(255),
      (label, bytes, at, byte) => {
        const changed = file.slice();
        changed[at % changed.length] = byte;
        for (const text of [
          `-----BEGIN ${label}-----\n${bytes.toBase64()}\n-----END ${label}-----\n`,
          new TextDecoder('latin1').decode(changed),
        ]) {
          try {
            parsePublicKeyPem(text);
          } catch (error) {
            if (!(error instanceof FormatError)) throw error;
          }
        }
      },
    ),
  );
});
