import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { Reader, Writer, utf8 } from '@orrery/bytes';
import { ecdsaP256, ecdsaP384, ecdsaP521, ed25519, mlDsa44Ed25519, sha256 } from '@orrery/crypto';
import * as fc from 'fast-check';
import { KeyFolder } from '../testing/ssh-keygen.ts';
import { printSshsig, sshsigMessage } from '../testing/sshsig.ts';
import { keySigner } from './key-signer.ts';
import { parsePublicKeyLine, printPublicKeyLine } from './public-key.ts';
import { publicKeyProblem, signatureNames, signatureNamesOf, verifySignature } from './signature.ts';
import { type Sshsig, parseSshsig } from './sshsig.ts';

const folder = new KeyFolder();
after(() => folder.remove());

const message = utf8('hello');
const algorithms = [
  ['ssh-mldsa44-ed25519', mlDsa44Ed25519],
  ['ssh-mldsa44-ed25519@openssh.com', mlDsa44Ed25519],
  ['ssh-ed25519', ed25519],
  ['ecdsa-sha2-nistp256', ecdsaP256],
  ['ecdsa-sha2-nistp384', ecdsaP384],
  ['ecdsa-sha2-nistp521', ecdsaP521],
] as const;

for (const [type, algorithm] of algorithms) {
  suite(type, () => {
    const signer = keySigner(type, algorithm.generate().secretKey);

    test('keySigner signs what verifySignature accepts, and nothing else is accepted', async () => {
      const signature = await signer.sign(message, type);
      assert.deepEqual(signer.algorithms, [type]);
      assert.deepEqual(signatureNamesOf(type), [type]);
      assert.equal(publicKeyProblem(signer.publicKey), undefined);
      assert.equal(verifySignature(signer.publicKey, type, message, signature), true);
      assert.equal(verifySignature(signer.publicKey, type, utf8('hullo'), signature), false);
      assert.equal(verifySignature(signer.publicKey, 'rsa-sha2-512', message, signature), false);
      const trailing = Uint8Array.of(...signature, 0);
      assert.equal(verifySignature(signer.publicKey, type, message, trailing), false);
      const stranger = keySigner(type, algorithm.generate().secretKey);
      assert.equal(verifySignature(stranger.publicKey, type, message, signature), false);
    });

    test('verifySignature refuses a signature with one bit flipped anywhere', async () => {
      const signature = await signer.sign(message, type);
      fc.assert(
        fc.property(fc.nat({ max: signature.length * 8 - 1 }), (bit) => {
          const changed = signature.slice();
          changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          assert.equal(verifySignature(signer.publicKey, type, message, changed), false);
        }),
        { numRuns: 40 },
      );
    });

    test('keySigner refuses another algorithm', async () => {
      await assert.rejects(signer.sign(message, 'ssh-rsa'), {
        name: 'RangeError',
        message: `Cannot sign with "ssh-rsa": the key makes "${type}"`,
      });
    });
  });
}

for (const type of ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521']) {
  test(`ssh-keygen verifies signatures of ${type}`, async () => {
    const algorithm = algorithms.find(([name]) => name === type)?.[1];
    assert.ok(algorithm);
    const { secretKey } = algorithm.generate();
    const signer = keySigner(type, secretKey);
    for (let count = 0; count < 8; count += 1) {
      const signature = await signer.sign(sshsigMessage(message), type);
      assert.match(keygenVerify(type, signer.publicKey, signature), /^Good "file" signature for alice /);
    }
  });

  test(`verifySignature accepts signatures of ${type} by ssh-keygen`, () => {
    const [, kind = '', bits = '256'] = /^(?:ssh-)?(ed25519|ecdsa)(?:-sha2-nistp(\d+))?$/.exec(type) ?? [];
    folder.generate(`own-${type}`, kind, '-b', bits);
    const { publicKey, signature } = keygenSignature(`own-${type}`, type);
    assert.equal(verifySignature(publicKey, type, sshsigMessage(message), signature), true);
  });
}

test('verifySignature accepts signatures of RSA over SHA-2 by ssh-keygen, of the length of the modulus', () => {
  folder.generate('rsa', 'rsa', '-b', '2048');
  const { publicKey, signature } = keygenSignature('rsa', 'rsa-sha2-512');
  const verify = (name: string, bytes: Uint8Array): boolean =>
    verifySignature(publicKey, name, sshsigMessage(message), bytes);
  assert.equal(verify('rsa-sha2-512', signature), true);
  assert.equal(verify('rsa-sha2-256', signature), false);
  assert.equal(verify('ssh-rsa', signature), false);
  const bytes = signature.subarray(-256);
  const blobOf = (name: string, ...raw: readonly number[]): Uint8Array =>
    new Writer().text(name).string(Uint8Array.from(raw)).finish();
  assert.equal(verify('rsa-sha2-512', blobOf('rsa-sha2-512', ...bytes)), true);
  assert.equal(verify('rsa-sha2-512', blobOf('rsa-sha2-512', 0, ...bytes)), false);
  assert.equal(verify('ssh-rsa', blobOf('ssh-rsa', ...bytes)), false);
  assert.deepEqual(signatureNamesOf('ssh-rsa'), ['rsa-sha2-512', 'rsa-sha2-256']);
});

for (const name of ['mldsa44-ed25519', 'ed25519-sk', 'ecdsa-sk']) {
  test(`verifySignature accepts the signature that OpenSSH made with ${name}`, () => {
    const { publicKey, signature } = parseSshsig(vector(`${name}.sig`));
    const { blob, type } = parsePublicKeyLine(vector(`${name}.pub`));
    assert.deepEqual(publicKey, blob);
    assert.equal(verifySignature(publicKey, type, sshsigMessage(message), signature), true);
    assert.equal(verifySignature(publicKey, type, message, signature), false);
    assert.equal(publicKeyProblem(publicKey), undefined);
  });
}

test('verifySignature demands of a security key the touch and the verification that the policy says', async () => {
  const type = 'sk-ssh-ed25519@openssh.com';
  const { secretKey, publicKey: key } = ed25519.generate();
  const publicKey = new Writer().text(type).string(key).text('ssh:').finish();
  const accepted = async (flags: number, touch: boolean, verification: boolean): Promise<boolean> => {
    const counted = new Writer().byte(flags).uint32(7).finish();
    const signed = [...sha256(utf8('ssh:')), ...counted, ...sha256(message)];
    const bytes = await ed25519.signer(secretKey).sign(Uint8Array.from(signed));
    const signature = new Writer().text(type).string(bytes).bytes(counted).finish();
    return verifySignature(publicKey, type, message, signature, { touch, verification });
  };
  const [touched, verified] = [0x01, 0x04];
  assert.equal(await accepted(touched, true, false), true);
  assert.equal(await accepted(touched | verified, true, true), true);
  assert.equal(await accepted(verified, false, true), true);
  assert.equal(await accepted(0, false, false), true);
  assert.equal(await accepted(0, true, false), false);
  assert.equal(await accepted(verified, true, false), false);
  assert.equal(await accepted(touched, true, true), false);
});

test('verifySignature demands a touch of a security key unless told otherwise, and no changed flags or counter', () => {
  const { publicKey, signature } = parseSshsig(vector('ecdsa-sk.sig'));
  const type = 'sk-ecdsa-sha2-nistp256@openssh.com';
  const verify = (bytes: Uint8Array): boolean =>
    verifySignature(publicKey, type, sshsigMessage(message), bytes, { touch: false, verification: false });
  assert.equal(verify(signature), true);
  for (const fromEnd of [1, 4, 5]) {
    const changed = signature.slice();
    const at = changed.length - fromEnd;
    changed[at] = (changed[at] ?? 0) ^ 2;
    assert.equal(verify(changed), false);
  }
  assert.equal(verify(signature.subarray(0, -5)), false);
});

test('publicKeyProblem names keys that are too short, and types without a safe signature', () => {
  folder.generate('short', 'rsa', '-b', '1024');
  const short = parsePublicKeyLine(folder.text('short.pub')).blob;
  assert.equal(publicKeyProblem(short), 'Cannot use RSA key of 1024 bits: 2048 to 16384 expected');
  const { signature } = keygenSignature('short', 'rsa-sha2-512');
  assert.equal(verifySignature(short, 'rsa-sha2-512', sshsigMessage(message), signature), false);
  folder.generate('old', 'dsa');
  assert.equal(
    publicKeyProblem(parsePublicKeyLine(folder.text('old.pub')).blob),
    'Cannot use key of type "ssh-dss": no signature of it is known and safe',
  );
  const badPoint = new Writer().text('ssh-ed25519').string(new Uint8Array(32).fill(0xff)).finish();
  assert.equal(publicKeyProblem(badPoint), 'Cannot use Ed25519 public key: not a point of the group');
});

test('signatureNames begins with the post-quantum ones and has none over SHA-1', () => {
  assert.deepEqual(signatureNames, [
    'ssh-mldsa44-ed25519',
    'ssh-mldsa44-ed25519@openssh.com',
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'sk-ssh-ed25519@openssh.com',
    'sk-ecdsa-sha2-nistp256@openssh.com',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ]);
});

test('verifySignature is false for any bytes as key or signature', () => {
  const { publicKey } = keySigner('ssh-ed25519', ed25519.generate().secretKey);
  const bytes = fc.uint8Array({ maxLength: 200 });
  const inner = fc
    .record({ name: fc.constantFrom(...signatureNames), bytes, trailer: fc.uint8Array({ maxLength: 6 }) })
    .map((value) => new Writer().text(value.name).string(value.bytes).bytes(value.trailer).finish());
  fc.assert(
    fc.property(fc.oneof(bytes, inner), fc.constantFrom(...signatureNames), (signature, name) => {
      assert.equal(verifySignature(publicKey, name, message, signature), false);
      assert.equal(verifySignature(signature, name, message, signature), false);
      const ecdsaKey = parseSshsig(vector('ecdsa-sk.sig')).publicKey;
      assert.equal(verifySignature(ecdsaKey, name, message, signature), false);
    }),
  );
});

function vector(name: string): string {
  return readFileSync(join(import.meta.dirname, '../vectors', name), 'utf8');
}

function keygenVerify(type: string, blob: Uint8Array, signature: Uint8Array): string {
  writeFileSync(join(folder.path, 'allowed'), `alice ${printPublicKeyLine({ type, blob })}\n`);
  writeFileSync(join(folder.path, 'message.sig'), printSshsig(blob, signature));
  const args = ['-Y', 'verify', '-f', 'allowed', '-I', 'alice', '-n', 'file', '-s', 'message.sig'];
  return folder.feed(message, ...args);
}

function keygenSignature(name: string, algorithm: string): Sshsig {
  writeFileSync(join(folder.path, 'message'), message);
  rmSync(join(folder.path, 'message.sig'), { force: true });
  folder.run('-q', '-Y', 'sign', '-n', 'file', '-f', name, 'message');
  const signed = parseSshsig(folder.text('message.sig'));
  assert.equal(new Reader(signed.signature).text(64), algorithm);
  return signed;
}
