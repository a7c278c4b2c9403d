import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const child = `'${process.execPath}' '${join(import.meta.dirname, 'child.ts')}'`;

// A question that is not answered must not keep the tests waiting.
const timeout = 20_000;

// Whatever starts the tests may have set these, and the child obeys them.
const environment = {
  ...process.env,
  NO_COLOR: undefined,
  FORCE_COLOR: undefined,
  CI: undefined,
  ACCESSIBLE: undefined,
};

/** What a shell command left: exit code and, as far as they are pipes, its two streams. */
export interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Keys to press as soon as the terminal shows a text that it did not show before the keys pressed last. */
export type Keys = readonly (readonly [after: string, keys: string])[];

/** Runs a command of bash in which `child` is the program; no stream is a terminal. */
export async function runPiped(command: string): Promise<Outcome> {
  const shell = spawn('bash', ['-c', withChild(command)], {
    env: environment,
    timeout,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return outcomeOf(shell);
}

/** Runs a command of sh in which `child` is the program on a terminal of its own, whose screen is `output`. */
export async function runOnTerminal(command: string, keys: Keys = []): Promise<Outcome> {
  const terminal = spawn('script', ['-qec', `stty cols 80 rows 24; ${withChild(command)}`, '/dev/null'], {
    env: { ...environment, TERM: 'xterm', SHELL: '/bin/sh' },
    timeout,
  });
  press(terminal, keys);
  return outcomeOf(terminal);
}

/** Takes the terminal away once it shows a text; gives the exit code of the command, which ignores the signal. */
export async function codeAfterHangUp(command: string, shown: string): Promise<number> {
  const script = `stty cols 80 rows 24; trap '' HUP; ${withChild(command)}; echo $? >&3`;
  const terminal = spawn('script', ['-qec', script, '/dev/null'], {
    env: { ...environment, TERM: 'xterm', SHELL: '/bin/sh' },
    timeout,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  let [output, code] = ['', ''];
  terminal.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output.includes(shown)) terminal.kill('SIGKILL');
  });
  terminal.stdio[3]?.on('data', (chunk: Buffer) => (code += chunk.toString()));
  await once(terminal, 'close');
  return Number.parseInt(code, 10);
}

function withChild(command: string): string {
  return command.replaceAll(/\bchild\b/g, () => child);
}

function press({ stdin, stdout }: ChildProcess, keys: Keys): void {
  let shown = '';
  let [next, ...rest] = keys;
  stdout?.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    if (next === undefined || !shown.includes(next[0])) return;
    stdin?.write(next[1]);
    shown = '';
    [next, ...rest] = rest;
  });
}

async function outcomeOf(process: ChildProcess): Promise<Outcome> {
  const texts = { output: '', errors: '' };
  process.stdout?.setEncoding('utf8').on('data', (text: string) => (texts.output += text));
  process.stderr?.setEncoding('utf8').on('data', (text: string) => (texts.errors += text));
  await once(process, 'close');
  return { code: process.exitCode, ...texts };
}
