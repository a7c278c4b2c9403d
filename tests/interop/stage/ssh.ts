// OpenSSH's client, as Debian has it, against a server in this process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { after } from 'node:test';
import type { Duplex } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';

/** Serves connections on a free port until the suite has ended. */
export async function listen(serve: (stream: Duplex) => void): Promise<number> {
  const server: Server = createServer({ noDelay: true }, serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Cannot listen');
  return address.port;
}

export interface SshRun {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface SshOptions {
  readonly input?: string | Buffer;
  readonly env?: NodeJS.ProcessEnv;
  /** As in ssh_config. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Runs ssh without the configuration of the machine. */
export async function runSsh(
  port: number,
  args: readonly string[],
  { input = '', env = {}, settings = {} }: SshOptions = {},
): Promise<SshRun> {
  const lines = {
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: '/dev/null',
    IdentityAgent: 'none',
    LogLevel: 'ERROR',
    ...settings,
  };
  const flags = Object.entries(lines).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const ssh = spawn('ssh', ['-F', 'none', '-p', String(port), ...flags, ...args], {
    env: { ...process.env, ...env },
  });
  ssh.stdin.on('error', () => undefined);
  ssh.stdin.end(input);
  const closed = new Promise<number | null>((resolve) => void ssh.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([buffer(ssh.stdout), text(ssh.stderr), closed]);
  return { code, stdout, stderr };
}
