import type { BigIntStats } from 'node:fs';

/**
 * What tells one state of a file from another without reading it.
 * A file system's clock ticks in milliseconds: a stamp taken within the tick of a write can miss the next write,
 * so do not trust for later runs a stamp whose `ctimeNs` is less than a second before it was taken.
 */
export interface Stamp {
  /** Bytes. */
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly ino: bigint;
  /** Permission bits, at most 0o777. */
  readonly mode: number;
}

export function stampOf(stat: BigIntStats): Stamp {
  const { mtimeNs, ctimeNs, ino } = stat;
  return { size: Number(stat.size), mtimeNs, ctimeNs, ino, mode: permissions(stat) & 0o777 };
}

export function equalStamp(a: Stamp, b: Stamp): boolean {
  return (
    a.size === b.size &&
    a.mtimeNs === b.mtimeNs &&
    a.ctimeNs === b.ctimeNs &&
    a.ino === b.ino &&
    a.mode === b.mode
  );
}

/** With the set-user, set-group and sticky bits. */
export function permissions(stat: BigIntStats): number {
  return Number(stat.mode & 0o7777n);
}

/** Windows has no user numbers: there every file counts as our own. */
export function isOwn(stat: BigIntStats): boolean {
  const user = process.geteuid?.();
  return user === undefined || stat.uid === BigInt(user);
}
