import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Kernel ticks in a second, as /proc counts them: 100 on every Linux that runs Node.js. */
const TICKS_PER_SECOND = 100;

/** Fields of /proc/PID/stat after the name (proc(5)): own and waited-for children's CPU time. */
function cpuTicks(pid: number | 'self', first: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[first]) + Number(fields[first + 1]);
}

/** CPU milliseconds that a running process has used. */
export function cpuOf(pid: number): number {
  return (cpuTicks(pid, 11) * 1000) / TICKS_PER_SECOND;
}

/** CPU milliseconds of a running process and of all that it started, also of what has ended by now. */
export function cpuOfTree(pid: number): number {
  try {
    const ticks = cpuTicks(pid, 11) + cpuTicks(pid, 13);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return children.reduce((sum, child) => sum + cpuOfTree(Number(child)), (ticks * 1000) / TICKS_PER_SECOND);
  } catch {
    return 0; // it has just ended, and its parent has its time
  }
}

/** Resident memory of a running process in MB (10^6 bytes), now and at most. */
export function memoryOf(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): number =>
    (Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024) / 1e6;
  return { now: field('VmRSS'), peak: field('VmHWM') };
}

/** Runs a command to its end. @throws if it fails. */
export async function run(
  command: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const child = spawn(command, words, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (part: Buffer) => (said += part.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0)
    throw new Error(`Cannot go on: "${command} ${words.join(' ')}" ended with ${status}: ${said}`);
}

/** What runs of one command cost. */
export interface Cost {
  /** Median wall milliseconds. */
  readonly wall: number;
  /** Mean CPU milliseconds, from one count over all runs, as the kernel counts in steps of ten. */
  readonly cpu: number;
}

/** Runs several commands in turn, `rounds` times, so that a busy machine is as unfair to each. */
export async function compare(
  commands: readonly (() => Promise<void>)[],
  rounds: number,
): Promise<readonly Cost[]> {
  const measured = commands.map((command) => ({ command, walls: [] as number[], ticks: 0 }));
  for (let round = 0; round < rounds; round++) {
    for (const one of measured) {
      const [ticks, start] = [cpuTicks('self', 13), performance.now()];
      await one.command();
      one.walls.push(performance.now() - start);
      one.ticks += cpuTicks('self', 13) - ticks;
    }
  }
  return measured.map(({ walls, ticks }) => ({
    wall: median(walls),
    cpu: (ticks * 1000) / TICKS_PER_SECOND / rounds,
  }));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** A server program that says where it listens. */
export interface Server {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export async function startServer(command: string, words: readonly string[]): Promise<Server> {
  const child: ChildProcess = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  if (child.stdout === null || child.pid === undefined) throw new Error(`Cannot start "${command}"`);
  for await (const line of createInterface(child.stdout)) {
    const url = /^listening on (\S+)$/.exec(line)?.[1];
    if (url === undefined) continue;
    const { pid } = child;
    return {
      url,
      pid,
      async stop() {
        child.kill('SIGTERM');
        await ended;
      },
    };
  }
  throw new Error(`Cannot start "${command}": it ended without saying where it listens`);
}
