// Clients that Debian 12 does not have yet, against qsshd.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { makeFolder } from '../interop/stage/folder.ts';
import { signatureNames } from '@orrery/keys';
import { startQsshd, type Qsshd } from '../interop/stage/qsshd.ts';
import { CIPHERS, KEX, KEYS, MACS } from './algorithms.ts';
import { makeShared, runThere, type Ended } from './debian-13.ts';

const folder = makeFolder();
const shared = makeShared();
const qsshd = await startQsshd(folder, [
  `KexAlgorithms ${KEX.join()}`,
  `Ciphers ${CIPHERS.join()}`,
  `MACs ${MACS.join()}`,
  'Subsystem sftp internal-sftp',
]);
copyKey(qsshd.key, 'user_key');

/** What ssh of Debian 13 comes to at that server. */
function ssh(server: Qsshd, words: readonly string[]): Ended {
  const settings = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'BatchMode=yes'];
  return runThere([
    'ssh',
    '-v',
    '-F',
    'none',
    ...settings.flatMap((setting) => ['-o', setting]),
    '-i',
    join(shared.there, 'user_key'),
    '-p',
    String(server.port),
    ...words,
  ]);
}

function copyKey(path: string, name: string): void {
  const copy = join(shared.here, name);
  copyFileSync(path, copy);
  chmodSync(copy, 0o600);
}

/** Asserts that it logged in and got its answer. */
function succeeds({ code, out, err }: Ended): string {
  assert.deepEqual([code, out], [0, 'in\n'], err);
  return err;
}

suite('ssh 10.0 logs in to qsshd', () => {
  for (const kex of KEX)
    test(`with ${kex}`, () => {
      const said = succeeds(ssh(qsshd, ['-o', `KexAlgorithms=${kex}`, '127.0.0.1', 'echo in']));
      assert.match(said, new RegExp(`kex: algorithm: ${kex.replaceAll('.', '\\.')}\\r?$`, 'm'));
    });

  for (const cipher of CIPHERS)
    test(`with ${cipher}`, () => {
      const said = succeeds(ssh(qsshd, ['-c', cipher, '127.0.0.1', 'echo in']));
      assert.match(said, new RegExp(`kex: server->client cipher: ${cipher} `));
    });

  for (const mac of MACS)
    test(`with ${mac}`, () => {
      const said = succeeds(ssh(qsshd, ['-c', 'aes128-ctr', '-m', mac, '127.0.0.1', 'echo in']));
      assert.match(said, new RegExp(`kex: client->server cipher: aes128-ctr MAC: ${mac} `));
    });

  test('with compression, once the user is known', () => {
    const said = succeeds(ssh(qsshd, ['-C', '127.0.0.1', 'echo in']));
    for (const way of ['server->client', 'client->server'])
      assert.match(said, new RegExp(`kex: ${way} .* compression: zlib@openssh.com`));
    assert.match(said, /Enabling compression at level 6/);
  });

  for (const [algorithm, words] of Object.entries(KEYS))
    test(`with a user key and a host key of ${algorithm}`, async () => {
      const place = makeFolder();
      for (const name of ['host', 'user'])
        execFileSync('ssh-keygen', ['-q', ...words, '-N', '', '-f', join(place, name)]);
      const server = await startQsshd(place, [
        `HostKey ${join(place, 'host')}`,
        `HostKeyAlgorithms ${algorithm}`,
        `AuthorizedKeysFile ${join(place, 'user.pub')}`,
      ]);
      copyKey(join(place, 'user'), 'user_of_type');
      const said = succeeds(ssh(server, ['-i', join(shared.there, 'user_of_type'), '127.0.0.1', 'echo in']));
      assert.match(said, new RegExp(`kex: host key algorithm: ${algorithm}`));
      assert.match(said, /Server accepts key: .*user_of_type/);
      await server.stop();
    });

  test('and hears anew what keys may sign with, once its user is known', async () => {
    const place = makeFolder();
    const rule = ['Match User root', 'PubkeyAcceptedAlgorithms ssh-ed25519'];
    const server = await startQsshd(place, ['PubkeyAcceptedAlgorithms ssh-ed25519,rsa-sha2-512'], rule);
    copyKey(server.key, 'user_key_of_root');
    const said = succeeds(
      ssh(server, ['-i', join(shared.there, 'user_key_of_root'), '127.0.0.1', 'echo in']),
    );
    const told = [...said.matchAll(/server-sig-algs=<(.*?)>/g)].map(([, names]) => names);
    assert.deepEqual(told, [signatureNames.join(), 'ssh-ed25519']);
    await server.stop();
  });

  test('with sftp and scp', () => {
    const options = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'];
    const key = ['-i', join(shared.there, 'user_key')];
    const from = qsshd.config;
    const copy = runThere([
      'scp',
      '-q',
      '-P',
      String(qsshd.port),
      ...options,
      ...key,
      `127.0.0.1:${from}`,
      `${shared.there}/copy`,
    ]);
    assert.equal(copy.code, 0, copy.err);
    assert.deepEqual(readFileSync(join(shared.here, 'copy')), readFileSync(from));
    const batch = `get ${from} ${shared.there}/copy2\nput ${shared.there}/copy2 ${folder}/copy3\n`;
    const sftp = runThere(
      ['sftp', '-b', '-', '-P', String(qsshd.port), ...options, ...key, '127.0.0.1'],
      batch,
    );
    assert.equal(sftp.code, 0, sftp.err);
    assert.deepEqual(readFileSync(join(folder, 'copy3')), readFileSync(from));
  });
});

suite('plink 0.83 logs in to qsshd', () => {
  for (const kex of [
    'mlkem768x25519-sha256',
    'mlkem768nistp256-sha256',
    'mlkem1024nistp384-sha384',
    'sntrup761x25519-sha512',
    'curve25519-sha256',
    'ecdh-sha2-nistp384',
  ])
    test(`with ${kex}`, async () => {
      const { code, out, err } = await plink([`KexAlgorithms ${kex}`], []);
      assert.deepEqual([code, out], [0, 'in\n'], err);
    });

  test('with compression, once the user is known', async () => {
    const { code, out, err } = await plink([], ['-C']);
    assert.deepEqual([code, out], [0, 'in\n'], err);
    for (const way of ['compression', 'decompression'])
      assert.match(err, new RegExp(`Initialised delayed zlib \\(RFC1950\\) ${way}`));
  });
});

/** What plink comes to at a server of its own. */
async function plink(config: readonly string[], options: readonly string[]): Promise<Ended> {
  const place = makeFolder();
  const server = await startQsshd(place, config);
  copyKey(server.key, 'plain_key');
  const ppk = join(shared.there, 'key.ppk');
  const made = runThere(['puttygen', join(shared.there, 'plain_key'), '-O', 'private', '-o', ppk]);
  assert.equal(made.code, 0, made.err);
  const print = execFileSync('ssh-keygen', ['-lf', join(place, 'host_key.pub')], { encoding: 'utf8' });
  const hostKey = ['-hostkey', print.split(' ')[1] ?? ''];
  const where = ['-P', String(server.port), 'root@127.0.0.1'];
  const ended = runThere([
    'plink',
    '-batch',
    '-v',
    '-ssh',
    ...options,
    '-i',
    ppk,
    ...hostKey,
    ...where,
    'echo in',
  ]);
  await server.stop();
  return ended;
}
