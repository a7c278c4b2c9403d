import type { SnapshotFiles } from './snapshot-format.ts';

const FIRST_PART_BYTES = 64 * 1024;
const GROWTH = 4;
const MAX_PART_BYTES = 64 * 1024 * 1024;

/**
 * Divides what one snapshot holds into what is kept and removed together: the smallest files first, in parts that grow.
 * Whoever makes large files arrive can so not push out a small one that was replaced or deleted beside them.
 */
export function intoParts(files: SnapshotFiles): SnapshotFiles[] {
  const size = ([name, file]: SnapshotEntry): number => name.length + (file?.bytes.length ?? 0);
  const parts: SnapshotEntry[][] = [[]];
  let [limit, used] = [FIRST_PART_BYTES, 0];
  for (const entry of [...files].toSorted((a, b) => size(a) - size(b))) {
    if (used > 0 && used + size(entry) > limit) {
      parts.push([]);
      [limit, used] = [Math.min(limit * GROWTH, MAX_PART_BYTES), 0];
    }
    parts.at(-1)?.push(entry);
    used += size(entry);
  }
  return parts.length === 1 ? [files] : parts.map((part) => new Map(part));
}

type SnapshotEntry =
  SnapshotFiles extends ReadonlyMap<infer Name, infer File> ? readonly [Name, File] : never;
