import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientProgram } from './program.ts';

/** What a run of the client came to. */
export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** How the client is started; most tests need none of it. */
export interface Start {
  /** Words before the program, such as a tracer and its flags. */
  readonly under?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Takes the process once it runs. */
  readonly started?: (child: ChildProcess) => void;
}

/** A home directory in which the real client runs. */
export class Machine {
  readonly name: string;
  /** The home directory, the synced folder, and the client's state. */
  readonly home: string;
  readonly ssh: string;
  readonly state: string;

  constructor(folder: string, name: string) {
    this.name = name;
    this.home = join(folder, name);
    this.ssh = join(this.home, '.ssh');
    this.state = join(this.home, '.ssh-sync');
    mkdirSync(this.ssh, { recursive: true, mode: 0o700 });
  }

  /** Writes a file of ~/.ssh. @param age Seconds since it was changed. */
  write(name: string, content: string, { mode = 0o600, age = 60 } = {}): void {
    const path = join(this.ssh, name);
    writeFileSync(path, content, { mode });
    chmodSync(path, mode);
    const time = Date.now() / 1000 - age;
    utimesSync(path, time, time);
  }

  read(name: string): string {
    return readFileSync(join(this.ssh, name), 'utf8');
  }

  /** Runs `ssh-sync` with these words, without a terminal. */
  run(...words: readonly string[]): Promise<Ran> {
    return this.start(words);
  }

  start(words: readonly string[], { under = [], environment = {}, started }: Start = {}): Promise<Ran> {
    const [command = '', ...rest] = [...under, process.execPath, clientProgram, ...words];
    const child = spawn(command, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', HOME: this.home, NO_COLOR: '1', TZ: 'UTC', ...environment },
    });
    started?.(child);
    const output = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.err += text));
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal, ...output }));
    });
  }
}
