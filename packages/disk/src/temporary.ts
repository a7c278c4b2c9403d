import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { explain, isSystemError } from './error.ts';
import { isOwn } from './stamp.ts';

/** How the names of all our temporary files begin; `checkFileName` refuses it from other machines. */
export const TEMPORARY_PREFIX = '.orrery-tmp-';

const PATTERN = /^\.orrery-tmp-(\d+)-[\w-]{22}$/;
/** A write takes seconds. Later the process number in a name can belong to another program. */
const MAX_AGE_MS = 10 * 60 * 1000;
const inUse = new Set<string>();

/**
 * Runs `use` with the path of a temporary file to be: its name is unguessable, so nobody can put a file or link there
 * first. When `use` fails, whatever stands at the path is removed.
 */
export function withTemporary<T>(folder: string, use: (path: string) => T): T {
  const path = join(folder, `${TEMPORARY_PREFIX}${process.pid}-${randomBytes(16).toString('base64url')}`);
  inUse.add(path);
  try {
    return use(path);
  } catch (error) {
    discard(path);
    throw error;
  } finally {
    inUse.delete(path);
  }
}

/**
 * Removes the temporary files that killed programs left in the folder, and returns their names.
 * One that a running program may still be writing stays.
 */
export function removeStaleTemporaries(folder: string): string[] {
  const names = listNames(folder).filter((name) => isStale(join(folder, name), PATTERN.exec(name)?.[1]));
  for (const name of names) discard(join(folder, name));
  return names;
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return [];
    throw explain('list', folder, error);
  }
}

function isStale(path: string, processNumber: string | undefined): boolean {
  if (processNumber === undefined || inUse.has(path)) return false;
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (!stat?.isFile() || !isOwn(stat)) return false;
  // In a container every run can have the same number: then the name is of an earlier run.
  if (Number(processNumber) === process.pid) return true;
  return Date.now() - Number(stat.ctimeMs) > MAX_AGE_MS || !isRunning(Number(processNumber));
}

function isRunning(processNumber: number): boolean {
  try {
    return process.kill(processNumber, 0);
  } catch (error) {
    return isSystemError(error) && error.code === 'EPERM';
  }
}

/** Best effort: what cannot be removed now is stale later. */
function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
