import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FormatError, Writer, concat } from '@orrery/bytes';
import { ed25519, ecdsaP256, sha256 } from '@orrery/crypto';
import * as fc from 'fast-check';
import { KeyFolder } from '../testing/ssh-keygen.ts';
import { certificateOptionData, certificateOptionText } from './certificate-options.ts';
import { type Certificate, FOREVER, parseCertificate } from './certificate.ts';
import { type KeySigner, keySigner } from './key-signer.ts';
import { parsePrivateKey } from './private-key-file.ts';
import { parsePublicKeyBlob, parsePublicKeyLine, printPublicKeyLine } from './public-key.ts';
import { type CertificateClaims, signCertificate } from './sign-certificate.ts';
import { signatureNames } from './signature.ts';
import { verifyCertificate } from './verify-certificate.ts';

const folder = new KeyFolder();
after(() => folder.remove());

const authorities = folder.generateEach();
const subject = parsePublicKeyLine(folder.text('ed25519.pub')).blob;

const claims: CertificateClaims = {
  key: subject,
  serial: 7n,
  type: 'user',
  keyId: 'alice on laptop',
  principals: ['alice', 'backup'],
  validAfter: 1_600_000_000n,
  validBefore: 4_000_000_000n,
  criticalOptions: new Map([
    ['source-address', certificateOptionData('192.0.2.0/24')],
    ['force-command', certificateOptionData('true')],
  ]),
  extensions: new Map([
    ['permit-pty', certificateOptionData()],
    ['permit-agent-forwarding', certificateOptionData()],
  ]),
};

function signerOf(name: string): KeySigner {
  return parsePrivateKey(folder.read(name)).signer();
}

/** Signs with ssh-keygen, and reads what it wrote. */
function certified(ca: string, name: string, ...options: readonly string[]): Certificate {
  folder.run('-q', '-s', ca, '-I', 'an id', ...options, `${name}.pub`);
  return parseCertificate(parsePublicKeyLine(folder.text(`${name}-cert.pub`)).blob);
}

/** What ssh-keygen says of a certificate; it refuses one whose signature does not verify. */
function listed(blob: Uint8Array): string[] {
  const { type } = parsePublicKeyBlob(blob);
  writeFileSync(join(folder.path, 'listed-cert.pub'), `${printPublicKeyLine({ type, blob })}\n`);
  const lines = folder.run('-L', '-f', 'listed-cert.pub').split('\n').slice(1);
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}

for (const ca of authorities) {
  test(`parseCertificate and verifyCertificate read what ssh-keygen signs with ${ca}, for every type of key`, () => {
    for (const name of authorities) {
      const certificate = certified(
        ca,
        name,
        '-n',
        'alice,bob',
        '-z',
        '18446744073709551615',
        '-V',
        '0x10:0x20',
      );
      assert.deepEqual(
        [certificate.key, certificate.caKey],
        [
          parsePublicKeyLine(folder.text(`${name}.pub`)).blob,
          parsePublicKeyLine(folder.text(`${ca}.pub`)).blob,
        ],
      );
      assert.deepEqual(
        [certificate.type, certificate.keyId, certificate.serial, certificate.principals],
        ['user', 'an id', 2n ** 64n - 1n, ['alice', 'bob']],
      );
      assert.equal(verifyCertificate(certificate, signatureNames), true);
      const host = certified(ca, name, '-h', '-n', '*.example');
      assert.deepEqual([host.type, host.principals], ['host', ['*.example']]);
      assert.equal(verifyCertificate(host, signatureNames), true);
    }
  });

  test(`ssh-keygen reads what signCertificate signs with ${ca}`, async () => {
    const certificate = await signCertificate(claims, signerOf(ca));
    const [type, key, , id, serial, valid, ...rest] = listed(certificate.blob);
    assert.equal(type, 'Type: ssh-ed25519-cert-v01@openssh.com user certificate');
    assert.equal(key, `Public key: ED25519-CERT ${folder.list('ed25519.pub').fingerprint}`);
    assert.deepEqual([id, serial], ['Key ID: "alice on laptop"', 'Serial: 7']);
    assert.match(valid ?? '', /^Valid: from 2020-09-1\dT\d\d:26:40 to 2096-10-0\dT\d\d:06:40$/);
    assert.deepEqual(rest, [
      'Principals:',
      'alice',
      'backup',
      'Critical Options:',
      'force-command true',
      'source-address 192.0.2.0/24',
      'Extensions:',
      'permit-agent-forwarding',
      'permit-pty',
    ]);
    const host = await signCertificate({ ...claims, type: 'host', principals: ['*.example'] }, signerOf(ca));
    assert.equal(listed(host.blob)[0], 'Type: ssh-ed25519-cert-v01@openssh.com host certificate');
  });
}

test('parseCertificate reads options, extensions and times as ssh-keygen writes them', () => {
  const certificate = certified(
    'ed25519',
    'p256',
    ...'-O clear -O permit-pty -O force-command=ls -O source-address=192.0.2.0/24 -O verify-required'.split(
      ' ',
    ),
    ...'-O critical:a@example=b -O extension:c@example -V always:20300101Z'.split(' '),
  );
  assert.equal(certificate.keyType, 'ecdsa-sha2-nistp256-cert-v01@openssh.com');
  assert.deepEqual(
    [...certificate.criticalOptions.keys()],
    ['a@example', 'force-command', 'source-address', 'verify-required'],
  );
  assert.equal(certificateOptionText(certificate.criticalOptions.get('force-command') ?? subject), 'ls');
  assert.deepEqual(certificate.criticalOptions.get('verify-required'), new Uint8Array());
  assert.deepEqual([...certificate.extensions.keys()], ['c@example', 'permit-pty']);
  assert.deepEqual(
    [certificate.validAfter, certificate.validBefore],
    [0n, BigInt(Date.UTC(2030, 0, 1) / 1000)],
  );
  const host = certified('ed25519', 'p256', '-h', '-n', 'host.example');
  assert.deepEqual([host.type, host.validAfter, host.validBefore], ['host', 0n, FOREVER]);
  assert.deepEqual([host.serial, host.criticalOptions.size, host.extensions.size], [0n, 0, 0]);
});

test('verifyCertificate takes only an algorithm that the policy has', () => {
  const certificate = certified('rsa', 'p256', '-t', 'rsa-sha2-256');
  assert.equal(verifyCertificate(certificate, ['rsa-sha2-256']), true);
  assert.equal(verifyCertificate(certificate, ['rsa-sha2-512', 'ssh-ed25519']), false);
  assert.equal(verifyCertificate(certified('rsa', 'p256', '-t', 'ssh-rsa'), ['ssh-rsa']), false);
});

test('verifyCertificate is false with one bit changed anywhere that parseCertificate lets pass', () => {
  const { blob } = certified('ed25519', 'ed25519', '-n', 'alice');
  for (let bit = 0; bit < blob.length * 8; bit += 5) {
    const changed = blob.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    try {
      assert.equal(verifyCertificate(parseCertificate(changed), signatureNames), false);
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error));
    }
  }
});

test('parseCertificate reads the certificate of a composite key that OpenSSH 10.6 signed, and its signature verifies', () => {
  const text = readFileSync(join(import.meta.dirname, '../vectors/mldsa44-ed25519-cert.pub'), 'utf8');
  const certificate = parseCertificate(parsePublicKeyLine(text).blob);
  assert.equal(certificate.keyType, 'ssh-mldsa44-ed25519-cert');
  assert.equal(verifyCertificate(certificate, signatureNames), true);
});

test('signCertificate certifies composite keys by composite keys', async () => {
  const ca = keySigner('ssh-mldsa44-ed25519@openssh.com', new Uint8Array(64).fill(1));
  const { publicKey } = keySigner('ssh-mldsa44-ed25519@openssh.com', new Uint8Array(64).fill(2));
  const certificate = await signCertificate({ ...claims, key: publicKey }, ca);
  assert.equal(certificate.keyType, 'ssh-mldsa44-ed25519-cert-v01@openssh.com');
  assert.equal(verifyCertificate(certificate, ['ssh-mldsa44-ed25519@openssh.com']), true);
});

for (const type of ['sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com']) {
  test(`signCertificate signs with a security key of type ${type}, and ssh-keygen verifies it`, async () => {
    const certificate = await signCertificate(claims, securityKey(type));
    assert.equal(listed(certificate.blob)[3], 'Key ID: "alice on laptop"');
    assert.deepEqual(parsePublicKeyBlob(certificate.caKey).type, type);
    const ofSecurityKey = await signCertificate(
      { ...claims, key: securityKey(type).publicKey },
      signerOf('ed25519'),
    );
    assert.equal(listed(ofSecurityKey.blob)[0], `Type: ${type.replace('@', '-cert-v01@')} user certificate`);
  });
}

/** A signer that does what a security key does (OpenSSH's PROTOCOL.u2f). */
function securityKey(type: string): KeySigner {
  const algorithm = type.includes('ed25519') ? ed25519 : ecdsaP256;
  const plainType = algorithm === ed25519 ? 'ssh-ed25519' : 'ecdsa-sha2-nistp256';
  const plain = keySigner(plainType, algorithm.generate().secretKey);
  const fields = plain.publicKey.subarray(4 + plainType.length);
  return {
    publicKey: new Writer().text(type).bytes(fields).text('ssh:').finish(),
    algorithms: [type],
    sign: async (message) => {
      const counted = new Writer().byte(1).uint32(9).finish();
      const signed = concat(sha256(new TextEncoder().encode('ssh:')), counted, sha256(message));
      const signature = await plain.sign(signed, plainType);
      return new Writer()
        .text(type)
        .bytes(signature.subarray(4 + plainType.length))
        .bytes(counted)
        .finish();
    },
  };
}

test('signCertificate refuses what no certificate can say, and a signer that signs otherwise', async () => {
  const ca = signerOf('ed25519');
  const refusal = async (changed: Partial<CertificateClaims>, signer = ca): Promise<string> => {
    const error: unknown = await signCertificate({ ...claims, ...changed }, signer).catch(
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof RangeError, String(error));
    return error.message;
  };
  const start = 'Cannot sign certificate:';
  const many = Array.from({ length: 257 }, (_, at) => `user${at}`);
  assert.equal(await refusal({ principals: many }), `${start} found 257 principals, at most 256 expected`);
  assert.equal(await refusal({ principals: ['alice', ''] }), `${start} a principal is empty`);
  assert.equal(
    await refusal({ validBefore: claims.validAfter }),
    `${start} it ends at 1600000000, not behind 1600000000`,
  );
  const { blob } = await signCertificate(claims, ca);
  assert.match(
    await refusal({ key: blob }),
    /there is none for keys of type "ssh-ed25519-cert-v01@openssh.com"$/,
  );
  const nested = { ...ca, publicKey: blob };
  assert.equal(await refusal({}, nested), `${start} the key of the CA is a certificate`);
  const other = {
    ...signerOf('rsa'),
    sign: (message: Uint8Array) => ca.sign(message, 'ssh-ed25519'),
    algorithms: ['ssh-ed25519'],
  };
  assert.equal(await refusal({}, other), `${start} the key of the CA made no signature with "ssh-ed25519"`);
});

test('signCertificate and parseCertificate are inverse for all claims', async () => {
  const ca = keySigner('ssh-ed25519', new Uint8Array(32).fill(3));
  const word = fc
    .string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
    .filter((text) => !text.includes('\0'));
  const options = fc.dictionary(word, fc.option(word, { nil: undefined }), {
    maxKeys: 5,
    noNullPrototype: true,
  });
  const property = fc.asyncProperty(
    fc.array(word),
    word,
    options,
    fc.bigInt({ min: 0n, max: FOREVER }),
    async (principals, keyId, named, serial) => {
      const criticalOptions = new Map(
        Object.entries(named).map(([name, value]) => [name, certificateOptionData(value)]),
      );
      const certificate = await signCertificate(
        { ...claims, principals, keyId, serial, criticalOptions },
        ca,
      );
      assert.deepEqual(
        [certificate.principals, certificate.keyId, certificate.serial],
        [principals, keyId, serial],
      );
      assert.deepEqual(Object.fromEntries(certificate.criticalOptions), Object.fromEntries(criticalOptions));
    },
  );
  await fc.assert(property, { numRuns: 50 });
});

test('parseCertificate refuses plain keys, and any bytes with a FormatError', () => {
  assert.throws(() => parseCertificate(subject), FormatError);
  const { blob } = certified('ed25519', 'ed25519', '-n', 'alice');
  for (let length = 0; length < blob.length; length += 1)
    assert.throws(() => parseCertificate(blob.subarray(0, length)), FormatError);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) =>
      assert.throws(() => parseCertificate(bytes), FormatError),
    ),
  );
});
