import { closeSync, constants, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { DiskError, explain, isSystemError } from './error.ts';
import { readRegularFile } from './read.ts';
import { findTarget } from './target.ts';

export interface LockOptions {
  /** Who asks, for the message to others: the program, a blank and what it does ("ssh-sync sync"). */
  readonly holder: string;
  readonly waitSeconds: number;
}

export interface LockHolder {
  readonly pid: number;
  readonly holder: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** Somebody else kept the lock for all the time that the caller wanted to wait. */
export class LockedError extends DiskError<'locked'> {
  override readonly name = 'LockedError';
  /** Undefined if it could not be found out. */
  readonly holder: LockHolder | undefined;

  constructor(path: string, waitSeconds: number, holder: LockHolder | undefined) {
    const message = `${describe(holder)} is working in "${dirname(path)}": waited ${waitSeconds} s`;
    super('locked', path, message, { hint: 'try again when it has finished' });
    this.holder = holder;
  }
}

const SQLITE_BUSY = 5;
const RETRY_MS = 25;
const MAX_HOLDER_BYTES = 1000;

/**
 * Runs the action while no other process (nor other call in this one) holds the lock of that path.
 * The lock is an exclusive SQLite transaction on an always empty file: that is a kernel lock on every system, so it
 * ends with the process that holds it, however that ends. Do not open the lock file by other means: closing it would
 * drop the lock (POSIX record locks).
 * Waits up to `waitSeconds`, then throws LockedError.
 */
export async function withLock<T>(
  path: string,
  { holder, waitSeconds }: LockOptions,
  action: () => T | Promise<T>,
): Promise<T> {
  const lock = await acquire(path, waitSeconds);
  try {
    announce(path, holder);
    return await action();
  } finally {
    withdraw(path);
    lock.close();
  }
}

async function acquire(path: string, waitSeconds: number): Promise<DatabaseSync> {
  const { DatabaseSync } = await import('node:sqlite');
  const free = tryAcquire(path, DatabaseSync);
  if (free !== undefined) return free;
  const deadline = performance.now() + waitSeconds * 1000;
  while (performance.now() < deadline) {
    await sleep(RETRY_MS);
    const lock = tryAcquire(path, DatabaseSync);
    if (lock !== undefined) return lock;
  }
  throw new LockedError(path, waitSeconds, readHolder(path));
}

/** Undefined when somebody else has the lock. */
function tryAcquire(path: string, Database: typeof DatabaseSync): DatabaseSync | undefined {
  createLockFile(path);
  const standing = identify(path);
  let lock: DatabaseSync | undefined;
  try {
    // To SQLite a relative ":memory:" is no file.
    lock = new Database(resolve(path), { timeout: 0 });
    // The journal in memory: nothing is ever written, so no file of SQLite's own needs to appear.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    if (isBusy(error)) return undefined;
    throw explainSqlite(path, error);
  }
  // A lock on a file that was removed meanwhile holds nobody off.
  if (standing === identify(path)) return lock;
  lock.close();
  return undefined;
}

/** SQLite would create it readable for others. One that exists is never opened here, see above. */
function createLockFile(path: string): void {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'EEXIST') throw explain('create lock', path, error);
    findTarget(path);
  }
}

function identify(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return `${stat?.dev} ${stat?.ino}`;
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

function explainSqlite(path: string, error: unknown): DiskError {
  const reason = error instanceof Error ? error.message : String(error);
  return new DiskError('lock', path, `Cannot lock "${path}": ${reason}`, {
    hint: 'the file must be an empty one, on a disk that supports locks',
    cause: error,
  });
}

function holderPath(path: string): string {
  return `${path}.holder`;
}

/** Only for messages, so nothing that fails here matters. */
function announce(path: string, holder: string): void {
  const content: LockHolder = { pid: process.pid, holder, since: Date.now() };
  withdraw(path);
  attempt(() => writeFileSync(holderPath(path), JSON.stringify(content), { mode: 0o600, flag: 'wx' }));
}

function withdraw(path: string): void {
  attempt(() => rmSync(holderPath(path), { force: true }));
}

function attempt(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

function readHolder(path: string): LockHolder | undefined {
  try {
    const { bytes } = readRegularFile(holderPath(path), MAX_HOLDER_BYTES);
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(value: unknown): value is LockHolder {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, holder, since } = value as Partial<Record<keyof LockHolder, unknown>>;
  return Number.isInteger(pid) && typeof holder === 'string' && Number.isInteger(since);
}

function describe(holder: LockHolder | undefined): string {
  if (holder === undefined) return 'Another program';
  const [program, ...purpose] = holder.holder.split(' ');
  const since = new Date(holder.since);
  const isToday = since.toDateString() === new Date().toDateString();
  const time = since.toLocaleTimeString('en-GB');
  const details = [
    `pid ${holder.pid}`,
    purpose.join(' '),
    `since ${isToday ? '' : `${since.toDateString()} `}${time}`,
  ];
  return `Another ${program} (${details.filter(Boolean).join(', ')})`;
}
