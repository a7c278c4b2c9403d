import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = join(import.meta.dirname, '../../bin/ssh-sync');

/** One of the demo's machines: a temporary home directory, in which the real program runs. */
export interface Machine {
  readonly name: string;
  readonly home: string;
  readonly ssh: string;
}

export function makeMachine(folder: string, name: string): Machine {
  const home = join(folder, name);
  const ssh = join(home, '.ssh');
  mkdirSync(ssh, { recursive: true, mode: 0o700 });
  return { name, home, ssh };
}

/** Runs `ssh-sync` on the machine, shows the command and what it prints, and demands the exit code. */
export function sshSync(machine: Machine, ...words: readonly string[]): string {
  return expectExit(machine, 0, words);
}

/** The same for a command that must end with another code. */
export function expectExit(machine: Machine, code: number, words: readonly string[]): string {
  console.log(`\n  ${machine.name}$ ssh-sync ${words.join(' ')}`);
  const { status, stdout, stderr } = spawnSync(program, words, {
    env: environment(machine),
    encoding: 'utf8',
  });
  for (const line of `${stderr}${stdout}`.trimEnd().split('\n')) console.log(`    ${line}`);
  if (status !== code) throw new Error(`Cannot go on: ssh-sync ended with ${status}, ${code} expected`);
  return stdout;
}

/** A command that runs while the demo goes on elsewhere. */
export class Running {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;

  constructor(machine: Machine, ...words: readonly string[]) {
    console.log(`\n  ${machine.name}$ ssh-sync ${words.join(' ')}`);
    this.#child = spawn(program, words, { env: environment(machine), stdio: ['ignore', 'pipe', 'inherit'] });
    this.#ended = new Promise((resolve, reject) => this.#child.on('exit', resolve).on('error', reject));
  }

  /** The first JSON line with that event. */
  async event(name: string): Promise<Readonly<Record<string, unknown>>> {
    if (this.#child.stdout === null) throw new Error('Cannot read the output of ssh-sync');
    for await (const line of createInterface(this.#child.stdout)) {
      const event = JSON.parse(line) as Readonly<Record<string, unknown>>;
      if (event['event'] === name) return event;
    }
    throw new Error(`Cannot go on: ssh-sync ended without an event "${name}"`);
  }

  async end(): Promise<void> {
    this.#child.stdout?.resume();
    const code = await this.#ended;
    if (code !== 0) throw new Error(`Cannot go on: ssh-sync ended with ${code}, 0 expected`);
  }
}

function environment({ home }: Machine): NodeJS.ProcessEnv {
  return { ...process.env, SSH_SYNC_HOME: join(home, '.ssh-sync'), HOME: home, NO_COLOR: '1' };
}

/** The files of a machine's ~/.ssh: name, mode and bytes. */
export function contents({
  ssh,
}: Machine): ReadonlyMap<string, { readonly mode: string; readonly bytes: Buffer }> {
  const names = readdirSync(ssh).toSorted();
  return new Map(
    names.map((name) => {
      const path = join(ssh, name);
      return [name, { mode: (statSync(path).mode & 0o777).toString(8), bytes: readFileSync(path) }];
    }),
  );
}
