// The program that leads to a server: qssh or another ssh, or the server itself.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openSftp, SftpError, type SftpClient } from '@orrery/ssh';
import { StreamPair } from './stream-pair.ts';

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
}

export interface ServerProcess {
  readonly sftp: SftpClient;
  /** Ends the session and waits for the program. */
  end(): Promise<void>;
}

/** What ssh is asked for a session of files: nothing but that. */
const quietly = [
  '-x',
  '-oPermitLocalCommand=no',
  '-oClearAllForwardings=yes',
  '-oRemoteCommand=none',
  '-oRequestTTY=no',
];

/** The command line of ssh for the subsystem of a host. */
export function sshCommand(
  program: string,
  options: readonly string[],
  {
    user,
    host,
    port,
  }: { readonly user: string | undefined; readonly host: string; readonly port: string | undefined },
  subsystem = 'sftp',
): ServerCommand {
  const where = [...(port === undefined ? [] : ['-p', port]), ...(user === undefined ? [] : ['-l', user])];
  // A path or several words are a command to run.
  const isCommand = /[/ ]/.test(subsystem);
  const what = isCommand ? ['--', host, subsystem] : ['-s', '--', host, subsystem];
  return { program, args: [...quietly, ...options, ...where, ...what] };
}

/** qssh beside this program, or the one that is found in PATH. */
export function defaultSsh(): string {
  try {
    const beside = join(dirname(realpathSync(process.argv[1] ?? '')), 'qssh');
    if (existsSync(beside)) return beside;
  } catch {
    // This program has no file of its own.
  }
  return 'qssh';
}

/** Starts a program and SFTP with it. @throws {Error} if it cannot be started, or ends before SFTP begins. */
export async function startServer({ program, args }: ServerCommand): Promise<ServerProcess> {
  // Ctrl-C is for this program, which ends a transfer: it must not end the way to the server with it.
  const shielded = ['-c', 'trap "" INT; exec "$0" "$@"', program, ...args];
  const child = spawn('/bin/sh', shielded, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = endOf(child);
  try {
    const sftp = await openSftp(new StreamPair(child.stdout, child.stdin));
    return {
      sftp,
      end: async () => {
        await sftp.close();
        await ended;
      },
    };
  } catch (cause) {
    child.stdin.destroy();
    const code = await ended;
    if (cause instanceof SftpError && cause.code !== 'connectionLost') throw cause;
    throw new Error(`Connection closed: "${program}" ended with ${code}`, { cause });
  }
}

function endOf(child: ChildProcess): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  child.once('error', (error) => resolve(error.message));
  child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  return promise;
}
