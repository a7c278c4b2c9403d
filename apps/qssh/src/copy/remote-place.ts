import type { Attributes, SftpClient } from '@orrery/ssh';
import { bytesOf, isPlainName, nameOf } from './names.ts';
import { MAX_FOLDER_NAMES, type FolderEntry, type Place } from './place.ts';

/** The files behind a server of SFTP. */
export class RemotePlace implements Place {
  readonly sftp: SftpClient;
  readonly #suspect: (name: string) => void;

  /** @param suspect hears of names that are none, which a server would send only to reach outside of a folder. */
  constructor(sftp: SftpClient, suspect: (name: string) => void) {
    this.sftp = sftp;
    this.#suspect = suspect;
  }

  status(path: string): Promise<Attributes> {
    return this.sftp.status(bytesOf(path));
  }

  linkStatus(path: string): Promise<Attributes> {
    return this.sftp.linkStatus(bytesOf(path));
  }

  setStatus(path: string, attributes: Attributes): Promise<void> {
    return this.sftp.setStatus(bytesOf(path), attributes);
  }

  async list(path: string): Promise<FolderEntry[]> {
    const entries: FolderEntry[] = [];
    for await (const entry of this.sftp.readFolder(bytesOf(path))) {
      const name = nameOf(entry.name);
      if (name === '.' || name === '..') continue;
      if (isPlainName(name)) entries.push({ name, attributes: entry.attributes });
      else this.#suspect(name);
      if (entries.length > MAX_FOLDER_NAMES)
        throw new Error(`more than ${MAX_FOLDER_NAMES} names in a folder`);
    }
    return entries;
  }

  makeFolder(path: string, mode: number): Promise<void> {
    return this.sftp.makeFolder(bytesOf(path), { mode });
  }
}
