// Our server without root, and as a program that inetd or a ProxyCommand starts.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { makeFolder } from './stage/folder.ts';
import { QSSHD } from './stage/qsshd.ts';

const run = promisify(execFile);
const NOBODY = 65_534;
const folder = makeFolder();
for (const name of ['host', 'user'])
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
writeFileSync(join(folder, 'authorized'), readFileSync(join(folder, 'user.pub')));
const config = join(folder, 'config');
writeFileSync(
  config,
  `HostKey ${folder}/host\nAuthorizedKeysFile ${folder}/authorized\nStrictModes no\nPermitRootLogin yes
PidFile none\nSubsystem sftp internal-sftp\nUsePAM yes\nHostKey ${folder}/missing\n`,
);
// A file of its own, by which its processes are known.
const inetdConfig = join(folder, 'inetd-config');
cpSync(config, inetdConfig);
const own = ['-F', 'none', '-i', join(folder, 'user'), '-o', 'IdentitiesOnly=yes', '-o', 'LogLevel=ERROR'];
const options = [...own, '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'];

describe('qsshd -i', () => {
  const proxy = ['-o', `ProxyCommand=${process.execPath} ${QSSHD} -i -f ${inetdConfig}`, 'root@anywhere'];

  it('serves its standard input and output, and writes nothing else', async () => {
    const { stdout, stderr } = await run('ssh', [...options, ...proxy, 'echo out; echo err >&2']);
    assert.deepEqual([stdout, stderr], ['out\n', 'err\n']);
  });

  it('ends with its connection, and so does all that it started', async () => {
    await run('ssh', [...options, ...proxy, 'true']);
    for (let tries = 0; tries < 50 && processes().length > 0; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(processes(), []);
  });

  /** Command lines of processes with that configuration. */
  function processes(): string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => commandLine(pid))
      .filter((line) => line.includes(inetdConfig));
  }

  function commandLine(pid: string): string {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return '';
    }
  }
});

describe('qsshd without root', async () => {
  chmodSync(folder, 0o711);
  for (const name of readdirSync(folder)) if (name !== 'user') chownSync(join(folder, name), NOBODY, NOBODY);
  const log = await startAsNobody(['-f', config]);
  const port = / port (\d+)/.exec(log)?.[1] ?? '';

  it('says the fingerprints of its host keys', () => {
    const [, print = ''] = execFileSync('ssh-keygen', ['-lf', join(folder, 'host.pub')], {
      encoding: 'utf8',
    }).split(' ');
    assert.ok(log.includes(`Host key ED25519 ${print}`), log);
  });

  it('names what it does not support, and the key that is missing', () => {
    assert.match(log, /config line 7: "usepam yes" is not supported and has no effect/);
    assert.match(log, /Unable to load host key: .*missing/);
  });

  it('serves the user that it runs as, and nobody else', async () => {
    writeFileSync(join(folder, 'batch'), `get ${folder}/config ${folder}/got\n`);
    const sftp = (user: string): Promise<unknown> =>
      run('sftp', [...options, '-P', port, '-b', join(folder, 'batch'), `${user}@127.0.0.1`]);
    await sftp('nobody');
    assert.equal(statSync(join(folder, 'got')).size, statSync(config).size);
    await assert.rejects(sftp('root'), /Permission denied/);
  });
});

describe('qsshd without root and without a configuration', async () => {
  const home = join(folder, 'home');
  mkdirSync(home, { mode: 0o700 });
  chownSync(home, NOBODY, NOBODY);
  const words = ['-o', `AuthorizedKeysFile=${folder}/authorized`, '-o', 'StrictModes=no'];
  const port = / port (\d+)/.exec(await startAsNobody(words, home))?.[1] ?? '';

  it('makes its host keys in the home of its user, for that user alone, and has SFTP', async () => {
    const keys = ['ssh_host_ed25519_key', 'ssh_host_mldsa44_ed25519_key'];
    assert.deepEqual(
      readdirSync(join(home, '.qssh')).toSorted(),
      keys.flatMap((name) => [name, `${name}.pub`]),
    );
    for (const name of keys) assert.equal(statSync(join(home, '.qssh', name)).mode & 0o777, 0o600);
    const known = join(folder, 'known');
    const line = readFileSync(join(home, '.qssh/ssh_host_ed25519_key.pub'), 'utf8');
    writeFileSync(known, `[127.0.0.1]:${port} ${line}`);
    writeFileSync(join(folder, 'batch'), 'ls /\n');
    const knows = ['-o', `UserKnownHostsFile=${known}`, '-o', 'StrictHostKeyChecking=yes'];
    const { stdout } = await run('sftp', [
      ...own,
      ...knows,
      '-P',
      port,
      '-b',
      join(folder, 'batch'),
      'nobody@127.0.0.1',
    ]);
    assert.match(stdout, /\/etc/);
  });
});

/** Starts one as nobody, and gives what it says until it listens. */
async function startAsNobody(words: readonly string[], home = folder): Promise<string> {
  const program = spawn(process.execPath, [QSSHD, '-D', '-e', '--listen', '127.0.0.1:0', ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
    uid: NOBODY,
    gid: NOBODY,
    env: { ...process.env, HOME: home },
  });
  after(() => program.kill());
  let log = '';
  program.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  while (!log.includes('Server listening')) {
    if (program.exitCode !== null) throw new Error(log);
    await once(program.stderr, 'data');
  }
  return log;
}

describe('qsshd -t', () => {
  it('says nothing of what is right, a root of the file system among it', async () => {
    const file = join(folder, 'right');
    writeFileSync(file, `ChrootDirectory /srv\nHostKey ${folder}/host\n`);
    const { stdout, stderr } = await run(process.execPath, [QSSHD, '-t', '-f', file]);
    assert.deepEqual([stdout, stderr], ['', '']);
  });
});
