import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Suite } from '@orrery/vault';
import { enrol, found } from './account.ts';
import { look, lookAtState } from './folder.ts';
import { Liar } from './liar.ts';
import { Machine, type Ran } from './machine.ts';
import { startServer } from './server.ts';

/** For tests that need more of a server than one person ever does. */
export const UNLIMITED: readonly string[] = [
  '--new-accounts-per-address=100000',
  '--new-accounts-per-hour=100000',
  '--appends-per-minute=100000',
  '--requests-per-minute=100000',
  '--rotations-per-day=100000',
];

/** What one test plays on: a lying server in front of a real one, and machines. */
export class Stage {
  readonly liar: Liar;
  readonly folder: string;
  #accounts = 0;

  /** Everything is stopped and removed after the tests of the file. */
  static async build(flags: readonly string[] = []): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'orrery-attack-'));
    const liar = await Liar.start();
    const server = await startServer(join(folder, 'server.sqlite'), liar.url, flags);
    liar.hide(server.url);
    after(async () => {
      await liar.stop();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    return new Stage(liar, folder);
  }

  private constructor(liar: Liar, folder: string) {
    this.liar = liar;
    this.folder = folder;
  }

  /** An account of its own with these machines, the first of which founds it; all are in step. */
  async account(names: readonly string[], suite?: Suite): Promise<Machine[]> {
    const folder = join(this.folder, `${++this.#accounts}`);
    const machines = names.map((name) => new Machine(folder, name));
    const [founder, ...others] = machines;
    assert.ok(founder !== undefined);
    await found(founder, this.liar.url, `user${this.#accounts}`, suite);
    for (const other of others) await enrol(founder, other);
    return machines;
  }

  /** A machine that belongs to no account yet. */
  stranger(name: string): Machine {
    return new Machine(join(this.folder, `${++this.#accounts}`), name);
  }
}

/** What a refusal must look like. */
export interface Alarm {
  readonly code: number;
  /** What was wrong. */
  readonly says: RegExp;
  /** What the user can do. */
  readonly advises: RegExp;
  /** What the client remembers must be as before, too. */
  readonly pinned?: boolean;
}

/** Runs the client and demands that it ends with the alarm and that ~/.ssh is as before, byte for byte. */
export async function alarms(machine: Machine, words: readonly string[], alarm: Alarm): Promise<Ran> {
  const before = look(machine.ssh);
  const remembered = lookAtState(machine.state);
  const ran = await machine.run(...words);
  assert.equal(ran.code, alarm.code, `${ran.out}${ran.err}`);
  assert.match(ran.err, alarm.says);
  assert.match(ran.err, alarm.advises);
  assert.deepEqual(look(machine.ssh), before);
  if (alarm.pinned === true) assert.deepEqual(lookAtState(machine.state), remembered);
  return ran;
}

/** Runs the client and demands that it succeeds. */
export async function succeeds(machine: Machine, ...words: readonly string[]): Promise<Ran> {
  const ran = await machine.run(...words);
  assert.equal(ran.code, 0, `${ran.out}${ran.err}`);
  return ran;
}
