import { renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { openNewEpoch } from '../src/client/rotation.ts';
import { classicSuite } from '../src/device/suite.ts';
import type { Preview } from '../src/sync/preview.ts';
import type { Report } from '../src/sync/report.ts';
import { Machine, unixNow } from './machine.ts';

/** Something that a user does on a machine. Numbers are taken modulo what there is. */
export type Step = { readonly machine: number } & (
  | { readonly kind: 'write'; readonly name: string; readonly age: number }
  | { readonly kind: 'chmod'; readonly name: string; readonly mode: number }
  | { readonly kind: 'delete'; readonly name: string }
  | { readonly kind: 'rename'; readonly name: string; readonly to: string }
  | { readonly kind: 'add-line'; readonly name: string }
  | { readonly kind: 'remove-line'; readonly name: string; readonly line: number }
  | { readonly kind: 'sync' }
  | { readonly kind: 'upload' | 'download'; readonly answer: 'overwrite' | 'skip' | 'duplicate' }
  | { readonly kind: 'interrupted'; readonly request: number; readonly lost: boolean }
  | { readonly kind: 'rotate' }
);

/** Files whose lines are merged. */
export const MERGED: readonly string[] = ['config', 'known_hosts'];

/**
 * Machines of one account, with a model of what their users may expect: every content is written once and has a
 * number, and is gone only if a user replaced or deleted it where it stood, or a conflict was reported.
 */
export class Household {
  readonly machines: readonly Machine[];
  readonly #folder: string;
  /** Contents ever written, by name; and those that may be gone. */
  readonly #written = new Map<string, Set<string>>();
  readonly #beaten = new Map<string, Set<string>>();
  #count = 0;

  static async found(size: number): Promise<Household> {
    const folder = mkdtempSync(join(tmpdir(), 'orrery-household-'));
    const first = await Machine.found(folder, 'machine0', classicSuite);
    const machines = [first];
    for (let index = 1; index < size; index++)
      machines.push(await first.admit(`machine${index}`, classicSuite));
    return new Household(folder, machines);
  }

  private constructor(folder: string, machines: readonly Machine[]) {
    this.#folder = folder;
    this.machines = machines;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async do(step: Step): Promise<void> {
    const machine = this.machines[step.machine % this.machines.length];
    if (machine === undefined) return;
    switch (step.kind) {
      case 'write':
        return this.#write(machine, step.name, this.#next(), step.age);
      case 'chmod':
        if (machine.has(step.name))
          machine.write(step.name, machine.read(step.name), this.#keep(machine, step));
        return;
      case 'delete':
        if (!machine.has(step.name)) return;
        this.#leave(machine, step.name);
        return machine.remove(step.name);
      case 'rename':
        return this.#rename(machine, step.name, step.to);
      case 'add-line':
        return this.#addLine(machine, step.name);
      case 'remove-line':
        return this.#removeLine(machine, step.name, step.line);
      case 'sync':
        return void (await this.sync(machine));
      case 'upload':
        return void (await this.sync(machine, 'up', step.answer === 'duplicate' ? 'skip' : step.answer));
      case 'download':
        return void (await this.sync(machine, 'down', step.answer));
      case 'interrupted':
        return this.#interrupt(machine, step.request, step.lost);
      case 'rotate':
        return openNewEpoch((await machine.open()).session, []);
    }
  }

  /** Syncs, and notes what lost a conflict that was reported. */
  async sync(
    machine: Machine,
    direction: 'both' | 'up' | 'down' = 'both',
    answer: 'overwrite' | 'skip' | 'duplicate' = 'skip',
  ): Promise<Report> {
    let previews: readonly Preview[] = [];
    const report = await machine.sync(
      { direction, allowDeletions: true },
      {
        accept: () => Promise.resolve(true),
        decide: () => Promise.resolve(answer),
        preview: (changes) => (previews = changes),
      },
    );
    const contested = new Set(
      report.decisions
        // An answer of a person, or a rule that was reported.
        .filter(
          ({ action, why }) =>
            direction !== 'both' || action === 'conflict' || why.startsWith('changed on both'),
        )
        .map(({ name }) => name),
    );
    this.#note(
      previews.filter(({ name }) => contested.has(name) && (direction !== 'both' || !MERGED.includes(name))),
    );
    return report;
  }

  /** What was written, was not replaced by anybody who saw it, and is not there. */
  missing(machine: Machine): readonly string[] {
    return [...this.#written].flatMap(([name, contents]) => {
      const beaten = this.#beaten.get(name);
      const found = new Set(machine.has(name) ? contentsOf(name, machine.read(name)) : []);
      return [...contents].filter((content) => beaten?.has(content) !== true && !found.has(content));
    });
  }

  /** What stands there and was never written. */
  invented(machine: Machine): readonly string[] {
    return Object.keys(machine.files())
      .filter((name) => !name.includes('.duplicate'))
      .flatMap((name) => {
        const contents = contentsOf(name, machine.read(name));
        return contents.filter((content) => this.#written.get(name)?.has(content) !== true);
      });
  }

  #next(): string {
    return String(++this.#count).padStart(4, '0');
  }

  #write(machine: Machine, name: string, content: string, age: number): void {
    this.#leave(machine, name);
    setOf(this.#written, name).add(content);
    machine.write(name, content, {
      mtime: unixNow() - age,
      ...(machine.has(name) ? { mode: machine.mode(name) } : {}),
    });
  }

  #keep(
    machine: Machine,
    { name, mode }: { readonly name: string; readonly mode: number },
  ): { mode: number; mtime: number } {
    return { mode, mtime: Math.floor(machine.stat(name).mtimeMs / 1000) };
  }

  #rename(machine: Machine, name: string, to: string): void {
    if (!machine.has(name) || name === to) return;
    const content = machine.read(name);
    this.#leave(machine, name);
    this.#leave(machine, to);
    setOf(this.#written, to).add(content);
    setOf(this.#beaten, to).delete(content);
    renameSync(machine.path(name), machine.path(to));
  }

  #addLine(machine: Machine, name: string): void {
    const number = this.#next();
    const key = Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x20'), Buffer.alloc(32, number)]);
    const line =
      name === 'config' ? `Host h${number}` : `h${number}.example ssh-ed25519 ${key.toString('base64')}`;
    setOf(this.#written, name).add(line);
    machine.write(name, `${machine.has(name) ? machine.read(name) : ''}${line}\n`);
  }

  #removeLine(machine: Machine, name: string, index: number): void {
    const lines = machine.has(name) ? machine.read(name).split('\n').slice(0, -1) : [];
    const line = lines[index % (lines.length || 1)];
    if (line === undefined) return;
    setOf(this.#beaten, name).add(line);
    machine.write(name, lines.map((kept) => (kept === line ? '' : `${kept}\n`)).join(''));
  }

  async #interrupt(machine: Machine, request: number, lost: boolean): Promise<void> {
    const { server } = machine;
    let left = request;
    const fail = (): void => {
      if (left-- === 0) throw new InterruptedTest();
    };
    if (lost) server.after = fail;
    else server.before = fail;
    let previews: readonly Preview[] = [];
    try {
      const preview = (changes: readonly Preview[]): void => void (previews = changes);
      await machine.sync({ allowDeletions: true }, { accept: () => Promise.resolve(true), preview });
    } catch (cause) {
      if (!(cause instanceof InterruptedTest)) throw cause;
    } finally {
      server.before = () => undefined;
      server.after = () => undefined;
    }
    this.#note(previews.filter(({ name }) => !MERGED.includes(name)));
  }

  /** What changes replace may be gone. */
  #note(previews: readonly Preview[]): void {
    for (const { name, before } of previews)
      if (before !== undefined) this.#beat(name, new TextDecoder().decode(before));
  }

  /** A user replaces or deletes what stands at a name. */
  #leave(machine: Machine, name: string): void {
    if (machine.has(name)) this.#beat(name, machine.read(name));
  }

  #beat(name: string, text: string): void {
    for (const content of contentsOf(name, text)) setOf(this.#beaten, name).add(content);
  }
}

/** What is counted of a file: its lines, or it as a whole. */
function contentsOf(name: string, text: string): readonly string[] {
  return MERGED.includes(name) ? text.split('\n').filter((line) => line !== '') : [text];
}

class InterruptedTest extends Error {}

function setOf(map: Map<string, Set<string>>, key: string): Set<string> {
  const set = map.get(key) ?? new Set();
  map.set(key, set);
  return set;
}
