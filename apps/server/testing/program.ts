import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after } from 'node:test';

const launcher = join(import.meta.dirname, '..', 'src', 'main.ts');
const call = `import { main } from ${JSON.stringify(launcher)}; process.exitCode = await main(process.argv.slice(1));`;
const nodeArguments = ['--input-type=module', '--eval', call, '--'];
const environment = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };

export interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs the program to its end. */
export function runProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { ...environment, ...env } };
    const child = execFile(process.execPath, [...nodeArguments, ...args], options, (_, output, errors) =>
      resolve({ code: child.exitCode ?? -1, output, errors }),
    );
  });
}

/** The program while it serves. */
export class ServingProgram {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #ready: Promise<void>;
  #output = '';
  #errors = '';

  private constructor(child: ChildProcessByStdio<null, Readable, Readable>) {
    this.#child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    this.#ready = new Promise((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        resolve();
      });
      child.once('close', (code) =>
        reject(new Error(`Cannot start server: it ended with ${code}: ${this.#errors}`)),
      );
      child.once('error', reject);
    });
  }

  get url(): string {
    return /^listening on (\S+)\n/.exec(this.#output)?.[1] ?? '';
  }

  /** Starts it, behind the words of another command if there are any, and waits for its first line. */
  static async start(
    args: readonly string[],
    command: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<ServingProgram> {
    const [file = '', ...rest] = [
      ...command,
      process.execPath,
      ...nodeArguments,
      '--listen',
      '127.0.0.1:0',
      ...args,
    ];
    const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...environment, ...env } });
    after(() => void child.kill('SIGKILL'));
    const program = new ServingProgram(child);
    await program.#ready;
    return program;
  }

  get output(): string {
    return this.#output;
  }

  get errors(): string {
    return this.#errors;
  }

  /** Sends the signal and waits for the end; the exit code, or the signal that ended it. */
  async end(signal: NodeJS.Signals): Promise<number | string> {
    const ended = once(this.#child, 'close');
    this.#child.kill(signal);
    await ended;
    return this.#child.exitCode ?? String(this.#child.signalCode);
  }
}
