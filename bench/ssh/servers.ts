// OpenSSH's server and ours, with the same keys, for one run.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface SshServer {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Makes a host key and a user key; `sshd` and `qsshd` below take them from there. */
export function makeKeys(folder: string): void {
  for (const name of ['host', 'user'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
}

/** @param program `/usr/sbin/sshd` or our own. */
export async function startSshServer(program: string, folder: string): Promise<SshServer> {
  mkdirSync('/run/sshd', { recursive: true });
  const port = await freePort();
  const config = join(folder, `config-${port}`);
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'user.pub')}`,
    'PermitRootLogin yes',
    'StrictModes no',
    'PidFile none',
    'MaxStartups 2000',
    'MaxSessions 2000',
    'Subsystem sftp internal-sftp',
    // A bash that sshd starts would run the .bashrc of whoever measures, and take longer for it than for all the rest.
    'SetEnv SHLVL=1',
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  const child = spawn(program, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`Cannot start "${program}"`);
  const ended = once(child, 'exit');
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  while (!log.includes('Server listening')) {
    if (child.exitCode !== null) throw new Error(`Cannot start "${program}": ${log}`);
    await Promise.race([once(child.stderr, 'data'), ended]);
  }
  return {
    port,
    pid,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The words with which a client, OpenSSH's or ours, logs in to that server. */
export function loginWords(folder: string, port: number): string[] {
  const host = readFileSync(join(folder, 'host.pub'), 'utf8');
  const knownHosts = join(folder, `known-hosts-${port}`);
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${host}`);
  const settings = [`UserKnownHostsFile=${knownHosts}`, 'BatchMode=yes', 'LogLevel=ERROR'];
  return [
    '-F',
    'none',
    ...settings.flatMap((setting) => ['-o', setting]),
    '-i',
    join(folder, 'user'),
    '-p',
    String(port),
    'root@127.0.0.1',
  ];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
