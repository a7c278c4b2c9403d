import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { reasonOf } from '../copy/reason.ts';
import { type Agent, startAgent } from './agent.ts';
import { isBackgroundAgent, startInBackground, tellParent } from './background.ts';
import type { CommandLine } from './command-line.ts';
import { PID_VARIABLE, SOCKET_VARIABLE, endLines, foregroundLines, startLines } from './shell-lines.ts';

/** Exit code of an agent that a signal ended, as ssh-agent has it. */
const ENDED = 2;

const endings = ['SIGTERM', 'SIGHUP'] as const;

/** The exit code. */
export async function run(line: CommandLine): Promise<number> {
  if (line.kills) return kill(line);
  try {
    if (line.command.length > 0) return await runCommand(line);
    if (isBackgroundAgent()) return await serve(line, tellParent);
    if (line.isForeground)
      return await serve(line, (socket) => say(foregroundLines(line.shell, socket, process.pid)));
    const { socket, pid } = await startInBackground(line);
    say(startLines(line.shell, socket, pid));
    return 0;
  } catch (cause) {
    process.stderr.write(`qssh-agent: ${reasonOf(cause)}\n`);
    return 1;
  }
}

function say(lines: string): void {
  process.stdout.write(lines);
}

function kill({ shell }: CommandLine): number {
  const text = process.env[PID_VARIABLE];
  if (text === undefined) return fail(`${PID_VARIABLE} not set, cannot kill agent`);
  const pid = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (pid < 2) return fail(`${PID_VARIABLE}="${text}", which is not a good PID`);
  try {
    process.kill(pid, 'SIGTERM');
  } catch (cause) {
    return fail(`kill: ${reasonOf(cause)}`);
  }
  say(endLines(shell, pid));
  return 0;
}

function fail(text: string): number {
  process.stderr.write(`${text}\n`);
  return 1;
}

/** Until a signal comes. */
async function serve(line: CommandLine, onReady: (socket: string) => void): Promise<number> {
  const agent = await startAgent(line);
  const ended = Promise.withResolvers<void>();
  for (const signal of [...endings, ...(line.isForeground ? (['SIGINT'] as const) : [])])
    process.once(signal, () => ended.resolve());
  if (!line.isForeground) process.on('SIGINT', () => undefined);
  onReady(agent.socket);
  await ended.promise;
  agent.end();
  return ENDED;
}

/** Until the command ends, whose exit code it gives. */
async function runCommand(line: CommandLine): Promise<number> {
  const agent = await startAgent(line);
  try {
    return await codeOf(startCommand(line.command, agent), line.command[0] ?? '');
  } finally {
    agent.end();
  }
}

function startCommand([file = '', ...words]: readonly string[], { socket }: Agent): ChildProcess {
  const more = { [SOCKET_VARIABLE]: socket, [PID_VARIABLE]: String(process.pid) };
  const child = spawn(file, words, { stdio: 'inherit', env: { ...process.env, ...more } });
  process.on('SIGINT', () => undefined); // the terminal sends it to the command, too
  for (const signal of endings) process.on(signal, () => void child.kill(signal));
  return child;
}

function codeOf(child: ChildProcess, name: string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  child.once('error', (cause) => resolve(fail(`${name}: ${reasonOf(cause)}`)));
  child.once('exit', (code, signal) =>
    resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
  );
  return promise;
}
