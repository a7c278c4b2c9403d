// A program without a terminal.
import type { Exit, Program, ServerSession } from '@orrery/ssh';
import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { passOn } from '../../copy/pass-on.ts';
import { areText, isText, variablesOf, type ByteText, type Environment } from './byte-text.ts';
import { loadSystemCalls, type Ended, type SystemCalls } from './system-calls.ts';

export interface PipesPlan {
  readonly shell: string;
  /** The arguments, the name of the program first. */
  readonly args: readonly ByteText[];
  readonly folder: string;
  readonly environment: Environment;
}

/** Signals that a client may send (RFC 4254, section 6.10). */
export const signals: ReadonlySet<string> = new Set(
  'ABRT ALRM FPE HUP ILL INT KILL PIPE QUIT SEGV TERM USR1 USR2'.split(' '),
);

/** How the client hears that the program takes no more input. */
export interface Manners {
  /** The client knows OpenSSH's PROTOCOL, section 2.1. */
  readonly hearsEndOfWrite: boolean;
}

/** A program that has started. */
interface Running {
  readonly pid?: number | undefined;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/** Runs it in a session of its own, and tells how it ended. */
export async function runOnPipes(
  plan: PipesPlan,
  session: ServerSession,
  manners: Manners,
): Promise<Program> {
  const { args, environment, folder, shell } = plan;
  if (!areText(args) || !isText(environment)) return runExactly(plan, session, manners);
  const [name = shell, ...words] = args;
  const child = spawn(shell, words, {
    argv0: name,
    cwd: folder,
    env: environment,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  child.once('error', (error) => session.stderr.write(`${shell}: ${error.message}\n`));
  child.once('close', (code, signal) => {
    session.exit(exitOf(signal === null ? { code: code ?? 255 } : { signal }));
  });
  return connect(child, session, manners);
}

/** The same for what is not text, which Node does not pass on as it is. */
async function runExactly(plan: PipesPlan, session: ServerSession, manners: Manners): Promise<Program> {
  try {
    const calls = await loadSystemCalls();
    const { pid, stdin, stdout, stderr } = startExactly(plan, calls);
    const closed = [stdout, stderr].map((stream) => {
      stream.on('error', () => undefined);
      return new Promise((resolve) => stream.once('close', resolve));
    });
    void Promise.all([calls.ended(pid), ...closed]).then(([end]) => session.exit(exitOf(end)));
    return connect({ pid, stdin, stdout, stderr }, session, manners);
  } catch (error) {
    session.stderr.write(`${plan.shell}: ${error instanceof Error ? error.message : String(error)}\n`);
    session.exit({ code: 255 });
    return {};
  }
}

function startExactly({ args, environment, folder, shell }: PipesPlan, calls: SystemCalls) {
  const [input, output, errors] = [calls.openPipe(), calls.openPipe(), calls.openPipe()];
  const theirs = [input.read, output.write, errors.write] as const;
  const stdin = new Socket({ fd: input.write, readable: false, writable: true });
  const stdout = new Socket({ fd: output.read, writable: false });
  const stderr = new Socket({ fd: errors.read, writable: false });
  try {
    const words = args.map((part) => Buffer.from(part));
    const plan = { file: shell, args: words, environment: variablesOf(environment), folder, stdio: theirs };
    return { pid: calls.spawn({ ...plan, leadsSession: true }), stdin, stdout, stderr };
  } catch (error) {
    for (const stream of [stdin, stdout, stderr]) stream.destroy();
    throw error;
  } finally {
    for (const descriptor of theirs) closeSync(descriptor);
  }
}

function connect({ pid, stdin, stdout, stderr }: Running, session: ServerSession, manners: Manners): Program {
  passOn(session.stdin, stdin);
  session.stdin.once('end', () => stdin.end());
  stdin.on('error', () => {
    if (manners.hearsEndOfWrite) session.channel.refuseData();
  });
  // A program that writes must not go on for ever where nobody reads.
  session.channel.once('eow', () => stdout.destroy());
  passOn(stdout, session.stdout);
  passOn(stderr, session.stderr);
  return {
    signal: (signal) => signals.has(signal) && sendSignal(pid, signal),
    hangUp: () => {
      for (const stream of [stdin, stdout, stderr]) stream.destroy();
    },
  };
}

function exitOf(end: Ended): Exit {
  if ('code' in end) return { code: end.code >= 0 ? end.code : 255 };
  return { signal: end.signal.slice(3), coreDumped: false, message: '' };
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
