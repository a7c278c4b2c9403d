import { chmodSync, lstatSync, mkdirSync, opendirSync, statSync, utimesSync, type Stats } from 'node:fs';
import type { Attributes } from '@orrery/ssh';
import { bytesOf, joined } from './names.ts';
import type { FolderEntry, Place } from './place.ts';

/** The files of this machine. */
export class LocalPlace implements Place {
  async status(path: string): Promise<Attributes> {
    return attributesOf(statSync(bytesOf(path)));
  }

  async linkStatus(path: string): Promise<Attributes> {
    return attributesOf(lstatSync(bytesOf(path)));
  }

  async setStatus(path: string, { mode, times }: Attributes): Promise<void> {
    if (mode !== undefined) chmodSync(bytesOf(path), mode & 0o7777);
    if (times !== undefined) utimesSync(bytesOf(path), times.accessed, times.modified);
  }

  async list(path: string): Promise<FolderEntry[]> {
    const folder = opendirSync(bytesOf(path), { encoding: 'latin1' });
    const entries: FolderEntry[] = [];
    try {
      for (let found = folder.readSync(); found !== null; found = folder.readSync()) {
        const stats = lstatSync(bytesOf(joined(path, found.name)), { throwIfNoEntry: false });
        if (stats !== undefined) entries.push({ name: found.name, attributes: attributesOf(stats) });
      }
    } finally {
      folder.closeSync();
    }
    return entries;
  }

  async makeFolder(path: string, mode: number): Promise<void> {
    mkdirSync(bytesOf(path), mode);
  }
}

function attributesOf(stats: Stats): Attributes {
  return {
    size: stats.size,
    owner: { uid: stats.uid, gid: stats.gid },
    mode: stats.mode,
    times: { accessed: Math.floor(stats.atimeMs / 1000), modified: Math.floor(stats.mtimeMs / 1000) },
  };
}
