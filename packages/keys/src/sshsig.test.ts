import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FormatError, utf8 } from '@orrery/bytes';
import { sha256, sha512 } from '@orrery/crypto';
import * as fc from 'fast-check';
import { claimsOf } from '../testing/claims.ts';
import { KeyFolder } from '../testing/ssh-keygen.ts';
import { parseAllowedSigners } from './allowed-signers.ts';
import { isAllowedSigner } from './find-signers.ts';
import { type KeySigner, keySigner } from './key-signer.ts';
import { parsePrivateKey } from './private-key-file.ts';
import { parsePublicKeyLine, printPublicKeyLine } from './public-key.ts';
import { signCertificate } from './sign-certificate.ts';
import { parseSshsig, printSshsig, signSshsig, verifySshsig } from './sshsig.ts';

const folder = new KeyFolder();
after(() => folder.remove());
const names = folder.generateEach();

const message = utf8('hello');
writeFileSync(join(folder.path, 'message'), message);

function signerOf(name: string): KeySigner {
  return parsePrivateKey(folder.read(name)).signer();
}

/** What ssh-keygen says of a signature of the message; its exit code where it refuses it. */
function checked(text: string, namespace: string): string | number | null {
  writeFileSync(join(folder.path, 'ours.sig'), text);
  const args = ['-Y', 'check-novalidate', '-n', namespace, '-s', 'ours.sig'];
  const { status, stdout } = folder.tryWith(message, ...args);
  return status === 0 ? stdout : status;
}

for (const name of names)
  for (const hash of ['sha256', 'sha512'] as const)
    test(`signSshsig with ${name} over ${hash} is what ssh-keygen takes, and the reverse`, async () => {
      const ours = await signSshsig(signerOf(name), message, { namespace: 'file', hash });
      assert.match(String(checked(printSshsig(ours), 'file')), /^Good "file" signature with /);
      assert.equal(checked(printSshsig(ours), 'git'), 255);
      const text = folder.feed(message, '-Y', 'sign', '-n', 'a@example', '-O', `hashalg=${hash}`, '-f', name);
      const theirs = parseSshsig(text);
      assert.deepEqual(theirs.publicKey, parsePublicKeyLine(folder.text(`${name}.pub`)).blob);
      assert.deepEqual([theirs.namespace, theirs.hash], ['a@example', hash]);
      assert.equal(verifySshsig(theirs, 'a@example', message), true);
      assert.equal(verifySshsig(theirs, 'file', message), false);
      assert.equal(verifySshsig(theirs, 'a@example', utf8('hullo')), false);
      assert.equal(printSshsig(theirs), text);
    });

test('signSshsig shows a certificate of the key, as ssh-keygen does', async () => {
  folder.run('-q', '-s', 'rsa', '-I', 'id', '-n', 'alice', 'ed25519.pub');
  const certificate = parsePublicKeyLine(folder.text('ed25519-cert.pub')).blob;
  const ours = await signSshsig(signerOf('ed25519'), message, { namespace: 'file', certificate });
  assert.match(String(checked(printSshsig(ours), 'file')), /^Good "file" signature with ED25519-CERT key /);
  const theirs = parseSshsig(folder.feed(message, '-Y', 'sign', '-n', 'file', '-f', 'ed25519-cert.pub'));
  assert.deepEqual(theirs.publicKey, certificate);
  assert.equal(verifySshsig(theirs, 'file', message), true);
  const forged = certificate.slice();
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
  assert.equal(verifySshsig({ ...theirs, publicKey: forged }, 'file', message), false);
});

test('verifySshsig takes a certificate of a CA whose signatures are only taken where somebody names them', async () => {
  const ca = keySigner('ssh-mldsa-44', new Uint8Array(32).fill(4));
  const signer = signerOf('ed25519');
  const certificate = await signCertificate(claimsOf(signer.publicKey), ca);
  const made = await signSshsig(signer, message, { namespace: 'file', certificate: certificate.blob });
  assert.equal(verifySshsig(made, 'file', message), true);
  const line = printPublicKeyLine({ type: 'ssh-mldsa-44', blob: ca.publicKey });
  const { signers } = parseAllowedSigners(`alice cert-authority ${line}`);
  assert.equal(isAllowedSigner(signers, made, 'alice', Date.UTC(2030, 0, 1)), true);
});

test('signSshsig and verifySshsig take the hash of a message that is too long to be held', async () => {
  const signer = signerOf('ed25519');
  const made = await signSshsig(signer, { digest: sha512(message) }, { namespace: 'file' });
  assert.equal(verifySshsig(made, 'file', message), true);
  assert.equal(verifySshsig(made, 'file', { digest: sha512(message) }), true);
  assert.equal(verifySshsig(made, 'file', { digest: sha256(message) }), false);
  await assert.rejects(signSshsig(signer, { digest: sha256(message) }, { namespace: 'file' }), {
    name: 'RangeError',
    message: 'Cannot sign digest of 32 bytes: 64 of "sha512" expected',
  });
});

test('signSshsig signs with the algorithm that it is told, and refuses empty namespaces and foreign certificates', async () => {
  const rsa = signerOf('rsa');
  const made = await signSshsig(rsa, message, { namespace: 'file', algorithm: 'rsa-sha2-256' });
  assert.equal(new TextDecoder().decode(made.signature.subarray(4, 16)), 'rsa-sha2-256');
  await assert.rejects(signSshsig(rsa, message, { namespace: '' }), RangeError);
  const certificate = parsePublicKeyLine(folder.text('ed25519.pub')).blob;
  await assert.rejects(signSshsig(rsa, message, { namespace: 'file', certificate }), {
    message: 'Cannot sign file: the key made no signature with "rsa-sha2-512" that verifies',
  });
});

for (const name of ['mldsa44-ed25519', 'ed25519-sk', 'ecdsa-sk'])
  test(`verifySshsig takes the signature that OpenSSH made with ${name}`, () => {
    const sshsig = parseSshsig(readFileSync(join(import.meta.dirname, '../vectors', `${name}.sig`), 'utf8'));
    assert.equal(verifySshsig(sshsig, 'file', message), true);
    assert.equal(verifySshsig(sshsig, 'file', utf8('hullo')), false);
  });

test('parseSshsig reads lines that end in CR, and what stands behind the end; nothing stands before it', async () => {
  const text = printSshsig(await signSshsig(signerOf('ed25519'), message, { namespace: 'file' }));
  const sshsig = parseSshsig(text);
  assert.deepEqual(parseSshsig(text.replaceAll('\n', '\r\n')), sshsig);
  assert.deepEqual(parseSshsig(`${text}more\n`), sshsig);
  for (const bad of [
    '',
    ` ${text}`,
    `\n${text}`,
    text.replace('-----END', '----END'),
    text.replace('U1NI', 'U1NJ'),
  ])
    assert.throws(() => parseSshsig(bad), FormatError, bad);
});

test('parseSshsig refuses every signature that is cut, and any text', async () => {
  const signer = keySigner('ssh-ed25519', new Uint8Array(32).fill(1));
  const text = printSshsig(await signSshsig(signer, message, { namespace: 'file' }));
  for (let length = 0; length < text.length - 1; length += 1)
    assert.throws(() => parseSshsig(text.slice(0, length)), FormatError, String(length));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const block = `-----BEGIN SSH SIGNATURE-----\n${bytes.toBase64()}\n-----END SSH SIGNATURE-----\n`;
      assert.throws(() => parseSshsig(block), FormatError);
    }),
  );
});
