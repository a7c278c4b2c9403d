// A session process of qsshd that its user has taken over. The listener, which is root, must neither end nor grow, and
// others log in as before.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runSsh } from '../interop/stage/ssh.ts';
import { attackNames, type AttackName } from './stage/session-attacks.ts';

const stage = join(import.meta.dirname, 'stage');
const folder = mkdtempSync(join(tmpdir(), 'qsshd-session-'));
after(() => rmSync(folder, { recursive: true, force: true }));
for (const name of ['host', 'user'])
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
const authorized = readFileSync(join(folder, 'user.pub'), 'utf8');
writeFileSync(join(folder, 'keys'), `#!/bin/sh\necho '${authorized.trim()}'\n`, { mode: 0o755 });
// Every folder above another root has to be root's alone: the one for temporary files is not.
const root = mkdtempSync('/run/orrery-taken-');
after(() => rmSync(root, { recursive: true, force: true }));
chmodSync(root, 0o755);
const BELOW_ROOT = '127.0.0.100';
writeFileSync(
  join(folder, 'config'),
  `HostKey ${folder}/host\nAuthorizedKeysFile none\nAuthorizedKeysCommand ${folder}/keys
AuthorizedKeysCommandUser root\nPidFile none\nPermitRootLogin yes\nPerSourcePenalties no
Match Address ${BELOW_ROOT}\nChrootDirectory ${root}\n`,
);

/** Most that a process may grow by, in MiB. The floods are of 96. */
const MAX_GROWTH = 32;

/** Whether it is ended for that, by the name of the attack. */
const isCutOff: Readonly<Record<AttackName, boolean>> = {
  'flood-channel': false,
  'confirm-channel': false,
  'file-channel': false,
  'flood-link': true,
  'flood-terminals': true,
  'garbage-link': true,
  'flood-signer': false,
  'garbage-signer': false,
  'hang-up': true,
  'leave-heirs': true,
};

const server = await start();

async function start() {
  const program = [join(stage, 'hostile-session.ts'), '-D', '-e', '-f', join(folder, 'config')];
  const child = spawn(process.execPath, [...program, '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  after(() => child.kill());
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  /** @param from Only what was logged since then. */
  const logged = async (pattern: RegExp, from = 0): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(log.slice(from));
      if (found !== null) return found;
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`qsshd has ended: ${log}`);
      await Promise.race([once(child.stderr, 'data'), ended]);
    }
  };
  const port = Number((await logged(/Server listening on .* port (\d+)/))[1]);
  return { pid: child.pid ?? 0, port, logSize: () => log.length, logged };
}

function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

/** The numbers of the listener and the signer. */
function lasting(): string[] {
  const signer = childrenOf(server.pid).find((child) => commandOf(child).includes('signer'));
  return [String(server.pid), signer ?? 'none'];
}

/** The most that the listener and the signer had in memory until now, in MiB. */
function peaks(): number[] {
  return lasting().map((id) => {
    const status = readFileSync(`/proc/${id}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
  });
}

function logIn(user: string, from: string): ReturnType<typeof runSsh> {
  const identity = ['-i', join(folder, 'user'), '-o', 'IdentitiesOnly=yes'];
  return runSsh(server.port, [...identity, '-b', from, `${user}@127.0.0.1`, 'id -un']);
}

/** Lets the attacker in, and returns when the attack is over. */
async function letIn(from: string, wasCutOff: boolean): Promise<void> {
  const size = server.logSize();
  const attacker = logIn('nobody', from);
  await server.logged(wasCutOff ? /session process \d+: (?:Cannot|ended)/ : /attack over/, size);
  await attacker; // its connection has ended
}

describe('a session process that is taken over', () => {
  for (const [at, name] of attackNames.entries())
    it(`does no harm by ${name}`, async () => {
      assert.equal((await logIn('root', '127.0.0.1')).stdout.toString(), 'root\n');
      const before = peaks();
      await letIn(`127.0.0.${at + 2}`, isCutOff[name]);
      assert.equal((await logIn('root', '127.0.0.1')).stdout.toString(), 'root\n');
      for (const [process, peak] of peaks().entries())
        assert.ok(peak - (before[process] ?? 0) < MAX_GROWTH, `from ${before[process]} to ${peak} MiB`);
    });

  for (const name of ['garbage-link', 'leave-heirs'] as const)
    it(`leaves nothing open in the listener and the signer by ${name}`, async () => {
      assert.equal((await logIn('root', '127.0.0.1')).stdout.toString(), 'root\n');
      const count = (): number[] => lasting().map((id) => readdirSync(`/proc/${id}/fd`).length);
      const before = count();
      const hasGrown = (): boolean => count().some((now, at) => now > (before[at] ?? 0));
      for (let login = 0; login < 4; login += 1)
        await letIn(`127.0.0.${attackNames.indexOf(name) + 2}`, true);
      for (let look = 0; look < 100 && hasGrown(); look += 1)
        await new Promise((resolve) => setTimeout(resolve, 100));
      assert.ok(!hasGrown(), `${before.join(' and ')} descriptors, then ${count().join(' and ')}`);
    });

  it('leaves no keeper of terminals behind, below another root', async () => {
    const size = server.logSize();
    await letIn(BELOW_ROOT, true);
    assert.equal((await server.logged(/heir (.*)/, size))[1], 'cut off');
    while (childrenOf(server.pid).some((child) => commandOf(child).includes('keeper')))
      await new Promise((resolve) => setTimeout(resolve, 50));
  });
});

describe('a naive listener, which reads what Node reads', () => {
  const naive = (attack: AttackName) =>
    spawnSync(process.execPath, ['--no-warnings', join(stage, 'naive-listener.ts'), attack], {
      encoding: 'utf8',
    });

  it('keeps a message without an end', () => {
    assert.ok(Number(naive('flood-channel').stdout) > 96);
  });

  it('ends for a descriptor of a file, and for words at the wrong time', () => {
    assert.equal(naive('file-channel').signal, 'SIGABRT');
    assert.equal(naive('confirm-channel').status, 1);
  });
});

describe('a session process that does not read its channel', () => {
  const send = (way: 'ours' | 'naive') =>
    spawnSync(process.execPath, ['--no-warnings', join(stage, 'full-channel.ts'), way], { encoding: 'utf8' });

  it('gets the sockets when it reads', () => {
    assert.equal(send('ours').stdout, 'whole\n');
  });

  it('makes a naive listener lose one, or abort: it closes sockets that libuv was yet to send', () => {
    assert.notEqual(send('naive').stdout, 'whole\n');
  });
});
