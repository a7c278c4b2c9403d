// A program without a terminal.
import type { Program, ServerSession } from '@orrery/ssh';
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

export interface PipesPlan {
  readonly shell: string;
  /** The arguments, the name of the program first. */
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Signals that a client may send (RFC 4254, section 6.10). */
const signals = new Set('ABRT ALRM FPE HUP ILL INT KILL PIPE QUIT SEGV TERM USR1 USR2'.split(' '));

/** Runs it in a process group of its own, and tells how it ended. */
export function runOnPipes(
  { shell, args: [name = shell, ...args], folder, environment }: PipesPlan,
  session: ServerSession,
): Program {
  const child = spawn(shell, args, {
    argv0: name,
    cwd: folder,
    env: environment,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const { stdin, stdout, stderr } = child;
  session.stdin.pipe(stdin);
  // A program that does not read must not keep the client from sending what it has.
  stdin.on('error', () => session.stdin.unpipe(stdin).resume());
  stdout.pipe(session.stdout, { end: false });
  stderr.pipe(session.stderr, { end: false });
  child.once('error', (error) => session.stderr.write(`${shell}: ${error.message}\n`));
  child.once('close', (code, signal) => {
    if (signal === null) session.exit({ code: code !== null && code >= 0 ? code : 255 });
    else session.exit({ signal: signal.slice(3), coreDumped: false, message: '' });
  });
  return {
    signal: (signal) => signals.has(signal) && sendSignal(child.pid, signal),
    hangUp: () => {
      for (const stream of [stdin, stdout, stderr]) stream.destroy();
    },
  };
}

/** To the whole process group; false if it has gone. */
export function sendSignal(pid: number | undefined, signal: string): boolean {
  const number = Object.entries(constants.signals).find(([name]) => name === `SIG${signal}`)?.[1];
  if (pid === undefined || number === undefined) return false;
  try {
    return process.kill(-pid, number);
  } catch {
    return false;
  }
}
