// Open files and folders of node:fs. Calls block: they take a tenth of the processor time that the pool of threads
// takes for them, and a server of SFTP answers its requests in their order anyway.
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  lstatSync,
  readSync,
  statfsSync,
  writeSync,
  type Dir,
  type Stats,
} from 'node:fs';
import type { Accounts } from './accounts.ts';
import type { Attributes } from './attributes.ts';
import type { Entry, OpenFile, OpenFolder, Statistics } from './file-system.ts';
import { longName } from './long-name.ts';

/** Bits of `st_mode` that chmod(2) sets. */
export const PERMISSIONS = 0o7777;

const MAX_UINT32 = 0xffff_ffff;

export function attributesOf(stats: Stats): Attributes {
  return {
    size: stats.size,
    owner: { uid: stats.uid, gid: stats.gid },
    mode: stats.mode,
    times: { accessed: secondsOf(stats.atimeMs), modified: secondsOf(stats.mtimeMs) },
  };
}

/** A time that 32 bits hold: before 1970 and after 2106 there is none. */
function secondsOf(milliseconds: number): number {
  return Math.min(Math.max(Math.floor(milliseconds / 1000), 0), MAX_UINT32);
}

/** Changes each thing that is given, also when one before it failed. @throws the last failure. */
export function change(attributes: Attributes, steps: ChangeSteps): void {
  const { size, mode, times, owner } = attributes;
  const failures: unknown[] = [];
  const attempt = (step: () => void): void => {
    try {
      step();
    } catch (error) {
      failures.push(error);
    }
  };
  if (size !== undefined) attempt(() => steps.resize(size));
  if (mode !== undefined) attempt(() => steps.setMode(mode & PERMISSIONS));
  if (times !== undefined) attempt(() => steps.setTimes(times.accessed, times.modified));
  if (owner !== undefined) attempt(() => steps.setOwner(owner.uid, owner.gid));
  if (failures.length > 0) throw failures.at(-1);
}

export interface ChangeSteps {
  resize(size: number): void;
  setMode(mode: number): void;
  setTimes(accessed: number, modified: number): void;
  setOwner(uid: number, gid: number): void;
}

export class LocalFile implements OpenFile {
  readonly #fd: number;
  readonly #path: Buffer;

  constructor(fd: number, path: Buffer) {
    this.#fd = fd;
    this.#path = path;
  }

  read(into: Uint8Array, position: number): number {
    return readSync(this.#fd, into, 0, into.length, position);
  }

  write(bytes: Uint8Array, position: number): void {
    let written = 0;
    do {
      written += writeSync(this.#fd, bytes, written, bytes.length - written, position + written);
    } while (written < bytes.length);
  }

  status(): Attributes {
    return attributesOf(fstatSync(this.#fd));
  }

  setStatus(attributes: Attributes): void {
    change(attributes, {
      resize: (size) => ftruncateSync(this.#fd, size),
      setMode: (mode) => fchmodSync(this.#fd, mode),
      setTimes: (accessed, modified) => futimesSync(this.#fd, accessed, modified),
      setOwner: (uid, gid) => fchownSync(this.#fd, uid, gid),
    });
  }

  sync(): void {
    fsyncSync(this.#fd);
  }

  /** Node.js has no fstatvfs: the kernel's own path for the file works also after it was renamed. */
  statistics(): Statistics {
    try {
      return statisticsAt(`/proc/self/fd/${this.#fd}`);
    } catch {
      return statisticsAt(this.#path);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** A folder that was opened with the encoding latin1. */
export class LocalFolder implements OpenFolder {
  readonly #folder: Dir;
  readonly #prefix: Buffer;
  readonly #accounts: Accounts;
  readonly #now = Date.now() / 1000;
  #own: readonly Buffer[] = [Buffer.from('.'), Buffer.from('..')];

  constructor(folder: Dir, path: Buffer, accounts: Accounts) {
    this.#folder = folder;
    this.#prefix = Buffer.concat([path, Buffer.from('/')]);
    this.#accounts = accounts;
  }

  next(): Entry | undefined {
    for (;;) {
      const name = this.#nextName();
      if (name === undefined) return undefined;
      const stats = lstatSync(Buffer.concat([this.#prefix, name]), { throwIfNoEntry: false });
      if (stats !== undefined) return this.#entry(name, stats); // otherwise it was removed meanwhile
    }
  }

  close(): void {
    this.#folder.closeSync();
  }

  #nextName(): Buffer | undefined {
    const [own, ...others] = this.#own;
    this.#own = others;
    if (own !== undefined) return own;
    const found = this.#folder.readSync();
    return found === null ? undefined : Buffer.from(found.name, 'latin1');
  }

  #entry(name: Buffer, stats: Stats): Entry {
    const parts = {
      name,
      mode: stats.mode,
      links: stats.nlink,
      user: this.#accounts.userName(stats.uid) || String(stats.uid),
      group: this.#accounts.groupName(stats.gid) || String(stats.gid),
      size: stats.size,
      modified: stats.mtimeMs / 1000,
    };
    return { name, longName: longName(parts, this.#now), attributes: attributesOf(stats) };
  }
}

/** What statfs(2) tells, in the form of statvfs(3). Node.js does not tell flags, id and the longest name. */
export function statisticsAt(path: Buffer | string): Statistics {
  const found = statfsSync(path, { bigint: true });
  return {
    blockSize: found.bsize,
    fragmentSize: found.frsize,
    blocks: found.blocks,
    freeBlocks: found.bfree,
    availableBlocks: found.bavail,
    files: found.files,
    freeFiles: found.ffree,
    availableFiles: found.ffree,
    id: 0n,
    flags: 0n,
    maxName: 255n,
  };
}
