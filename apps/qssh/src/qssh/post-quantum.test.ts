import assert from 'node:assert/strict';
import { test } from 'node:test';
import { algorithmLines, preferFamilies, verdictLine } from './post-quantum.ts';

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

test('algorithmLines says what was agreed on in the words that people know from ssh -v', () => {
  const direction = { cipher: 'aes256-gcm@openssh.com', mac: undefined, compression: 'none' };
  const mac = { cipher: 'aes128-ctr', mac: 'hmac-sha2-256', compression: 'zlib@openssh.com' };
  const names = { kex: 'curve25519-sha256', hostKey: 'ssh-ed25519', guessedRight: true };
  assert.deepEqual(algorithmLines({ ...names, toServer: direction, toClient: mac }), [
    'kex: algorithm: curve25519-sha256',
    'kex: host key algorithm: ssh-ed25519',
    'kex: server->client cipher: aes128-ctr MAC: hmac-sha2-256 compression: zlib@openssh.com',
    'kex: client->server cipher: aes256-gcm@openssh.com MAC: <implicit> compression: none',
  ]);
});
