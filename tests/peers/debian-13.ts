// The programs of a Debian 13 that stands beside the Debian 12 on which the tests run.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { TREE } from './make-debian-13.ts';

/** The folder of the tree. @throws {Error} if it was not made. */
export function debian13(): string {
  if (!existsSync(TREE)) throw new Error('There is no Debian 13: npm run peers makes it');
  return TREE;
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A folder that both systems see. */
export interface Shared {
  /** Its path here. */
  readonly here: string;
  /** Its path in the tree. */
  readonly there: string;
}

export function makeShared(): Shared {
  const here = mkdtempSync(join(debian13(), 'tmp/peer-'));
  after(() => rmSync(here, { recursive: true, force: true }));
  return { here, there: here.slice(debian13().length) };
}

/** Runs a program of the tree to its end. */
export function runThere(command: readonly string[], input = ''): Ended {
  const { status, stdout, stderr } = spawnSync('chroot', [debian13(), ...command], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/tmp' },
    timeout: 120_000,
  });
  return { code: status, out: stdout, err: stderr };
}

/** Starts a program of the tree. */
export function startThere(command: readonly string[]): ChildProcess {
  mkdirSync(join(debian13(), 'run/sshd'), { recursive: true });
  return spawn('chroot', [debian13(), ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
}
