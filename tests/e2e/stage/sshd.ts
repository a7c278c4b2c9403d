import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Where Debian's sshd locks its unprivileged half up when root starts it. */
const PRIVILEGE_SEPARATION = '/run/sshd';

const AUTHORIZED = 'authorized';

/** A real sshd of its own on a port of this machine, into which whoever runs the tests can log in. */
export interface Sshd {
  readonly port: number;
  /** From now on only these public keys may log in. */
  authorize(lines: string): void;
  stop(): Promise<void>;
}

/**
 * @param folder Takes its files.
 * @param authorized The lines of the public keys that may log in.
 * @param settings Lines of sshd_config, which come first and therefore count.
 */
export async function startSshd(
  folder: string,
  authorized: string,
  settings: readonly string[] = [],
): Promise<Sshd> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const made = process.getuid?.() === 0 ? mkdirSync(PRIVILEGE_SEPARATION, { recursive: true }) : undefined;
  const port = await findPort();
  const config = writeConfig(folder, port, authorized, settings);
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  const said: string[] = [];
  const listening = Promise.withResolvers<boolean>();
  const output = createInterface(child.stderr);
  output.on('line', (line) => {
    said.push(line);
    if (line.startsWith('Server listening on')) listening.resolve(true);
  });
  output.once('close', () => listening.resolve(false));
  if (!(await listening.promise)) throw new Error(`Cannot start sshd: ${said.join('; ')}`);
  return {
    port,
    authorize: (lines) => writeFileSync(join(folder, AUTHORIZED), lines),
    async stop() {
      child.kill('SIGTERM');
      await ended;
      if (made !== undefined) rmdirSync(PRIVILEGE_SEPARATION);
    },
  };
}

function writeConfig(folder: string, port: number, authorized: string, settings: readonly string[]): string {
  const hostKey = join(folder, 'host_key');
  const keys = join(folder, AUTHORIZED);
  const config = join(folder, 'sshd_config');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', hostKey]);
  writeFileSync(keys, authorized, { mode: 0o600 });
  const lines = [
    ...settings,
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${keys}`,
    'AuthenticationMethods publickey',
    'PermitRootLogin prohibit-password',
    // The files lie below a folder that all users share.
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  return config;
}

/** A port that is free now; sshd cannot choose one by itself. */
async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('Cannot find a free port');
  return address.port;
}
