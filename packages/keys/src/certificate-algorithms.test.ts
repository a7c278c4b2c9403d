import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  algorithmNamesOf,
  certificateAlgorithmOf,
  certificateAlgorithms,
  certificateSigner,
  signatureNameOf,
} from './certificate-algorithms.ts';
import { generatePrivateKey } from './generate-private-key.ts';

test('certificateAlgorithms has a name for each signature', () => {
  assert.deepEqual(certificateAlgorithms, [
    'ssh-mldsa44-ed25519-cert',
    'ssh-mldsa44-ed25519-cert-v01@openssh.com',
    'ssh-ed25519-cert-v01@openssh.com',
    'ecdsa-sha2-nistp256-cert-v01@openssh.com',
    'ecdsa-sha2-nistp384-cert-v01@openssh.com',
    'ecdsa-sha2-nistp521-cert-v01@openssh.com',
    'sk-ssh-ed25519-cert-v01@openssh.com',
    'sk-ecdsa-sha2-nistp256-cert-v01@openssh.com',
    'rsa-sha2-512-cert-v01@openssh.com',
    'rsa-sha2-256-cert-v01@openssh.com',
  ]);
  assert.equal(certificateAlgorithmOf('ssh-mldsa-65'), undefined);
});

test('algorithmNamesOf gives the names of a type, which for RSA are two', () => {
  assert.deepEqual(algorithmNamesOf('ssh-rsa'), ['rsa-sha2-512', 'rsa-sha2-256']);
  assert.deepEqual(algorithmNamesOf('ssh-rsa-cert-v01@openssh.com'), [
    'rsa-sha2-512-cert-v01@openssh.com',
    'rsa-sha2-256-cert-v01@openssh.com',
  ]);
  assert.deepEqual(algorithmNamesOf('ssh-ed25519-cert-v01@openssh.com'), [
    'ssh-ed25519-cert-v01@openssh.com',
  ]);
  assert.deepEqual(algorithmNamesOf('ssh-dss-cert-v01@openssh.com'), []);
});

test('signatureNameOf is the way back, and leaves other names as they are', () => {
  assert.equal(signatureNameOf('rsa-sha2-256-cert-v01@openssh.com'), 'rsa-sha2-256');
  assert.equal(signatureNameOf('sk-ssh-ed25519-cert-v01@openssh.com'), 'sk-ssh-ed25519@openssh.com');
  assert.equal(signatureNameOf('ssh-rsa-cert-v01@openssh.com'), 'ssh-rsa-cert-v01@openssh.com');
  assert.equal(signatureNameOf('ssh-ed25519'), 'ssh-ed25519');
});

test('certificateSigner shows the certificate and makes the signature of the key', async () => {
  const key = generatePrivateKey('ssh-ed25519', '').signer();
  const signer = certificateSigner(key, Uint8Array.of(1));
  assert.deepEqual(signer.publicKey, Uint8Array.of(1));
  assert.deepEqual(signer.algorithms, ['ssh-ed25519-cert-v01@openssh.com']);
  const message = Uint8Array.of(2);
  assert.deepEqual(
    await signer.sign(message, 'ssh-ed25519-cert-v01@openssh.com'),
    await key.sign(message, 'ssh-ed25519'),
  );
});
