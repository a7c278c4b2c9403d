// Certificates of qsshd's keys, to ssh that Debian 12 does not have yet.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { makeFolder } from '../interop/stage/folder.ts';
import { startQsshd } from '../interop/stage/qsshd.ts';
import { KEYS } from './algorithms.ts';
import { makeShared, runThere, type Ended } from './debian-13.ts';

const folder = makeFolder();
const shared = makeShared();
const path = (name: string): string => join(folder, name);
function keygen(...words: readonly string[]): void {
  execFileSync('ssh-keygen', ['-q', ...words]);
}

keygen('-t', 'ed25519', '-N', '', '-f', path('ca'));
const lines = Object.entries(KEYS).flatMap(([name, words]) => {
  keygen(...words, '-N', '', '-f', path(name));
  keygen('-s', path('ca'), '-h', '-I', name, '-n', 'a.example', path(`${name}.pub`));
  return [`HostKey ${path(name)}`, `HostCertificate ${path(`${name}-cert.pub`)}`];
});
const qsshd = await startQsshd(folder, [...lines, 'HostKeyAlgorithms *']);
copyFileSync(qsshd.key, join(shared.here, 'user_key'));
chmodSync(join(shared.here, 'user_key'), 0o600);
const authority = readFileSync(path('ca.pub'), 'utf8');
writeFileSync(join(shared.here, 'known_hosts'), `@cert-authority *.example ${authority}`);

/** What ssh of Debian 13 comes to that knows the CA alone. */
function logIn(host: string, algorithm: string): Ended {
  const settings = [
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${join(shared.there, 'known_hosts')}`,
    `HostKeyAlias=${host}`,
    `HostKeyAlgorithms=${algorithm}-cert-v01@openssh.com`,
    'BatchMode=yes',
  ].flatMap((setting) => ['-o', setting]);
  const key = ['-i', join(shared.there, 'user_key')];
  return runThere([
    'ssh',
    '-F',
    'none',
    ...settings,
    ...key,
    '-p',
    String(qsshd.port),
    '127.0.0.1',
    'echo in',
  ]);
}

suite('ssh 10.0 knows qsshd by its CA', () => {
  for (const algorithm of Object.keys(KEYS))
    test(`with a certificate of ${algorithm}`, () => {
      const { code, out, err } = logIn('a.example', algorithm);
      assert.deepEqual([code, out], [0, 'in\n'], err);
    });

  test('but not as another host', () => {
    const { code, err } = logIn('b.example', 'ssh-ed25519');
    assert.equal(code, 255);
    assert.match(err, /name is not a listed principal/);
  });
});
