// Our server as a daemon: how it starts, reads its configuration again, and ends; and who stays connected meanwhile.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { makeFolder } from './stage/folder.ts';
import { freePort } from './stage/free-port.ts';
import { QSSHD, startQsshd, type Qsshd } from './stage/qsshd.ts';
import { runSsh } from './stage/ssh.ts';

/** A shell at the other end, which answers as long as it lives. */
class Shell {
  readonly program: ChildProcess;
  stderr = '';
  #output = '';

  constructor({ key, port }: Pick<Qsshd, 'key' | 'port'>, words: readonly string[] = []) {
    const hosts = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'];
    const args = [
      '-F',
      'none',
      '-T',
      '-i',
      key,
      '-p',
      String(port),
      ...hosts,
      ...words,
      'root@127.0.0.1',
      'sh',
    ];
    this.program = spawn('ssh', args, { stdio: 'pipe' });
    this.program.stdout?.on('data', (data: Buffer) => {
      this.#output += data.toString();
    });
    this.program.stderr?.on('data', (data: Buffer) => {
      this.stderr += data.toString();
    });
    after(() => void this.program.kill());
  }

  /** What a command says that says it in one line. */
  async say(command: string): Promise<string> {
    this.#output = '';
    this.program.stdin?.write(`${command}\n`);
    while (!this.#output.includes('\n')) {
      if (this.program.stdout?.readableEnded === true)
        throw new Error(`The connection has ended: ${this.stderr}`);
      await Promise.race([once(this.program.stdout ?? this.program, 'data'), once(this.program, 'close')]);
    }
    return this.#output.trim();
  }

  async end(): Promise<void> {
    const closed = once(this.program, 'close');
    this.program.stdin?.end();
    await closed;
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
}

async function gone(pid: number): Promise<void> {
  while (existsSync(`/proc/${pid}`)) await new Promise((resolve) => setTimeout(resolve, 20));
}

const place = makeFolder();
const reloaded = await startQsshd(place, ['SetEnv STATE=first']);
const doomed = await startQsshd(makeFolder(), ['RekeyLimit 1M']);

describe('the listener', () => {
  it('reads its configuration again for SIGHUP: new connections have the new one, old ones go on', async () => {
    const shell = new Shell(reloaded);
    assert.equal(await shell.say('echo $STATE'), 'first');
    const text = readFileSync(reloaded.config, 'utf8');
    writeFileSync(reloaded.config, text.replace('STATE=first', 'STATE=second'));
    const port = await reload();
    const { stdout } = await runSsh(port, ['-i', reloaded.key, 'root@127.0.0.1', 'echo $STATE']);
    assert.equal(stdout.toString(), 'second\n');
    assert.equal(await shell.say('echo still $STATE'), 'still first');
    await shell.end();
  });

  it('stays with the configuration that it has where the new one cannot be used', async () => {
    const port = lastPort();
    const text = readFileSync(reloaded.config, 'utf8');
    for (const [broken, problem] of [
      [`${text}Nonsense yes\n`, /Cannot use the new configuration: .*Bad configuration option: nonsense/],
      [text.replace(/HostKey .*/, `HostKey ${place}/none`), /Cannot use the new configuration: .*signer/],
    ] as const) {
      writeFileSync(reloaded.config, broken);
      process.kill(reloaded.pid, 'SIGHUP');
      await reloaded.logged(problem);
      const { stdout } = await runSsh(port, ['-i', reloaded.key, 'root@127.0.0.1', 'echo $STATE']);
      assert.equal(stdout.toString(), 'second\n');
    }
    writeFileSync(reloaded.config, text.replace('STATE=second', 'STATE=third'));
    const { stdout } = await runSsh(await reload(), ['-i', reloaded.key, 'root@127.0.0.1', 'echo $STATE']);
    assert.equal(stdout.toString(), 'third\n');
  });

  it('may end: sessions go on, with new keys, and nothing is left when they end', async () => {
    const shell = new Shell(doomed, ['-v']);
    assert.equal(await shell.say('echo in'), 'in');
    const parts = childrenOf(doomed.pid);
    await doomed.stop();
    const exchanges = (): number => shell.stderr.split('SSH2_MSG_NEWKEYS received').length - 1;
    assert.equal(exchanges(), 1);
    for (let round = 0; round < 4; round += 1)
      assert.equal(await shell.say('head -c 1500000 /dev/zero >&2; echo on'), 'on');
    assert.ok(exchanges() > 2, `${exchanges()} key exchanges`);
    await shell.end();
    await Promise.all(parts.map(gone));
  });

  /** The port on which it then listens. */
  async function reload(): Promise<number> {
    const starts = reloaded.log().split('Server listening').length;
    process.kill(reloaded.pid, 'SIGHUP');
    await reloaded.logged(new RegExp(`(?:Server listening[^]*\\n){${starts}}`));
    return lastPort();
  }

  function lastPort(): number {
    return Number([...reloaded.log().matchAll(/Server listening on 127\.0\.0\.1 port (\d+)/g)].at(-1)?.[1]);
  }
});

describe('qsshd in the background', () => {
  const folder = makeFolder();
  const pidFile = join(folder, 'pid');
  after(() => {
    if (existsSync(pidFile)) process.kill(Number(readFileSync(pidFile, 'utf8')));
  });

  it('returns when it listens, writes its number down, and takes that away when it ends', async () => {
    for (const name of ['host', 'user'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
    const port = await freePort();
    const config = join(folder, 'config');
    writeFileSync(
      config,
      `HostKey ${folder}/host\nAuthorizedKeysFile ${folder}/user.pub\nStrictModes no\nPermitRootLogin yes
PidFile ${pidFile}\nListenAddress 127.0.0.1:${port}\n`,
    );
    const start = () =>
      spawnSync(process.execPath, [QSSHD, '-f', config, '-E', join(folder, 'log')], { encoding: 'utf8' });
    const first = start();
    assert.deepEqual([first.status, first.stdout, first.stderr], [0, '', '']);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    const { stdout } = await runSsh(port, ['-i', join(folder, 'user'), 'root@127.0.0.1', 'echo in']);
    assert.equal(stdout.toString(), 'in\n');

    const second = start();
    assert.equal(second.status, 1);
    assert.match(second.stderr, new RegExp(`Bind to port ${port} on 127\\.0\\.0\\.1 failed: .*in use`));
    assert.equal(Number(readFileSync(pidFile, 'utf8')), pid);

    process.kill(pid, 'SIGTERM');
    await gone(pid);
    assert.equal(existsSync(pidFile), false);
    assert.match(readFileSync(join(folder, 'log'), 'utf8'), /Received signal 15; terminating/);
  });
});
