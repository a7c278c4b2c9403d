import { foldFileName } from '@orrery/disk';
import type { FileTable, ManifestFile } from '../manifest.ts';
import { MAX_FILE_BYTES } from '../limits.ts';
import { refuseName } from './arrival.ts';
import type { BaseFile } from './folder-state.ts';
import type { Remark } from './report.ts';
import type { Rules } from './rules.ts';
import { NOT_REGULAR, type Scan } from './scan.ts';
import { BEYOND_TOTAL, beyondTotal } from './total.ts';

/** The server's files that this machine takes, those that it refuses, and what it says of these. */
export interface Arrivals {
  readonly remote: ReadonlyMap<string, ManifestFile>;
  readonly refused: ReadonlySet<string>;
  readonly remarks: readonly Remark[];
}

/**
 * Looks at every name of the server before anything is done with it.
 * @param base The versions that this folder and the server last had in common.
 */
export function checkArrivals(
  files: FileTable,
  scan: Scan,
  rules: Rules,
  base: readonly BaseFile[],
): Arrivals {
  const taken = new Map(
    // Whatever stands here, readable or not, an arrival could replace on a system that takes both names for one.
    [...scan.blocked.keys(), ...scan.kept.keys(), ...scan.subfolders, ...scan.files.keys()].map((name) => [
      foldFileName(name),
      name,
    ]),
  );
  const remote = new Map<string, ManifestFile>();
  const known = new Map(base.map(({ name, hash }) => [name, hash.toHex()]));
  const refused = new Set<string>();
  const remarks: Remark[] = [];
  const beyond = beyondTotal(files.values());
  for (const file of files.values()) {
    const { name } = file;
    // What stands here already, this system tells apart; what was deleted here only has to go there as well.
    const leaves = known.get(name) === file.hash.toHex() && !scan.files.has(name);
    const refusal = beyond.has(name)
      ? BEYOND_TOTAL
      : refuse(file, scan, leaves || scan.files.has(name) ? new Map() : taken);
    if (refusal !== undefined) {
      refused.add(name);
      // What is in the way stands here, and is moved here.
      const kind = refusal === obstacleTo(name, scan) ? 'blocked' : 'refused';
      remarks.push({ name, kind, text: `not taken from the server: ${refusal}` });
    } else if (rules(name) === undefined) {
      taken.set(foldFileName(name), name);
      remote.set(name, file);
    }
  }
  for (const [name, reason] of scan.blocked) remarks.push({ name, kind: 'blocked', text: reason });
  return { remote, refused, remarks };
}

function refuse(
  { name, size }: ManifestFile,
  scan: Scan,
  taken: ReadonlyMap<string, string>,
): string | undefined {
  const reason = refuseName(name, taken);
  if (reason !== undefined) return reason;
  const obstacle = obstacleTo(name, scan);
  if (obstacle !== undefined) return obstacle;
  return size > MAX_FILE_BYTES ? `it has ${size} bytes, at most ${MAX_FILE_BYTES} are taken` : undefined;
}

function obstacleTo(name: string, scan: Scan): string | undefined {
  if (scan.subfolders.includes(name))
    return 'a folder of that name is here: move that away, or rename the file elsewhere';
  if (scan.kept.get(name) === NOT_REGULAR)
    return 'what has that name here is no regular file: move that away, or rename the file elsewhere';
  return undefined;
}
