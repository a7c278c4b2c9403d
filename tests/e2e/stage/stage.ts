import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Suite } from '@orrery/vault';
import { enrol, found } from '../../attack/stage/account.ts';
import { Machine, type Ran, type Start } from '../../attack/stage/machine.ts';
import { startServer, type Server } from './server.ts';

/** One server for a file of tests, and machines that are set up without the detour of processes. */
export class Stage {
  readonly folder: string;
  server: Server;
  #accounts = 0;

  /** Everything is stopped and removed after the tests of the file. */
  static async build(flags: readonly string[] = []): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'orrery-e2e-'));
    const stage = new Stage(folder, await startServer(join(folder, 'server.sqlite'), flags));
    after(async () => {
      await stage.server.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    return stage;
  }

  private constructor(folder: string, server: Server) {
    this.folder = folder;
    this.server = server;
  }

  /** An account of its own with these machines, of which the first founds it and admits the others. */
  async account(names: readonly string[], suite?: Suite): Promise<Machine[]> {
    const machines = names.map((name) => this.stranger(name));
    this.#accounts++;
    const [founder, ...others] = machines;
    assert.ok(founder !== undefined);
    await found(founder, this.server.url, this.username, suite);
    for (const other of others) await enrol(founder, other, suite);
    return machines;
  }

  /** Two machines that are in step with these files. */
  async pair(
    files: Readonly<Record<string, string>> = {},
  ): Promise<readonly [laptop: Machine, desktop: Machine]> {
    const [laptop, desktop] = await this.account(['laptop', 'desktop']);
    assert.ok(laptop !== undefined && desktop !== undefined);
    for (const [name, content] of Object.entries(files)) laptop.write(name, content);
    if (Object.keys(files).length > 0) {
      await runs(laptop, ['sync']);
      await runs(desktop, ['sync', '--accept-commands']);
    }
    return [laptop, desktop];
  }

  /** The name of the account that was made last. */
  get username(): string {
    return `user${this.#accounts}`;
  }

  /** A machine that belongs to no account. */
  stranger(name: string): Machine {
    return new Machine(mkdtempSync(join(this.folder, 'homes-')), name);
  }
}

/** Runs `ssh-sync` and demands an exit code. */
export async function runs(
  machine: Machine,
  words: readonly string[],
  code = 0,
  start: Start = {},
): Promise<Ran> {
  const ran = await machine.start(words, start);
  assert.equal(ran.code, code, `ssh-sync ${words.join(' ')} on ${machine.name}:\n${ran.out}${ran.err}`);
  return ran;
}

/** The lines that `ssh-sync` prints on standard output, after it ended with 0. */
export async function printed(machine: Machine, ...words: readonly string[]): Promise<readonly string[]> {
  return linesOf((await runs(machine, words)).out);
}

export function linesOf(text: string): readonly string[] {
  return text.split('\n').slice(0, -1);
}

/** Demands that standard error tells all of this, in this order. */
export function tells(ran: Ran, ...lines: readonly string[]): void {
  assert.deepEqual(linesOf(ran.err), lines);
}

/** The same lines with what differs from run to run made equal: fingerprints and times. */
export function masked(text: string): readonly string[] {
  const line = text.replace(/SHA256:[\w+/]{43}/g, 'SHA256:...').replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'TIME');
  return linesOf(line);
}
