// OpenSSH's ssh-agent and ours, for one test file.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after } from 'node:test';

const bin = join(import.meta.dirname, '../../../bin');

export interface RunningAgent {
  readonly socket: string;
  readonly process: ChildProcess;
}

/** Starts one that stays in the foreground, and stops it after the tests of the file: not to be called in a hook. */
export async function startAgent(
  program: 'ssh-agent' | 'qssh-agent',
  socket: string,
  words: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningAgent> {
  const file = program === 'ssh-agent' ? '/usr/bin/ssh-agent' : join(bin, program);
  const child = spawn(file, ['-D', '-a', socket, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  after(() => void child.kill());
  await once(child.stdout, 'data');
  return { socket, process: child };
}
