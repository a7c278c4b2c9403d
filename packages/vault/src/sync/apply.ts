import { lstatSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  ChangedError,
  ensurePrivateFolder,
  readRegularFile,
  removeFile,
  removeStaleTemporaries,
  statRegularFile,
  writeFileAtomic,
  type SnapshotFile,
  type Stamp,
} from '@orrery/disk';
import { sha256 } from '@orrery/crypto';
import { recognisePrivateKey } from '@orrery/keys';
import type { Home } from '../client/home.ts';
import { MAX_FILE_BYTES } from '../limits.ts';
import type { Change, Content } from './changes.ts';
import { openHistory, snapshotLabel } from './history.ts';
import type { Place } from './place.ts';
import type { Remark } from './report.ts';
import { writtenForm, type LocalFile } from './scan.ts';

/** What writing a folder came to. */
export interface Applied {
  readonly written: readonly LocalFile[];
  readonly removed: readonly string[];
  readonly remarks: readonly Remark[];
  readonly snapshot: string | undefined;
}

/**
 * Writes the arrivals into a folder: first a snapshot of what they replace, then each file whole, and
 * only if it is still as the plan saw it.
 * @param seen The stamp of a file that the plan saw; null: there must be none; undefined: anything may be there.
 */
export function applyChanges(
  home: Home,
  place: Place,
  changes: readonly Change[],
  seen: (name: string) => Stamp | null | undefined,
  command: string,
): Applied {
  const arrivals = changes.filter(({ toDisk }) => toDisk !== undefined);
  removeStaleTemporaries(place.folder);
  if (arrivals.length === 0) return { written: [], removed: [], remarks: [], snapshot: undefined };
  ensurePrivateFolder(place.folder, { repair: true, home: place.home });
  const snapshot = takeSnapshot(
    home,
    place.folder,
    arrivals.map(({ name }) => name),
    command,
  );
  const written: LocalFile[] = [];
  const removed: string[] = [];
  const remarks: Remark[] = [];
  for (const { name, toDisk } of arrivals) {
    try {
      if (toDisk === null) {
        removeArrival(place, name, seen(name));
        removed.push(name);
      } else if (toDisk !== undefined) {
        written.push(writeArrival(place, name, toDisk, seen(name)));
        remarks.push(...throughLink(place, name));
      }
    } catch (cause) {
      if (!(cause instanceof ChangedError)) throw cause;
      remarks.push({
        name,
        kind: 'changed',
        text: 'it changed while it was synced: left as it is until the next sync',
      });
    }
  }
  return { written, removed, remarks, snapshot };
}

/**
 * Keeps what stands at `names` now, so that `undo` brings it back. Returns the snapshot's id.
 * @param command One word: what is about to change them.
 */
export function takeSnapshot(home: Home, folder: string, names: readonly string[], command: string): string {
  const files = new Map<string, SnapshotFile | null>();
  for (const name of names) files.set(name, readForSnapshot(join(folder, name)));
  return openHistory(home).create(snapshotLabel(command, folder), files);
}

function readForSnapshot(path: string): SnapshotFile | null {
  if (statRegularFile(path) === undefined) return null;
  const { bytes, stamp } = readRegularFile(path, MAX_FILE_BYTES);
  return { bytes, mode: stamp.mode, mtimeSeconds: Number(stamp.mtimeNs / 1_000_000_000n) };
}

function writeArrival(
  place: Place,
  name: string,
  content: Content,
  expect: Stamp | null | undefined,
): LocalFile {
  const { mode, mtime, portable, bytes } = content;
  const stamp = writeFileAtomic(join(place.folder, name), writtenForm(content, place), {
    mode,
    mtimeSeconds: mtime,
    ...(expect === undefined ? {} : { expect }),
  });
  const privateKey = recognisePrivateKey(bytes) !== undefined;
  return { name, hash: sha256(bytes).toHex(), mode, mtime, portable, privateKey, stamp };
}

/** What changes outside the folder, because a link of the user leads there, is said. */
function throughLink({ folder }: Place, name: string): readonly Remark[] {
  const path = join(folder, name);
  if (!lstatSync(path).isSymbolicLink()) return [];
  const [target, inside] = [realpathSync(path), realpathSync(folder)];
  if (dirname(target) === inside) return [];
  return [{ name, kind: 'link', text: `written through your link to "${target}", outside "${folder}"` }];
}

function removeArrival(place: Place, name: string, expect: Stamp | null | undefined): void {
  if (expect) removeFile(join(place.folder, name), { expect });
}
