import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { contents } from './folder.ts';
import type { Machine, Ran } from './machine.ts';

/** A call of the client that changes files: the n-th of its kind. */
export interface Point {
  readonly call: string;
  readonly when: number;
}

/** All that the client does to files goes through these, on its main thread; what lies between two of them changes nothing. */
const CHANGING = ['pwrite64', 'ftruncate', 'rename', 'renameat', 'renameat2', 'unlink', 'unlinkat'];
/** Of all threads, stopped only where asked: much faster, but in this mode strace sends no signals. */
const STRACE = ['strace', '-f', '--seccomp-bpf'];
const optional = (calls: readonly string[]): string => calls.map((call) => `?${call}`).join(',');

/** Runs the client to its end and finds where it could be interrupted. */
export async function findPoints(machine: Machine, ...words: readonly string[]): Promise<Point[]> {
  const trace = `${machine.home}.trace`;
  const under = [...STRACE, '-o', trace, '-e', `trace=${optional(CHANGING)}`];
  const ran = await machine.start(words, { under });
  assert.equal(ran.code, 0, ran.err);
  const counts = new Map<string, number>();
  const points: Point[] = [];
  const threads = new Set<string>();
  for (const [, thread = '', call = ''] of readFileSync(trace, 'utf8').matchAll(/^(\d+) +(\w+)\(/gm)) {
    threads.add(thread);
    counts.set(call, (counts.get(call) ?? 0) + 1);
    points.push({ call, when: counts.get(call) ?? 0 });
  }
  assert.ok(
    points.some(({ call }) => call.startsWith('rename')),
    'the trace was read',
  );
  assert.equal(threads.size, 1, 'what strace counts is of one thread');
  return points;
}

/** So many of all, evenly spread, the first and the last among them. There must be as many as that. */
export function spread<T>(all: readonly T[], count: number): T[] {
  assert.ok(all.length >= count, `${all.length} found, ${count} expected`);
  const step = (all.length - 1) / (count - 1);
  const chosen = new Set(Array.from({ length: count }, (_none, index) => Math.round(index * step)));
  return all.filter((_one, index) => chosen.has(index));
}

/** Runs the client until it comes to the point, where the kernel ends it as `kill -9` does. */
export async function killAt(machine: Machine, point: Point, ...words: readonly string[]): Promise<void> {
  const under = ['strace', ...rulesFor(point, 'signal=KILL')];
  const ran = await machine.start(words, { under });
  assert.equal(ran.signal, 'SIGKILL', `it came to ${point.call} ${point.when}: ${ran.out}${ran.err}`);
}

/** Runs the client with a disk that refuses the call at the point. */
export function refuseAt(
  machine: Machine,
  point: Point,
  error: string,
  ...words: readonly string[]
): Promise<Ran> {
  return machine.start(words, { under: [...STRACE, ...rulesFor(point, `error=${error}`)] });
}

function rulesFor({ call, when }: Point, action: string): string[] {
  return ['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:${action}:when=${when}`];
}

/** Files by name, without what an interrupted write leaves beside them. */
export function filesOf(machine: Machine): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(contents(machine.ssh)).filter(([name]) => !name.startsWith('.orrery-tmp-')),
  );
}

/** Demands that every file is there as it was before, or as it is once the work is done. */
export function demandWhole(
  seen: Readonly<Record<string, string>>,
  before: Readonly<Record<string, string>>,
  done: Readonly<Record<string, string>>,
): void {
  for (const name of new Set([...Object.keys(seen), ...Object.keys(before), ...Object.keys(done)]))
    assert.ok(
      seen[name] === before[name] || seen[name] === done[name],
      `${name}: ${seen[name]}\nbefore: ${before[name]}\nafter: ${done[name]}`,
    );
}

/** Demands that nothing unfinished lies in any folder of the machine. */
export function demandTidy(machine: Machine): void {
  const left = Object.keys(contents(machine.home)).filter((name) => name.includes('.orrery-tmp-'));
  assert.deepEqual(left, []);
}
