import type { Attributes } from './attributes.ts';

/** An answer at once, or later. */
export type Awaitable<T> = T | Promise<T>;

/** How a file is opened (draft-ietf-secsh-filexfer-02, section 6.3). */
export interface OpenMode {
  readonly read: boolean;
  readonly write: boolean;
  /** Every write goes to the end. */
  readonly append: boolean;
  readonly create: boolean;
  readonly truncate: boolean;
  /** Fails if the file exists. */
  readonly exclusive: boolean;
}

/** What statvfs(3) tells. */
export interface Statistics {
  readonly blockSize: bigint;
  readonly fragmentSize: bigint;
  readonly blocks: bigint;
  readonly freeBlocks: bigint;
  readonly availableBlocks: bigint;
  readonly files: bigint;
  readonly freeFiles: bigint;
  readonly availableFiles: bigint;
  readonly id: bigint;
  readonly flags: bigint;
  readonly maxName: bigint;
}

/** One name in a folder. */
export interface Entry {
  readonly name: Uint8Array;
  /** The line of `ls -l` for it. */
  readonly longName: Uint8Array;
  readonly attributes: Attributes;
}

export interface OpenFile {
  /** Fills `into` from `position` on as far as the file goes, and gives the number of bytes: 0 at its end. */
  read(into: Uint8Array, position: number): Awaitable<number>;
  /** Writes all bytes. They are valid only until the answer. */
  write(bytes: Uint8Array, position: number): Awaitable<void>;
  status(): Awaitable<Attributes>;
  setStatus(attributes: Attributes): Awaitable<void>;
  sync(): Awaitable<void>;
  statistics(): Awaitable<Statistics>;
  close(): Awaitable<void>;
}

export interface OpenFolder {
  /** The next name, `.` and `..` among them; undefined after the last. */
  next(): Awaitable<Entry | undefined>;
  close(): Awaitable<void>;
}

/**
 * What a server of SFTP shows. Paths are bytes, relative ones begin at the folder where a session begins. A method fails
 * with an SftpError, or with an error of node:fs, whose `code` becomes a status.
 */
export interface FileSystem {
  open(path: Uint8Array, mode: OpenMode, attributes: Attributes): Awaitable<OpenFile>;
  openFolder(path: Uint8Array): Awaitable<OpenFolder>;
  status(path: Uint8Array): Awaitable<Attributes>;
  linkStatus(path: Uint8Array): Awaitable<Attributes>;
  setStatus(path: Uint8Array, attributes: Attributes): Awaitable<void>;
  setLinkStatus(path: Uint8Array, attributes: Attributes): Awaitable<void>;
  remove(path: Uint8Array): Awaitable<void>;
  makeFolder(path: Uint8Array, attributes: Attributes): Awaitable<void>;
  removeFolder(path: Uint8Array): Awaitable<void>;
  /** The path from the root without links; its last name need not exist. */
  realPath(path: Uint8Array): Awaitable<Uint8Array>;
  /** Fails if `to` exists. */
  rename(from: Uint8Array, to: Uint8Array): Awaitable<void>;
  /** As rename(2): what was `to` is gone. */
  replace(from: Uint8Array, to: Uint8Array): Awaitable<void>;
  readLink(path: Uint8Array): Awaitable<Uint8Array>;
  makeLink(target: Uint8Array, path: Uint8Array): Awaitable<void>;
  hardLink(from: Uint8Array, to: Uint8Array): Awaitable<void>;
  statistics(path: Uint8Array): Awaitable<Statistics>;
  /** As realPath, with `~` (where sessions begin) and `~user` at the start replaced. */
  expandPath(path: Uint8Array): Awaitable<Uint8Array>;
  /** The home of a user, the own one for an empty name. */
  homeFolder(user: Uint8Array): Awaitable<Uint8Array>;
  /** Names, empty where there is none. */
  userNames(ids: readonly number[]): Awaitable<readonly string[]>;
  groupNames(ids: readonly number[]): Awaitable<readonly string[]>;
}
