import { lstatSync, readdirSync, readlinkSync, unlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { explain, isSystemError } from './error.ts';
import { isOwn } from './stamp.ts';

/** How the names of all our temporary files begin; `checkFileName` refuses it from other machines. */
export const TEMPORARY_PREFIX = '.orrery-tmp-';

/** The place, the process number, and a UUID. */
const PATTERN = /^\.orrery-tmp-([\w.-]+)-(\d+)-[\da-f-]{36}$/;
/** A write takes seconds. */
const MAX_AGE_MS = 60 * 60 * 1000;

/**
 * Runs `use` with the path of a temporary file to be: its name is unguessable, so nobody can put a file or link there
 * first. When `use` fails, whatever stands at the path is removed.
 */
export function withTemporary<T>(folder: string, use: (path: string) => T): T {
  const path = join(folder, `${TEMPORARY_PREFIX}${thisPlace()}-${process.pid}-${crypto.randomUUID()}`);
  try {
    return use(path);
  } catch (error) {
    discard(path);
    throw error;
  }
}

/**
 * Removes the temporary files that killed programs left in the folder, and returns their names. Stale is one whose name
 * holds the number of a process of this machine that no longer runs; and any that nothing happened to for an hour,
 * because a number says nothing about another machine that shares the folder, and is given to other programs later.
 */
export function removeStaleTemporaries(folder: string): string[] {
  try {
    const stale = readdirSync(folder).filter((name) => isStale(folder, name));
    return stale.filter((name) => discard(join(folder, name)));
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return [];
    throw explain('list', folder, error);
  }
}

function isStale(folder: string, name: string): boolean {
  const [, place, processNumber] = PATTERN.exec(name) ?? [];
  if (place === undefined) return false;
  const stat = lstatSync(join(folder, name), { bigint: true, throwIfNoEntry: false });
  if (!stat?.isFile() || !isOwn(stat)) return false;
  // Not the mtime: that can already be the old one that the finished file is to have.
  const age = Date.now() - Number(stat.ctimeMs);
  return age > MAX_AGE_MS || (place === thisPlace() && !isRunning(Number(processNumber)));
}

function isRunning(processNumber: number): boolean {
  try {
    return process.kill(processNumber, 0);
  } catch (error) {
    return isSystemError(error) && error.code === 'EPERM';
  }
}

/** Where a process number means one process. */
function thisPlace(): string {
  return `${hostname().replaceAll(/[^\w.-]/g, '_')}.${processNamespace()}`;
}

/** Containers of one machine number their processes each for itself. Empty where there are none. */
function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '');
  } catch {
    return '';
  }
}

/** Best effort: what cannot be removed now is stale later. */
function discard(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return false;
  }
}
