import { foldFileName } from '@orrery/disk';
import type { FileTable, ManifestFile } from '../manifest.ts';
import { MAX_FILE_BYTES } from '../limits.ts';
import { refuseName } from './arrival.ts';
import type { Remark } from './report.ts';
import type { Rules } from './rules.ts';
import type { Scan } from './scan.ts';

/** The server's files that this machine takes, and what it says of the others. */
export function checkArrivals(
  files: FileTable,
  scan: Scan,
  rules: Rules,
): { readonly remote: ReadonlyMap<string, ManifestFile>; readonly remarks: readonly Remark[] } {
  const taken = new Map(
    [...scan.files.keys(), ...scan.kept.keys(), ...scan.subfolders].map((name) => [foldFileName(name), name]),
  );
  const remote = new Map<string, ManifestFile>();
  const remarks: Remark[] = [];
  for (const file of files.values()) {
    const { name } = file;
    if (rules(name) !== undefined) continue;
    const refusal =
      refuseName(name, taken) ??
      (scan.subfolders.includes(name) ? 'a folder of that name is here' : undefined) ??
      (file.size > MAX_FILE_BYTES
        ? `it has ${file.size} bytes, at most ${MAX_FILE_BYTES} are taken`
        : undefined);
    if (refusal !== undefined) {
      remarks.push({ name, kind: 'refused', text: `not taken from the server: ${refusal}` });
      continue;
    }
    taken.set(foldFileName(name), name);
    remote.set(name, file);
  }
  for (const [name, reason] of scan.blocked) remarks.push({ name, kind: 'blocked', text: reason });
  return { remote, remarks };
}
