import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findKind } from './key-kinds.ts';

test('findKind knows the names of ssh-keygen, sizes of ECDSA and full names of types', () => {
  const typeOf = (name: string, bits?: number): string => findKind(name, bits).type;
  assert.equal(typeOf('ed25519'), 'ssh-ed25519');
  assert.equal(typeOf('ED25519', 4096), 'ssh-ed25519');
  assert.equal(typeOf('ecdsa'), 'ecdsa-sha2-nistp256');
  assert.equal(typeOf('ecdsa', 521), 'ecdsa-sha2-nistp521');
  assert.equal(typeOf('rsa-sha2-256'), 'ssh-rsa');
  assert.equal(typeOf('ecdsa-sha2-nistp384'), 'ecdsa-sha2-nistp384');
  assert.equal(typeOf('ssh-mldsa44-ed25519@openssh.com'), 'ssh-mldsa44-ed25519@openssh.com');
  assert.deepEqual(findKind('ssh-mldsa-65', undefined), {
    type: 'ssh-mldsa-65',
    word: 'mldsa-65',
    file: 'id_mldsa_65',
  });
});

test('findKind takes falcon and sphincs+ with a word on what they are', () => {
  assert.equal(findKind('falcon', undefined).type, 'ssh-falcon512');
  assert.match(findKind('falcon', undefined).note ?? '', /^falcon is Falcon-512, an experiment/);
  assert.equal(findKind('ssh-falcon1024', undefined).file, 'id_falcon1024');
  assert.match(findKind('ssh-falcon1024', undefined).note ?? '', /an experiment/);
  assert.equal(findKind('sphincs+', undefined).type, 'ssh-slh-dsa-sha2-128s');
  assert.match(findKind('sphincs+', undefined).note ?? '', /^sphincs\+ is SLH-DSA-SHA2-128s/);
});

test('findKind refuses what is not made, and says what to use instead', () => {
  const refusals = {
    falcon768: /there is no Falcon-768: use mldsa44-ed25519/,
    lamport: /signs only once: use sphincs\+/,
    dsa: /too weak: use mldsa44-ed25519/,
    'ed25519-sk': /security keys cannot be made here/,
    'sk-ssh-ed25519@openssh.com': /^unknown key type sk-ssh-ed25519@openssh\.com$/,
    bogus: /^unknown key type bogus$/,
  };
  for (const [name, message] of Object.entries(refusals))
    assert.throws(() => findKind(name, undefined), { name: 'KeygenError', message, exitCode: 255 });
  assert.throws(() => findKind('ecdsa', 512), { message: /valid lengths are 256, 384 or 521 bits$/ });
});
