// qssh against the server of Debian 13.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { makeFolder } from '../interop/stage/folder.ts';
import { CIPHERS, KEX, KEYS, MACS } from './algorithms.ts';
import { makeShared, type Ended } from './debian-13.ts';
import { startSshd10 } from './sshd-10.ts';

const program = (name: string): string => join(import.meta.dirname, '../../bin', name);

const home = makeFolder();
const shared = makeShared();
const port = await startServer();

async function startServer(): Promise<number> {
  const keys: string[] = [];
  for (const [index, words] of Object.values(KEYS).entries()) {
    for (const name of ['host', 'user'])
      execFileSync('ssh-keygen', ['-q', ...words, '-N', '', '-f', join(home, `${name}${index}`)]);
    copyFileSync(join(home, `host${index}`), join(shared.here, `host${index}`));
    keys.push(readFileSync(join(home, `user${index}.pub`), 'utf8'));
  }
  writeFileSync(join(shared.here, 'authorized'), keys.join(''));
  mkdirSync(join(home, '.ssh'), { mode: 0o700 });
  return startSshd10(shared, [
    ...keys.map((_, index) => `HostKey ${shared.there}/host${index}`),
    `AuthorizedKeysFile ${shared.there}/authorized`,
    `KexAlgorithms ${KEX.join()}`,
    `Ciphers ${CIPHERS.join()}`,
    `MACs ${MACS.join()}`,
    'Subsystem sftp internal-sftp',
  ]);
}

function run(name: string, words: readonly string[], input = ''): Ended {
  const settings = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'BatchMode=yes'];
  const flags = ['-F', 'none', ...settings.flatMap((setting) => ['-o', setting])];
  const { status, stdout, stderr } = spawnSync(program(name), [...flags, ...words], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: { ...process.env, HOME: home },
    timeout: 60_000,
  });
  return { code: status, out: stdout, err: stderr };
}

/** Asserts that it logged in and got its answer; gives what it said. */
function logsIn(...words: readonly string[]): string {
  const { code, out, err } = run('qssh', [
    '-v',
    '-i',
    join(home, 'user0'),
    '-p',
    String(port),
    ...words,
    'root@127.0.0.1',
    'echo in',
  ]);
  assert.deepEqual([code, out], [0, 'in\n'], err);
  return err;
}

suite('qssh logs in to sshd 10.0', () => {
  for (const kex of KEX)
    test(`with ${kex}`, () => assert.ok(logsIn('-o', `KexAlgorithms=${kex}`).includes(kex)));

  for (const cipher of CIPHERS)
    test(`with ${cipher}`, () => assert.ok(logsIn('-c', cipher).includes(cipher)));

  for (const mac of MACS)
    test(`with ${mac}`, () => assert.ok(logsIn('-c', 'aes128-ctr', '-m', mac).includes(mac)));

  for (const [index, type] of Object.keys(KEYS).entries())
    test(`with a user key and a host key of ${type}`, () => {
      const said = logsIn(
        '-o',
        `HostKeyAlgorithms=${type}`,
        '-o',
        'IdentitiesOnly=yes',
        '-i',
        join(home, `user${index}`),
      );
      assert.ok(said.includes(type));
    });

  test('compresses', () => assert.match(logsIn('-C'), /zlib@openssh\.com/));

  test('copies with qscp and qsftp', () => {
    const source = join(home, 'user0.pub');
    const options = ['-i', join(home, 'user0'), '-P', String(port)];
    const copy = run('qscp', [...options, source, `root@127.0.0.1:${shared.there}/copied`]);
    assert.equal(copy.code, 0, copy.err);
    assert.deepEqual(readFileSync(join(shared.here, 'copied')), readFileSync(source));
    const batch = `get ${shared.there}/copied ${home}/back\n`;
    const sftp = run('qsftp', [...options, '-b', '-', 'root@127.0.0.1'], batch);
    assert.equal(sftp.code, 0, sftp.err);
    assert.deepEqual(readFileSync(join(home, 'back')), readFileSync(source));
  });
});
