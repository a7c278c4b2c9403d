import { join } from 'node:path';
import { decode, encode, FormatError, literal, optional, struct, text } from '@orrery/bytes';
import {
  DiskError,
  ensurePrivateFolder,
  removeFile,
  removeStaleTemporaries,
  statRegularFile,
  writeFileAtomic,
  type SnapshotSummary,
} from '@orrery/disk';
import type { Home } from '../client/home.ts';
import { takeSnapshot } from './apply.ts';
import { isOfFolder, openHistory, snapshotLabel } from './history.ts';

/** A snapshot as people choose it. */
export type Restorable = SnapshotSummary;

/** What `undo` can go back to, newest first. */
export function listSnapshots(home: Home): readonly Restorable[] {
  return openHistory(home).list();
}

/** What to bring back, and whether only to say so. */
export interface UndoOptions {
  /** Only this file. */
  readonly name?: string | undefined;
  /** The snapshot of this number instead of the newest that fits. */
  readonly snapshot?: number | undefined;
  readonly dryRun?: boolean;
}

export interface Undone {
  readonly id: string;
  readonly folder: string;
  readonly restored: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Brings back the files of a snapshot of `folder`, after a snapshot of the present ones, so that this can be undone as
 * well. One that was interrupted is ended by the same call.
 * @throws {DiskError} `no-snapshot` if nothing fits.
 */
export function undo(home: Home, folder: string, options: UndoOptions = {}): Undone {
  const { name, dryRun = false } = options;
  const found = findSnapshot(home, folder, options);
  const { files } = openHistory(home).read(found.id);
  const chosen = [...files].filter(([file]) => name === undefined || file === name);
  const restored = chosen.filter(([, file]) => file !== null).map(([file]) => file);
  const removed = chosen.filter(([, file]) => file === null).map(([file]) => file);
  if (dryRun) return { id: found.id, folder, restored, removed };
  ensurePrivateFolder(folder, { home: home.userHome });
  removeStaleTemporaries(folder);
  writeBegun(home, { id: found.id, folder, name });
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
  home.remove('undoing');
  return { id: found.id, folder, restored, removed };
}

/** The number by which people name a snapshot. */
export function snapshotNumber(id: string): number {
  return Number.parseInt(id, 10);
}

function findSnapshot(
  home: Home,
  folder: string,
  { name, snapshot: number }: UndoOptions,
): { readonly id: string } {
  const begun = readBegun(home);
  const resumes = begun?.folder === folder && begun.name === name;
  for (const snapshot of openHistory(home).each()) {
    if ('damaged' in snapshot || !isOfFolder(snapshot.label, folder)) continue;
    if (name !== undefined && !snapshot.names.includes(name)) continue;
    if (number !== undefined && snapshotNumber(snapshot.id) !== number) continue;
    // What the interrupted one kept of the present is not what its user wants back.
    const isOwn = snapshot.label === snapshotLabel('undo', folder) && snapshot.id !== begun?.id;
    if (!resumes || !isOwn || number !== undefined) return snapshot;
  }
  const what = name === undefined ? `files of "${folder}"` : `"${name}" in "${folder}"`;
  const which = number === undefined ? 'no snapshot has' : `there is no snapshot ${number} that has`;
  throw new DiskError('no-snapshot', folder, `Cannot undo: ${which} ${what}`);
}

const begunCodec = struct({
  label: literal('orrery/vault/1/undo-file'),
  id: text(64),
  folder: text(4096),
  name: optional(text(255)),
});

/** An undo that was begun and not ended: what it brings back. */
type Begun = Pick<Undone, 'id' | 'folder'> & { readonly name: string | undefined };

function readBegun(home: Home): Begun | undefined {
  const bytes = home.read('undoing');
  try {
    return bytes === undefined ? undefined : decode(begunCodec, bytes);
  } catch (cause) {
    // It only says where to go on; what it would have brought back is a snapshot like others.
    if (cause instanceof FormatError) return undefined;
    throw cause;
  }
}

function writeBegun(home: Home, begun: Begun): void {
  home.write('undoing', encode(begunCodec, { label: 'orrery/vault/1/undo-file', ...begun }));
}
