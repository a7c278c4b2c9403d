import { join } from 'node:path';
import {
  DiskError,
  ensurePrivateFolder,
  removeFile,
  statRegularFile,
  writeFileAtomic,
  type SnapshotSummary,
} from '@orrery/disk';
import type { Home } from '../client/home.ts';
import { takeSnapshot } from './apply.ts';
import { isOfFolder, openHistory } from './history.ts';

/** A snapshot as people choose it. */
export type Restorable = SnapshotSummary;

/** What `undo` can go back to, newest first. */
export function listSnapshots(home: Home): readonly Restorable[] {
  return openHistory(home).list();
}

export interface Undone {
  readonly id: string;
  readonly folder: string;
  readonly restored: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Brings back the files of the newest snapshot of `folder`, or only `name`, after a snapshot of the
 * present ones, so that this can be undone as well.
 * @throws {DiskError} `no-snapshot` if nothing fits.
 */
export function undo(home: Home, folder: string, name: string | undefined, dryRun: boolean): Undone {
  const found = findSnapshot(home, folder, name);
  const { files } = openHistory(home).read(found.id);
  const chosen = [...files].filter(([file]) => name === undefined || file === name);
  const restored = chosen.filter(([, file]) => file !== null).map(([file]) => file);
  const removed = chosen.filter(([, file]) => file === null).map(([file]) => file);
  if (dryRun) return { id: found.id, folder, restored, removed };
  ensurePrivateFolder(folder, { home: home.userHome });
  takeSnapshot(
    home,
    folder,
    chosen.map(([file]) => file),
    'undo',
  );
  for (const [file, content] of chosen) {
    const path = join(folder, file);
    if (content !== null) writeFileAtomic(path, content.bytes, content);
    else {
      const stamp = statRegularFile(path);
      if (stamp !== undefined) removeFile(path, { expect: stamp });
    }
  }
  return { id: found.id, folder, restored, removed };
}

function findSnapshot(home: Home, folder: string, name: string | undefined): { readonly id: string } {
  const snapshots = openHistory(home).each();
  const fits = snapshots.find(
    (snapshot) =>
      !('damaged' in snapshot) &&
      isOfFolder(snapshot.label, folder) &&
      (name === undefined || snapshot.names.includes(name)),
  );
  if (fits !== undefined) return fits;
  const what = name === undefined ? `files of "${folder}"` : `"${name}" in "${folder}"`;
  throw new DiskError('no-snapshot', folder, `Cannot undo: no snapshot has ${what}`);
}
