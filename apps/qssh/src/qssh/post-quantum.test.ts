import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preferFamilies, verdictLine } from './post-quantum.ts';

test('preferFamilies offers the wanted families in their order, then what is not post-quantum', () => {
  const all = [
    'mlkem768x25519-sha256',
    'mlkem1024nistp384-sha384',
    'sntrup761x25519-sha512',
    'curve25519-sha256',
  ];
  assert.deepEqual(preferFamilies(all, undefined), all);
  assert.deepEqual(preferFamilies(all, 'sntrup761,mlkem768'), [
    'sntrup761x25519-sha512',
    'mlkem768x25519-sha256',
    'curve25519-sha256',
  ]);
});

test('verdictLine says of each leg whether it is post-quantum', () => {
  const direction = { cipher: 'aes256-gcm@openssh.com', mac: undefined, compression: 'none' };
  const negotiated = {
    kex: 'mlkem768x25519-sha256',
    hostKey: 'ssh-mldsa44-ed25519@openssh.com',
    toServer: direction,
    toClient: direction,
    guessedRight: true,
  };
  assert.equal(
    verdictLine(negotiated, { method: 'publickey', algorithm: 'rsa-sha2-512' }),
    'Verdict: key exchange mlkem768x25519-sha256 (post-quantum), host key ssh-mldsa44-ed25519@openssh.com (post-quantum), user key rsa-sha2-512 (not post-quantum)',
  );
  assert.match(
    verdictLine(negotiated, { method: 'password', algorithm: undefined }),
    /user key password \(as safe as the key exchange\)$/,
  );
});
