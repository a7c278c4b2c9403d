// qssh-keygen with ssh-keygen of OpenSSH 10 and puttygen 0.83: what one makes, the other takes.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { OURS, keygen } from '../interop/stage/keygen.ts';
import { type Ended, makeShared, runThere } from './debian-13.ts';

const shared = makeShared();
const at = (name: string): string => join(shared.here, name);

type Keygen = (words: readonly string[], input?: string) => Ended;

/** Ours, in the folder that both see. */
const qsshKeygen: Keygen = (words, input = '') => {
  const { status, stdout, stderr } = keygen(OURS, shared.here, words, input);
  return { code: status, out: stdout, err: stderr };
};
/** Theirs, in the same folder. */
const sshKeygen: Keygen = (words, input = '') =>
  runThere(['sh', '-c', 'cd "$0" && exec ssh-keygen "$@"', shared.there, ...words], input);

const both: readonly (readonly [string, Keygen, string, Keygen])[] = [
  ['qssh-keygen', qsshKeygen, 'ssh-keygen 10.0', sshKeygen],
  ['ssh-keygen 10.0', sshKeygen, 'qssh-keygen', qsshKeygen],
];

function does(ended: Ended): string {
  assert.equal(ended.code, 0, ended.err);
  return ended.out;
}

/** Types of keys, and what their files are turned into. */
const KEYS: readonly (readonly [words: readonly string[], format: string])[] = [
  [['ed25519'], 'RFC4716'],
  [['ecdsa', '-b', '256'], 'PEM'],
  [['ecdsa', '-b', '521'], 'PKCS8'],
  [['rsa', '-b', '2048'], 'PEM'],
  [['rsa', '-b', '2048'], 'RFC4716'],
];

for (const [index, [maker, make, reader, read]] of both.entries()) {
  const ca = `ca${index}`;
  const user = `user${index}`;
  does(make(['-q', '-t', 'ed25519', '-N', '', '-C', 'ca', '-f', ca]));
  does(make(['-q', '-t', 'ecdsa', '-N', '', '-C', 'user', '-f', user]));
  writeFileSync(at('file'), 'text to sign\n');

  suite(`${reader} takes what ${maker} makes:`, () => {
    for (const [number, [words, format]] of KEYS.entries())
      test(`a key of ${words.join(' ')} with a passphrase, which it writes as ${format}`, () => {
        const name = `key${index}-${number}`;
        does(make(['-q', '-a', '2', '-t', ...words, '-N', 'old phrase', '-C', 'me', '-f', name]));
        assert.equal(does(read(['-l', '-f', name])), does(make(['-l', '-f', `${name}.pub`])));
        does(read(['-q', '-a', '2', '-p', '-P', 'old phrase', '-N', 'new phrase', '-m', format, '-f', name]));
        const [type, blob] = does(make(['-y', '-P', 'new phrase', '-f', name])).split(/\s/);
        assert.deepEqual(
          readFileSync(at(`${name}.pub`), 'utf8')
            .split(' ')
            .slice(0, 2),
          [type, blob],
        );
        assert.notEqual(make(['-y', '-P', 'old phrase', '-f', name]).code, 0);
      });

    test('a certificate with everything in it', () => {
      const limits = ['-O', 'clear', '-O', 'force-command=true', '-O', 'source-address=127.0.0.1/32,::1'];
      does(
        make([
          '-q',
          '-s',
          ca,
          '-I',
          'it',
          '-n',
          'a,b',
          '-z',
          '7',
          '-V',
          '20200101:20400101',
          ...limits,
          user,
        ]),
      );
      const shown = does(read(['-L', '-f', `${user}-cert.pub`]));
      assert.equal(shown, does(make(['-L', '-f', `${user}-cert.pub`])));
      for (const words of [
        'Serial: 7',
        'force-command true',
        'source-address 127.0.0.1/32,::1',
        'Key ID: "it"',
      ])
        assert.ok(shown.includes(words), shown);
    });

    test('a list of revoked keys', () => {
      writeFileSync(at('list'), 'serial: 7-9\nid: lost\n');
      const krl = `krl${index}`;
      does(make(['-q', '-k', '-f', krl, '-s', `${ca}.pub`, 'list']));
      const shown = does(read(['-Q', '-l', '-f', krl]));
      assert.match(shown, /^# KRL version 0$/m);
      assert.match(shown, /^serial: 7-9$/m);
      for (const [serial, isRevoked] of [
        ['6', false],
        ['8', true],
      ] as const) {
        does(make(['-q', '-s', ca, '-I', 'it', '-n', 'a', '-z', serial, user]));
        const asked = read(['-Q', '-f', krl, `${user}-cert.pub`]);
        assert.equal(asked.code, isRevoked ? 1 : 0, asked.out + asked.err);
      }
    });

    test('a signature of a file', () => {
      rmSync(at('file.sig'), { force: true });
      does(make(['-Y', 'sign', '-n', 'file', '-f', user, 'file']));
      writeFileSync(at('signers'), `me@example namespaces="file" ${does(make(['-y', '-f', user]))}`);
      const verify = ['-Y', 'verify', '-f', 'signers', '-I', 'me@example', '-n', 'file', '-s', 'file.sig'];
      assert.match(
        does(read(verify, 'text to sign\n')),
        /^Good "file" signature for me@example with ECDSA key /,
      );
      assert.notEqual(read(verify, 'text that was not signed\n').code, 0);
      assert.equal(does(read(['-Y', 'find-principals', '-f', 'signers', '-s', 'file.sig'])), 'me@example\n');
    });
  });
}

suite('puttygen 0.83 and qssh-keygen', () => {
  for (const version of ['2', '3'])
    test(`have the same key in a .ppk of version ${version}`, () => {
      const name = `putty${version}`;
      does(sshKeygen(['-q', '-t', 'ed25519', '-N', '', '-C', 'me', '-f', name]));
      const ppk = `${name}.ppk`;
      const words = ['-O', 'private', '--ppk-param', `version=${version}`, '-o', join(shared.there, ppk)];
      does(runThere(['puttygen', join(shared.there, name), ...words]));
      assert.equal(does(qsshKeygen(['-y', '-f', ppk])).trim(), does(sshKeygen(['-y', '-f', name])).trim());
      does(qsshKeygen(['-q', '-p', '-P', '', '-N', 'phrase', '-f', ppk]));
      writeFileSync(at('phrase'), 'phrase\n');
      const asked = ['--old-passphrase', join(shared.there, 'phrase'), '-O', 'public-openssh'];
      const shown = does(runThere(['puttygen', join(shared.there, ppk), ...asked]));
      assert.equal(shown.trim(), does(sshKeygen(['-y', '-f', name])).trim());
    });
});
