import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { serverProgram } from './program.ts';

/** A real server in a process of its own. */
export interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

/** Copies the database of a running server, as an operator would. */
export async function backUp(database: string, copy: string): Promise<void> {
  await promisify(execFile)(process.execPath, [
    serverProgram,
    'backup',
    copy,
    '--database',
    `sqlite:${database}`,
  ]);
}

/** Starts `ssh-sync-server` on a free port; clients reach it by `origin`. */
export async function startServer(
  database: string,
  origin: string,
  flags: readonly string[] = [],
): Promise<Server> {
  const words = ['--listen', '127.0.0.1:0', '--database', `sqlite:${database}`, '--origin', origin];
  const child = spawn(process.execPath, [serverProgram, ...words, '--log-level', 'silent', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  for await (const line of createInterface(child.stdout)) {
    const url = /^listening on (\S+)$/.exec(line)?.[1];
    if (url === undefined) continue;
    return {
      url,
      async stop() {
        child.kill();
        await ended;
      },
    };
  }
  throw new Error('Cannot start the server: it ended before it listened');
}
