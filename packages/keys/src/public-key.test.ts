import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FormatError, Writer, encode, utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';
import { KeyFolder } from '../testing/ssh-keygen.ts';
import { certificateFields, certifiedTypes, keyTypes } from './key-types.ts';
import {
  MAX_PUBLIC_KEY_BLOB,
  MAX_PUBLIC_KEY_LINE,
  decodeBase64,
  parsePublicKeyBlob,
  parsePublicKeyLine,
  printPublicKeyLine,
} from './public-key.ts';

const folder = new KeyFolder();
after(() => folder.remove());

const generated = [
  ['ssh-ed25519', 'ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa', '-b', '256'],
  ['ecdsa-sha2-nistp384', 'ecdsa', '-b', '384'],
  ['ecdsa-sha2-nistp521', 'ecdsa', '-b', '521'],
  ['ssh-dss', 'dsa'],
  ['ssh-rsa', 'rsa', '-b', '1024'],
  ['ssh-rsa', 'rsa', '-b', '1031'],
  ['ssh-rsa', 'rsa', '-b', '2048'],
  ['ssh-rsa', 'rsa', '-b', '4096'],
] as const;

/** Values for the fields of every type, for the types that ssh-keygen cannot make without a security key. */
const point = Uint8Array.fromHex(
  // The base point of P-256 (SEC 2, section 2.4.2).
  '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
);
const application = utf8('ssh:');
const made: Readonly<Record<string, object>> = {
  'sk-ssh-ed25519@openssh.com': { key: new Uint8Array(32).fill(7), application },
  'sk-ecdsa-sha2-nistp256@openssh.com': { curve: 'nistp256', point, application },
  'webauthn-sk-ecdsa-sha2-nistp256@openssh.com': { curve: 'nistp256', point, application },
  'ssh-mldsa44-ed25519': { key: new Uint8Array(1344).fill(7) },
  'ssh-mldsa44-ed25519@openssh.com': { key: new Uint8Array(1344).fill(7) },
};

function blobOf(type: string, fields: object): Uint8Array {
  const codec = keyTypes.get(type)?.fields;
  assert.ok(codec, type);
  return new Writer()
    .text(type)
    .bytes(encode(codec, { ...fields }))
    .finish();
}

test('parsePublicKeyLine reads every type that ssh-keygen makes, with the bits and comment that it prints', () => {
  for (const [type, algorithm, ...options] of generated) {
    const name = `${algorithm}${options[1] ?? ''}`;
    folder.generate(name, algorithm, ...options);
    const line = folder.text(`${name}.pub`);
    const key = parsePublicKeyLine(line);
    const listed = folder.list(`${name}.pub`);
    assert.equal(key.type, type);
    assert.deepEqual(
      { bits: key.bits, comment: key.comment },
      { bits: listed.bits, comment: listed.comment },
    );
    assert.equal(`${printPublicKeyLine(key)}\n`, line);
    assert.equal(key.certifiedKey, undefined);
  }
});

test('parsePublicKeyLine reads security keys as ssh-keygen does', () => {
  for (const type of ['sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com']) {
    const key = parsePublicKeyBlob(blobOf(type, made[type] ?? {}));
    writeFileSync(join(folder.path, 'sk.pub'), `${printPublicKeyLine({ ...key, comment: 'token' })}\n`);
    const listed = folder.list('sk.pub');
    assert.deepEqual({ bits: key.bits, comment: 'token' }, { bits: listed.bits, comment: listed.comment });
  }
});

test('parsePublicKeyBlob reads the types that this ssh-keygen does not know by their documented fields', () => {
  for (const type of ['webauthn-sk-ecdsa-sha2-nistp256@openssh.com', 'ssh-mldsa44-ed25519@openssh.com']) {
    const blob = blobOf(type, made[type] ?? {});
    assert.deepEqual(parsePublicKeyBlob(blob), { type, blob, bits: 256 });
  }
});

test('parsePublicKeyLine finds the certified key in certificates that ssh-keygen signs', () => {
  folder.generate('ca', 'ed25519');
  for (const [type, algorithm, bits] of [
    ['ssh-ed25519-cert-v01@openssh.com', 'ed25519', undefined],
    ['ssh-rsa-cert-v01@openssh.com', 'rsa', '1024'],
    ['ssh-dss-cert-v01@openssh.com', 'dsa', undefined],
    ['ecdsa-sha2-nistp521-cert-v01@openssh.com', 'ecdsa', '521'],
  ] as const) {
    const name = `subject-${algorithm}`;
    folder.generate(name, algorithm, ...(bits === undefined ? [] : ['-b', bits]));
    folder.run('-q', '-s', 'ca', '-I', 'some id', '-n', 'alice,bob', '-O', 'no-pty', `${name}.pub`);
    const certificate = parsePublicKeyLine(folder.text(`${name}-cert.pub`));
    assert.equal(certificate.type, type);
    assert.equal(certificate.bits, folder.list(`${name}-cert.pub`).bits);
    assert.deepEqual(certificate.certifiedKey, parsePublicKeyLine(folder.text(`${name}.pub`)).blob);
  }
});

test('parsePublicKeyLine reads the certificate of a composite key that OpenSSH 10.6 signed', () => {
  const vector = (name: string): string =>
    readFileSync(join(import.meta.dirname, '../vectors', name), 'utf8');
  const certificate = parsePublicKeyLine(vector('mldsa44-ed25519-cert.pub'));
  assert.equal(certificate.type, 'ssh-mldsa44-ed25519-cert');
  assert.deepEqual(certificate.certifiedKey, parsePublicKeyLine(vector('mldsa44-ed25519.pub')).blob);
});

test('parsePublicKeyBlob knows the types that have certificates', () => {
  assert.deepEqual(
    [...certifiedTypes.keys()],
    [
      'ssh-ed25519-cert-v01@openssh.com',
      'ssh-rsa-cert-v01@openssh.com',
      'ssh-dss-cert-v01@openssh.com',
      'ecdsa-sha2-nistp256-cert-v01@openssh.com',
      'ecdsa-sha2-nistp384-cert-v01@openssh.com',
      'ecdsa-sha2-nistp521-cert-v01@openssh.com',
      'sk-ssh-ed25519-cert-v01@openssh.com',
      'sk-ecdsa-sha2-nistp256-cert-v01@openssh.com',
      'webauthn-sk-ecdsa-sha2-nistp256-cert-v01@openssh.com',
      'ssh-mldsa44-ed25519-cert',
      'ssh-mldsa44-ed25519-cert-v01@openssh.com',
    ],
  );
  for (const [type, fields] of Object.entries(made)) {
    const plain = blobOf(type, fields);
    const suffix = type === 'ssh-mldsa44-ed25519' ? '-cert' : '-cert-v01@openssh.com';
    const name = `${type.replace('@openssh.com', '')}${suffix}`;
    const blob = certificateOf(name, plain, type, 2);
    assert.deepEqual(parsePublicKeyBlob(blob), { type: name, blob, bits: 256, certifiedKey: plain });
    assert.throws(() => parsePublicKeyBlob(certificateOf(name, plain, type, 3)), FormatError);
  }
});

function certificateOf(name: string, plain: Uint8Array, type: string, kind: number): Uint8Array {
  const empty = new Uint8Array();
  return new Writer()
    .text(name)
    .string(new Uint8Array(32))
    .bytes(plain.subarray(4 + type.length))
    .bytes(
      encode(certificateFields, {
        serial: 1n,
        kind,
        keyId: 'id',
        principals: empty,
        validAfter: 0n,
        validBefore: 2n ** 64n - 1n,
        criticalOptions: empty,
        extensions: empty,
        reserved: empty,
        signatureKey: plain,
        signature: new Uint8Array(64),
      }),
    )
    .finish();
}

test('parsePublicKeyBlob keeps a type that it does not know as it is', () => {
  const blob = new Writer()
    .text('ssh-new@example.com')
    .bytes(Uint8Array.of(1, 2, 3))
    .finish();
  assert.deepEqual(parsePublicKeyBlob(blob), { type: 'ssh-new@example.com', blob });
});

test('parsePublicKeyBlob refuses every blob that is cut short or has bytes left over', () => {
  const certificate = parsePublicKeyLine(folder.text('subject-rsa-cert.pub')).blob;
  const blobs = Object.entries(made).map(([type, fields]) => blobOf(type, fields));
  for (const blob of [...blobs, certificate]) {
    for (const length of [0, 3, 4, 12, Math.floor(blob.length / 2), blob.length - 1]) {
      assert.throws(() => parsePublicKeyBlob(blob.subarray(0, length)), FormatError);
    }
    assert.throws(() => parsePublicKeyBlob(Uint8Array.of(...blob, 0)), FormatError);
  }
});

test('parsePublicKeyBlob refuses wrong values of fields', () => {
  const compressed = Uint8Array.of(2, ...point.subarray(1));
  for (const [blob, message] of [
    [new Writer().text('').finish(), /key type ""/],
    [new Writer().text('ssh rsa').finish(), /key type "ssh rsa"/],
    [new Writer().text('x'.repeat(65)).finish(), /at most 64/],
    [new Writer().text('ssh-rsa').mpint(3n).mpint(-5n).finish(), /not positive/],
    [new Writer().text('ssh-rsa').mpint(0n).mpint(5n).finish(), /not positive/],
    [
      new Writer()
        .text('ssh-rsa')
        .mpint(3n)
        .mpint(1n << 16_384n)
        .finish(),
      undefined,
    ],
    [
      new Writer()
        .text('ssh-rsa')
        .mpint(3n)
        .mpint(1n << 16_400n)
        .finish(),
      /at most 2049/,
    ],
    [new Writer().text('ssh-ed25519').string(new Uint8Array(31)).finish(), /32 expected/],
    [new Writer().text('ecdsa-sha2-nistp256').text('nistp384').string(point).finish(), /nistp256/],
    [new Writer().text('ecdsa-sha2-nistp256').text('nistp256').string(compressed).finish(), /uncompressed/],
    [new Uint8Array(MAX_PUBLIC_KEY_BLOB + 1), /at most 65536/],
  ] as const) {
    if (message === undefined) assert.equal(parsePublicKeyBlob(blob).bits, 16_385);
    else assert.throws(() => parsePublicKeyBlob(blob), { name: 'FormatError', message });
  }
});

test('parsePublicKeyLine refuses what is not one public key', () => {
  const line = folder.text('ed25519.pub').trim();
  const [type = '', base64 = ''] = line.split(' ');
  for (const text of [
    '',
    type,
    `${type} `,
    `${type} @@@@`,
    `${type} ${base64.slice(0, -1)}`,
    `ssh-rsa ${base64}`,
    `command="true" ${line}`,
    `${line}\n${line}`,
    `${line}\n\n`,
    `${line}\rx`,
    `${line} ${' '.repeat(MAX_PUBLIC_KEY_LINE)}`,
  ]) {
    assert.throws(() => parsePublicKeyLine(text), FormatError, text.slice(0, 80));
  }
});

test('parsePublicKeyLine takes the white space that OpenSSH takes', () => {
  const [type = '', base64 = ''] = folder.text('ed25519.pub').split(' ');
  const blob = decodeBase64(base64);
  assert.deepEqual(parsePublicKeyLine(` \t${type}\t \t${base64}\r\n`), { type, blob, bits: 256 });
  assert.deepEqual(parsePublicKeyLine(`${type} ${base64}  a  b `), {
    type,
    blob,
    bits: 256,
    comment: 'a  b ',
  });
});

test('parsePublicKeyBlob and parsePublicKeyLine throw nothing but FormatError for arbitrary input', () => {
  const types = [...keyTypes.keys(), ...certifiedTypes.keys(), 'ssh-new'];
  const blob = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .tuple(fc.constantFrom(...types), fc.uint8Array({ maxLength: 300 }))
      .map(([type, rest]) => new Writer().text(type).bytes(rest).finish()),
  );
  fc.assert(
    fc.property(blob, fc.string({ unit: 'grapheme' }), (bytes, text) => {
      attempt(() => parsePublicKeyBlob(bytes));
      attempt(() => parsePublicKeyLine(`${text} ${bytes.toBase64()}`));
      attempt(() => parsePublicKeyLine(text));
    }),
  );
});

test('printPublicKeyLine and parsePublicKeyLine are inverse for keys of every type', () => {
  const comment = fc.string({ minLength: 1 }).map((text) => `.${text.replaceAll(/[\r\n]/g, '')}`);
  const number = fc.bigInt({ min: 1n, max: 1n << 4096n });
  const keys = fc.oneof(
    fc.uint8Array({ minLength: 32, maxLength: 32 }).map((key) => blobOf('ssh-ed25519', { key })),
    fc.tuple(number, number).map(([e, n]) => blobOf('ssh-rsa', { e, n })),
    fc.tuple(number, number, number, number).map(([p, q, g, y]) => blobOf('ssh-dss', { p, q, g, y })),
    fc.uint8Array({ maxLength: 200 }).map((rest) => new Writer().text('ssh-new').bytes(rest).finish()),
  );
  fc.assert(
    fc.property(keys, comment, (blob, words) => {
      const key = { ...parsePublicKeyBlob(blob), comment: words };
      assert.deepEqual(parsePublicKeyLine(printPublicKeyLine(key)), key);
    }),
  );
});

function attempt(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof FormatError, String(error));
  }
}
