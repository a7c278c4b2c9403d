// A program that leads to a server, such as ssh, or the server itself.
import { spawn, type ChildProcess } from 'node:child_process';
import { openSftp, SftpError } from '@orrery/ssh';
import type { Server } from './server.ts';
import { shielded } from './shielded.ts';
import { StreamPair } from './stream-pair.ts';

/** Starts a program and SFTP with it. @throws {Error} if it cannot be started, or ends before SFTP begins. */
export async function startServer(words: readonly string[]): Promise<Server> {
  const [shell = '', ...args] = shielded(words);
  const child = spawn(shell, args, { stdio: ['pipe', 'pipe', 'inherit'] });
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
    throw new Error(`Connection closed: "${words[0]}" ended with ${code}`, { cause });
  }
}

function endOf(child: ChildProcess): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  child.once('error', (error) => resolve(error.message));
  child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  return promise;
}
