// Other implementations of SSH, as Debian 13 has them: Dropbear, whose client guesses the key exchange, and paramiko and
// asyncssh, which are written in Python.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { startAgent } from '../interop/stage/agents.ts';
import { makeFolder } from '../interop/stage/folder.ts';
import { freePort } from '../interop/stage/free-port.ts';
import { startQsshd } from '../interop/stage/qsshd.ts';
import { debian13, makeShared, runThere, startThere } from './debian-13.ts';

const QSSH = join(import.meta.dirname, '../../bin/qssh');

const folder = makeFolder();
const shared = makeShared();
const qsshd = await startQsshd(folder, ['Subsystem sftp internal-sftp']);
const agent = await startAgent('qssh-agent', join(folder, 'agent'));
const key = join(shared.there, 'key');
copyFileSync(qsshd.key, join(shared.here, 'key'));
chmodSync(join(shared.here, 'key'), 0o600);
const data = randomBytes(3_000_000);
writeFileSync(join(shared.here, 'data'), data);

/** Runs a program in Python in the tree, with the names of a file to write and one to read. */
function python(lines: readonly string[]): string {
  writeFileSync(join(shared.here, 'program.py'), `${lines.join('\n')}\n`);
  const { code, out, err } = runThere(['python3', join(shared.there, 'program.py')]);
  assert.equal(code, 0, err);
  return out;
}

suite('qsshd serves', () => {
  test('dbclient, which guesses the key exchange', () => {
    const dropbearKey = join(shared.there, 'dropbear_key');
    const made = runThere(['dropbearconvert', 'openssh', 'dropbear', key, dropbearKey]);
    assert.equal(made.code, 0, made.err);
    const where = ['-y', '-y', '-i', dropbearKey, '-p', String(qsshd.port), 'root@127.0.0.1'];
    const { code, out, err } = runThere(['dbclient', ...where, 'wc -c; exit 3'], 'x'.repeat(3_000_000));
    assert.deepEqual([code, out.trim()], [3, '3000000'], err);
  });

  test('paramiko, which runs a program and copies files', () => {
    const written = join(folder, 'by-paramiko');
    const said = python([
      'import paramiko',
      'client = paramiko.SSHClient()',
      'client.set_missing_host_key_policy(paramiko.AutoAddPolicy())',
      `client.connect('127.0.0.1', ${qsshd.port}, 'root', key_filename='${key}', allow_agent=False, look_for_keys=False)`,
      `data = open('${shared.there}/data', 'rb').read()`,
      "stdin, stdout, stderr = client.exec_command('cat; echo aside >&2; exit 5')",
      'stdin.write(data)',
      'stdin.flush()',
      'stdin.channel.shutdown_write()',
      'print(stdout.read() == data, stderr.read(), stdout.channel.recv_exit_status())',
      'sftp = client.open_sftp()',
      `with sftp.open('${written}', 'wb') as file: file.write(data)`,
      `print(sftp.open('${written}', 'rb').read() == data)`,
      'client.close()',
    ]);
    assert.equal(said, "True b'aside\\n' 5\nTrue\n");
    assert.deepEqual(readFileSync(written), data);
  });

  test('asyncssh, which compresses and copies files', () => {
    const written = join(folder, 'by-asyncssh');
    const said = python([
      'import asyncio, asyncssh',
      'async def main():',
      `  options = {'username': 'root', 'client_keys': ['${key}'], 'known_hosts': None, 'compression_algs': ['zlib@openssh.com']}`,
      `  async with asyncssh.connect('127.0.0.1', ${qsshd.port}, **options) as client:`,
      "    found = await client.run('echo in; echo aside >&2; exit 5')",
      "    print(found.stdout, found.stderr, found.exit_status, client.get_extra_info('recv_compression'))",
      '    async with client.start_sftp_client() as sftp:',
      `      data = open('${shared.there}/data', 'rb').read()`,
      `      async with sftp.open('${written}', 'wb') as file: await file.write(data)`,
      `      async with sftp.open('${written}', 'rb') as file: print(await file.read() == data)`,
      'asyncio.run(main())',
    ]);
    assert.equal(said, 'in\n aside\n 5 zlib@openssh.com\nTrue\n');
    assert.deepEqual(readFileSync(written), data);
  });
});

suite('qssh logs in to', () => {
  test('dropbear, post-quantum', async () => {
    // Nobody else may be able to write any folder above: that is not so below /tmp.
    const keys = join(debian13(), 'root/.ssh');
    mkdirSync(keys, { recursive: true, mode: 0o700 });
    writeFileSync(join(keys, 'authorized_keys'), `${qsshd.keyLine}\n`, { mode: 0o600 });
    const hostKey = join(shared.there, 'dropbear_host_key');
    assert.equal(runThere(['dropbearkey', '-t', 'ed25519', '-f', hostKey]).code, 0);
    const port = await freePort();
    const place = ['-p', `127.0.0.1:${port}`, '-r', hostKey];
    const dropbear = startThere(['dropbear', '-F', '-E', ...place]);
    after(() => void dropbear.kill());
    // It does not say when it listens.
    const settings = [
      'StrictHostKeyChecking=no',
      'UserKnownHostsFile=/dev/null',
      'ConnectionAttempts=20',
    ].flatMap((setting) => ['-o', setting]);
    const where = ['-F', 'none', ...settings, '-i', qsshd.key, '-p', String(port), 'root@127.0.0.1'];
    const { status, stdout, stderr } = spawnSync(QSSH, ['-v', ...where, 'cat; exit 7'], {
      input: data,
      maxBuffer: 2 ** 26,
      env: { ...process.env, HOME: folder },
    });
    assert.equal(status, 7, stderr.toString());
    assert.deepEqual(stdout, data);
    assert.match(stderr.toString(), /Verdict: key exchange mlkem768x25519-sha256 \(post-quantum\)/);
    const env = { ...process.env, HOME: folder, SSH_AUTH_SOCK: agent.socket };
    spawnSync('ssh-add', ['-q', qsshd.key], { env });
    const forwarded = spawnSync(QSSH, ['-A', ...where, 'ssh-add -l'], { encoding: 'utf8', env });
    assert.match(forwarded.stdout, / \(ED25519\)\n$/);
    assert.match(forwarded.stderr, /^Warning: 127\.0\.0\.1 does not bind sessions: /m);
  });
});
