// Hosts between which an agent is forwarded, and keys for it.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { startAgent } from './agents.ts';
import { makeEtc, type TestAccount } from './own-etc.ts';
import { startQsshd, type Qsshd } from './qsshd.ts';
import { startSshd } from './sshd.ts';

const bin = resolve(import.meta.dirname, '../../../bin');

export type ClientName = 'ssh' | 'qssh';
export type ServerName = 'sshd' | 'qsshd';
export type AgentName = 'ssh-agent' | 'qssh-agent';

/** Every client with every server and every agent. */
export const pairings = (['ssh', 'qssh'] as const).flatMap((client) =>
  (['sshd', 'qsshd'] as const).flatMap((server) =>
    (['ssh-agent', 'qssh-agent'] as const).map((agent) => ({ client, server, agent })),
  ),
);

/** What runs a client, here and in a session. Hosts are called by the names of their servers. */
export function clientWords(client: ClientName, folder: string): readonly string[] {
  const program = client === 'ssh' ? ['/usr/bin/ssh'] : [process.execPath, join(bin, 'qssh')];
  return [...program, '-F', join(folder, 'config')];
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export async function runWords(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const [program = '', ...args] = words;
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...environment },
  });
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await closed;
  return { code: child.exitCode, stdout, stderr };
}

export interface Forwarding {
  /** Root's home, for the servers. */
  readonly home: string;
  readonly sockets: Readonly<Record<AgentName, string>>;
  readonly qsshd: Qsshd;
  /** The private key that may log in everywhere; it is where no client looks. */
  readonly key: string;
  /** Gives an agent the key, and takes away all others. @param words Of ssh-add. */
  give(agent: AgentName, ...words: readonly string[]): void;
  /** Logs in with an agent. */
  logIn(
    client: ClientName,
    agent: AgentName,
    words: readonly string[],
    environment?: Readonly<Record<string, string>>,
  ): Promise<Ran>;
}

/** Starts them; they are stopped after the tests of the file. @param matches Lines for qsshd, behind Match. */
export async function startForwarding(
  folder: string,
  matches: readonly string[] = [],
  accounts: Readonly<Record<string, TestAccount>> = {},
): Promise<Forwarding> {
  chmodSync(folder, 0o711); // for accounts that are not root
  const home = join(folder, 'home');
  mkdirSync(home, { mode: 0o700 });
  const etc = makeEtc(folder, accounts);
  const passwd = join(etc.path, 'passwd');
  writeFileSync(passwd, readFileSync(passwd, 'utf8').replace(/^(root:[^:]*:0:0:[^:]*:)[^:]*/m, `$1${home}`));
  const folders = { sshd: join(folder, 'sshd'), qsshd: join(folder, 'qsshd') };
  for (const path of Object.values(folders)) mkdirSync(path, { mode: 0o711 });
  const qsshd = await startQsshd(folders.qsshd, [], matches, etc.prefix);
  const sshd = await startSshd(
    folders.sshd,
    [],
    [`AuthorizedKeysFile ${folders.qsshd}/authorized_keys`],
    [],
    etc.prefix,
  );
  writeConfig(folder, folders, { sshd: sshd.port, qsshd: qsshd.port });
  renameSync(qsshd.key, join(folder, 'hidden'));
  const sockets = {
    'ssh-agent': (await startAgent('ssh-agent', join(folder, 'agent1'))).socket,
    'qssh-agent': (await startAgent('qssh-agent', join(folder, 'agent2'))).socket,
  };
  return {
    home,
    sockets,
    qsshd,
    key: join(folder, 'hidden'),
    give: (agent, ...words) => {
      const env = { ...process.env, SSH_AUTH_SOCK: sockets[agent] };
      execFileSync('ssh-add', ['-qD'], { env });
      execFileSync('ssh-add', ['-q', '-H', join(folder, 'known_hosts'), ...words, join(folder, 'hidden')], {
        env,
      });
    },
    logIn: (client, agent, words, environment = {}) =>
      runWords([...clientWords(client, folder), ...words], {
        SSH_AUTH_SOCK: sockets[agent],
        HOME: home,
        ...environment,
      }),
  };
}

function writeConfig(
  folder: string,
  folders: Readonly<Record<ServerName, string>>,
  ports: Readonly<Record<ServerName, number>>,
): void {
  const names = ['sshd', 'qsshd'] as const;
  const knownHosts = join(folder, 'known_hosts');
  writeFileSync(
    knownHosts,
    names.map((name) => `${name} ${readFileSync(join(folders[name], 'host_key.pub'), 'utf8')}`).join(''),
  );
  const hosts = names.map(
    (name) => `Host ${name}\nHostName 127.0.0.1\nHostKeyAlias ${name}\nPort ${ports[name]}\n`,
  );
  const general = `Host *\nUserKnownHostsFile ${knownHosts}\nStrictHostKeyChecking yes\nBatchMode yes\nUser root\n`;
  writeFileSync(join(folder, 'config'), [...hosts, general].join(''));
}
