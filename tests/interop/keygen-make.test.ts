import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { enableFalcon, parsePrivateKey, parsePublicKeyLine } from '@orrery/keys';
import { makeFolder } from './stage/folder.ts';
import { OURS, type Said, THEIRS, keygen } from './stage/keygen.ts';

function ours(folder: string, words: readonly string[], input = '', more = {}): Said {
  return keygen(OURS, folder, words, input, more);
}

const text = (...path: readonly string[]): string => readFileSync(join(...path), 'utf8');

for (const words of [
  ['-t', 'ed25519'],
  ['-t', 'ecdsa', '-b', '384'],
  ['-t', 'rsa', '-b', '2048'],
])
  test(`qssh-keygen ${words.join(' ')} says what ssh-keygen does, whose files say the same`, () => {
    const folder = makeFolder();
    const said = ours(folder, [...words, '-N', '', '-C', 'a b', '-f', 'key']);
    const like = keygen(THEIRS, folder, [...words, '-N', '', '-C', 'a b', '-f', 'theirs']);
    // All but the fingerprint and the picture, which ssh-keygen then sees in our file.
    const frame = (stdout: string): string =>
      stdout.replaceAll('theirs', 'key').replaceAll(/^(SHA256:\S*|\|.*\|$)/gm, '');
    assert.deepEqual([said.status, said.stderr, frame(said.stdout)], [0, '', frame(like.stdout)]);
    const shown = keygen(THEIRS, folder, ['-lv', '-f', 'key.pub']).stdout;
    assert.equal(said.stdout.slice(said.stdout.indexOf('+-')), shown.slice(shown.indexOf('+-')));
    assert.equal(keygen(THEIRS, folder, ['-y', '-f', 'key']).stdout, text(folder, 'key.pub'));
    assert.deepEqual(
      ['key', 'key.pub'].map((name) => statSync(join(folder, name)).mode & 0o777),
      [0o600, 0o644],
    );
  });

test('qssh-keygen without -t makes the composite and Ed25519 beside it, where qssh looks for them', () => {
  const folder = makeFolder();
  const said = ours(folder, ['-N', ''], '\n');
  assert.equal(said.status, 0, said.stderr);
  assert.match(said.stdout, /^Generating public\/private mldsa44-ed25519 and ed25519 key pairs\.\n/);
  assert.deepEqual(readdirSync(join(folder, '.ssh')), [
    'id_ed25519',
    'id_ed25519.pub',
    'id_mldsa44_ed25519',
    'id_mldsa44_ed25519.pub',
  ]);
  assert.equal(statSync(join(folder, '.ssh')).mode & 0o777, 0o700);
  assert.equal(
    parsePublicKeyLine(text(folder, '.ssh/id_mldsa44_ed25519.pub').trimEnd()).type,
    'ssh-mldsa44-ed25519',
  );
  assert.equal(keygen(THEIRS, folder, ['-y', '-f', '.ssh/id_ed25519']).status, 0);
});

test('qssh-keygen makes falcon and sphincs+ with a word on what they are, and signs with them', async () => {
  await enableFalcon();
  const folder = makeFolder();
  writeFileSync(join(folder, 'letter'), 'hello\n');
  for (const [name, type, words] of [
    ['falcon', 'ssh-falcon512', /an experiment/],
    ['sphincs+', 'ssh-slh-dsa-sha2-128s', /FIPS 205/],
  ] as const) {
    const said = ours(folder, ['-t', name, '-N', '', '-f', type]);
    assert.equal(said.status, 0);
    assert.match(said.stderr, words);
    assert.equal(parsePrivateKey(readFileSync(join(folder, type))).type, type);
    assert.equal(ours(folder, ['-Y', 'sign', '-n', 'file', '-f', type, 'letter']).status, 0);
    writeFileSync(join(folder, 'allowed'), `me ${text(folder, `${type}.pub`)}`);
    const verify = ['-q', '-Y', 'verify', '-n', 'file', '-I', 'me', '-f', 'allowed', '-s', 'letter.sig'];
    assert.deepEqual(ours(folder, verify, 'hello\n'), { status: 0, stdout: '', stderr: '' });
    assert.equal(ours(folder, verify, 'other\n').status, 255);
    rmSync(join(folder, 'letter.sig'));
  }
  const refused = ours(folder, ['-t', 'lamport', '-f', 'none']);
  assert.deepEqual([refused.status, refused.stdout, existsSync(join(folder, 'none'))], [255, '', false]);
});

test('qssh-keygen replaces a file only after a yes, as ssh-keygen', () => {
  const folder = makeFolder();
  const words = ['-q', '-t', 'ed25519', '-N', '', '-f', 'key'];
  assert.equal(ours(folder, words).status, 0);
  const first = text(folder, 'key');
  for (const answer of ['', 'n\n', '\n']) {
    const said = ours(folder, words, answer);
    const like = keygen(THEIRS, folder, words, answer);
    assert.deepEqual([said.status, said.stdout], [like.status, like.stdout]);
    assert.equal(text(folder, 'key'), first);
  }
  assert.equal(ours(folder, words, 'y\n').status, 0);
  assert.notEqual(text(folder, 'key'), first);
});

test('qssh-keygen leaves nothing where the public key cannot be written', () => {
  const folder = makeFolder();
  mkdirSync(join(folder, 'key.pub'));
  const said = ours(folder, ['-q', '-t', 'ed25519', '-N', '', '-f', 'key']);
  assert.equal(said.status, 1);
  assert.deepEqual(readdirSync(folder), ['key.pub']);
  const nowhere = ours(folder, ['-q', '-t', 'ed25519', '-N', '', '-f', 'none/key']);
  assert.equal(nowhere.status, 1);
});

test('qssh-keygen asks for a passphrase twice, by a program or on standard input', () => {
  const folder = makeFolder();
  const askpass = join(folder, 'askpass');
  writeFileSync(askpass, '#!/bin/sh\necho "$1" >> asked\necho secret\n', { mode: 0o755 });
  const words = ['-q', '-t', 'ed25519', '-a', '4', '-f'];
  const environment = { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
  assert.equal(ours(folder, [...words, 'asked-key'], '', environment).status, 0);
  assert.equal(
    text(folder, 'asked'),
    'Enter passphrase (empty for no passphrase): \nEnter same passphrase again: \n',
  );
  assert.equal(ours(folder, [...words, 'typed-key'], 'secret\nsecret\n').status, 0);
  for (const name of ['asked-key', 'typed-key']) {
    assert.equal(
      keygen(THEIRS, folder, ['-y', '-P', 'secret', '-f', name]).stdout,
      text(folder, `${name}.pub`),
    );
    assert.equal(keygen(THEIRS, folder, ['-y', '-P', 'other', '-f', name]).status, 255);
  }
  assert.equal(ours(folder, [...words, 'differs'], 'secret\nother\n').status, 1);
  assert.equal(existsSync(join(folder, 'differs')), false);
});

test('qssh-keygen -A makes the host keys that are missing', () => {
  const folder = makeFolder();
  mkdirSync(join(folder, 'etc/ssh'), { recursive: true });
  const said = ours(folder, ['-A', '-f', folder]);
  assert.deepEqual(
    [said.status, said.stdout],
    [0, 'qssh-keygen: generating new host keys: MLDSA44-ED25519 RSA ECDSA ED25519 \n'],
  );
  const rsa = text(folder, 'etc/ssh/ssh_host_rsa_key');
  writeFileSync(join(folder, 'etc/ssh/ssh_host_ed25519_key'), '');
  assert.equal(
    ours(folder, ['-A', '-f', folder], 'y\n').stdout,
    'qssh-keygen: generating new host keys: ED25519 \n',
  );
  assert.equal(text(folder, 'etc/ssh/ssh_host_rsa_key'), rsa);
  assert.deepEqual(ours(folder, ['-A', '-f', folder]), { status: 0, stdout: '', stderr: '' });
  assert.equal(keygen(THEIRS, folder, ['-A', '-f', folder]).stdout, '');
});
