import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, lchownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that is gone when the block ends (`using`). */
export class Scratch implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'orrery-disk-'));

  file(name: string): string {
    return join(this.path, name);
  }

  write(name: string, content: string, mode = 0o600): string {
    writeFileSync(this.file(name), content, { mode });
    return this.file(name);
  }

  folder(name: string, mode = 0o700): string {
    mkdirSync(this.file(name), { mode });
    return this.file(name);
  }

  link(name: string, destination: string): string {
    symlinkSync(destination, this.file(name));
    return this.file(name);
  }

  fifo(name: string): string {
    execFileSync('mkfifo', [this.file(name)]);
    return this.file(name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Runs the action while a socket stands at the path. */
export async function withSocket(path: string, action: () => void): Promise<void> {
  const server = createServer().listen(path);
  await once(server, 'listening');
  try {
    action();
  } finally {
    server.close();
  }
}

/** The code of the error that the action throws; undefined if it throws none. */
export function codeOf(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

const NOBODY = 65534;
export const isRoot = process.geteuid?.() === 0;

/** Gives the file, folder or link itself to another user, which only root can; returns it. */
export function giveAway(path: string): string {
  if (isRoot) lchownSync(path, NOBODY, NOBODY);
  return path;
}

/** A regular file of another user: for everybody but root, one of root's. */
export function foreignFile(scratch: Scratch): string {
  return isRoot ? giveAway(scratch.write('foreign', 'x')) : '/etc/passwd';
}

/** A symlink of another user, which leads to a regular file. */
export function foreignLink(scratch: Scratch): string {
  return isRoot ? giveAway(scratch.link('foreign-link', scratch.write('own', 'x'))) : '/etc/os-release';
}

/** Runs the action as a user who is not root, to whom the given paths belong from now on: nothing is forbidden to root. */
export function asPlainUser<T>(paths: readonly string[], action: () => T): T {
  if (!isRoot) return action();
  for (const path of paths) chownSync(path, NOBODY, NOBODY);
  process.seteuid?.(NOBODY);
  try {
    return action();
  } finally {
    process.seteuid?.(0);
  }
}
