// A session process of qsshd that its user has taken over. The listener, which is root, must neither end nor grow, and
// others log in as before.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runSsh } from '../interop/stage/ssh.ts';

const stage = join(import.meta.dirname, 'stage');
const folder = mkdtempSync(join(tmpdir(), 'qsshd-session-'));
after(() => rmSync(folder, { recursive: true, force: true }));
for (const name of ['host', 'user'])
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
const authorized = readFileSync(join(folder, 'user.pub'), 'utf8');
writeFileSync(join(folder, 'keys'), `#!/bin/sh\necho '${authorized.trim()}'\n`, { mode: 0o755 });
const config = [
  `HostKey ${folder}/host`,
  'AuthorizedKeysFile none',
  `AuthorizedKeysCommand ${folder}/keys`,
  'AuthorizedKeysCommandUser root',
  'PidFile none',
  'PermitRootLogin yes',
  'PerSourcePenalties no',
];

/** Most that a process may grow by, in MiB. The floods are of 96. */
const MAX_GROWTH = 32;

const outcomes: Readonly<Record<string, { readonly isCutOff: boolean }>> = {
  'flood-channel': { isCutOff: false },
  'confirm-channel': { isCutOff: false },
  'file-channel': { isCutOff: false },
  'flood-link': { isCutOff: true },
  'garbage-link': { isCutOff: true },
  'flood-terminals': { isCutOff: true },
  'flood-signer': { isCutOff: false },
  'garbage-signer': { isCutOff: false },
};

interface Server {
  readonly pid: number;
  readonly port: number;
  log(): string;
  logged(pattern: RegExp): Promise<void>;
  stop(): Promise<void>;
}

async function start(attack: string, matches: readonly string[] = []): Promise<Server> {
  writeFileSync(join(folder, 'config'), [...config, ...matches].join('\n'));
  const program = [join(stage, 'hostile-session.ts'), '-D', '-e', '-f', join(folder, 'config')];
  const child = spawn(process.execPath, [...program, '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, LANG: attack },
  });
  const ended = once(child, 'exit');
  after(() => child.kill());
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const logged = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(log)) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`qsshd has ended: ${log}`);
      await Promise.race([once(child.stderr, 'data'), ended]);
    }
  };
  await logged(/Server listening/);
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
  };
  return { pid: child.pid ?? 0, port: Number(/ port (\d+)/.exec(log)?.[1]), log: () => log, logged, stop };
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

function partsOf({ pid }: Server): string[] {
  return childrenOf(pid).map(commandOf);
}

/** The most that the listener and the signer had in memory until now, in MiB. */
function peaks({ pid }: Server): number[] {
  const signer = childrenOf(pid).find((child) => commandOf(child).includes('signer'));
  return [String(pid), signer].map((id) => {
    const status = readFileSync(`/proc/${id}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
  });
}

function logIn({ port }: Server, user: string): ReturnType<typeof runSsh> {
  return runSsh(port, [
    '-i',
    join(folder, 'user'),
    '-o',
    'IdentitiesOnly=yes',
    `${user}@127.0.0.1`,
    'id -un',
  ]);
}

describe('a session process that is taken over', () => {
  for (const [attack, { isCutOff }] of Object.entries(outcomes))
    it(`does no harm by ${attack}`, async () => {
      const server = await start(attack);
      assert.equal((await logIn(server, 'root')).stdout.toString(), 'root\n');
      const before = peaks(server);
      const attacker = logIn(server, 'nobody');
      await server.logged(isCutOff ? /session process \d+: (?:Cannot|ended)/ : /attack over/);
      const { stdout } = await logIn(server, 'root');
      assert.equal(stdout.toString(), 'root\n');
      for (const [at, peak] of peaks(server).entries())
        assert.ok(peak - (before[at] ?? 0) < MAX_GROWTH, `${attack}: from ${before[at]} to ${peak} MiB`);
      await attacker; // its connection has ended
      await server.stop();
    });
});

describe('a session process below another root that is taken over', () => {
  it('leaves no keeper of terminals behind', async () => {
    const root = mkdtempSync('/run/orrery-taken-');
    after(() => rmSync(root, { recursive: true, force: true }));
    chmodSync(root, 0o755);
    const server = await start('flood-terminals', [`Match User nobody\nChrootDirectory ${root}\n`]);
    const attacker = logIn(server, 'nobody');
    await server.logged(/session process \d+: (?:Cannot|ended)/);
    await attacker;
    while (partsOf(server).some((line) => line.includes('keeper')))
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal((await logIn(server, 'root')).stdout.toString(), 'root\n');
    await server.stop();
  });
});

describe('a naive listener, which reads what Node reads', () => {
  const naive = (attack: string) =>
    spawnSync(process.execPath, ['--no-warnings', join(stage, 'naive-listener.ts')], {
      encoding: 'utf8',
      env: { ...process.env, LANG: attack },
    });

  it('keeps a message without an end', () => {
    assert.ok(Number(naive('flood-channel').stdout) > 96);
  });

  it('ends for a descriptor of a file, and for words at the wrong time', () => {
    assert.equal(naive('file-channel').signal, 'SIGABRT');
    assert.equal(naive('confirm-channel').status, 1);
  });
});
