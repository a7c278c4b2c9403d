// What a server does for each request, in the order of the messages.
import { decode, FormatError, Reader, type Codec } from '@orrery/bytes';
import { after } from './awaitable.ts';
import type { Awaitable, Entry, FileSystem, OpenFile, OpenFolder, OpenMode } from './file-system.ts';
import { copyData } from './copy-data.ts';
import type { Handle, Handles } from './handles.ts';
import { MAX_DATA, MAX_HANDLES, MAX_PACKET, NAME_BYTES_PER_REPLY, NAMES_PER_REPLY } from './limits.ts';
import * as messages from './messages.ts';
import {
  attributesAnswer,
  type DataAnswers,
  entriesAnswer,
  extendedAnswer,
  handleAnswer,
  okAnswer,
  pathAnswer,
  statusAnswer,
  stringsOf,
  type Reply,
} from './replies.ts';
import { SftpError } from './status.ts';

/** What requests work on. */
export interface ServerState {
  readonly files: FileSystem;
  readonly handles: Handles;
  readonly dataAnswers: DataAnswers;
  readonly readOnly: boolean;
}

export interface RequestHandler {
  /** Its name in lists of permitted and denied requests. */
  readonly name: string;
  /** Whether it changes files, which a read-only server refuses. */
  readonly writes: boolean;
  /** @throws {FormatError} if the fields are malformed. */
  answer(state: ServerState, fields: Uint8Array): Awaitable<Reply>;
  /** The paths in the fields, for a log. */
  paths(fields: Uint8Array): Uint8Array[];
}

type Act<T> = (state: ServerState, fields: T) => Awaitable<Reply>;

function handler<T>(name: string, codec: Codec<T>, writes: boolean, act: Act<T>): RequestHandler {
  return {
    name,
    writes,
    answer: (state, fields) => act(state, decode(codec, fields)),
    paths: (fields) => pathsOf(decode(codec, fields)),
  };
}

/** Fields that are paths. What a handle stands for was told when it was opened. */
function pathsOf(fields: unknown): Uint8Array[] {
  if (typeof fields !== 'object' || fields === null) return [];
  return Object.entries(fields).flatMap(([key, value]) =>
    ['path', 'target', 'from', 'to'].includes(key) && value instanceof Uint8Array ? [value] : [],
  );
}

function reading<T>(name: string, message: messages.Message<T>, act: Act<T>): [number, RequestHandler] {
  return [message.number, handler(name, message.codec, false, act)];
}

function writing<T>(name: string, message: messages.Message<T>, act: Act<T>): [number, RequestHandler] {
  return [message.number, handler(name, message.codec, true, act)];
}

const done = (): Reply => okAnswer;

/** By the number of the message. */
export const requests: ReadonlyMap<number, RequestHandler> = new Map([
  reading('open', messages.open, open),
  reading('close', messages.close, ({ handles }, { handle }) =>
    after(closeHandle(handles.remove(handle)), done),
  ),
  reading('read', messages.read, read),
  writing('write', messages.write, write),
  reading('lstat', messages.linkStatus, ({ files }, { path }) =>
    after(files.linkStatus(path), attributesAnswer),
  ),
  reading('fstat', messages.fileStatus, ({ handles }, { handle }) =>
    after(handles.file(handle).file.status(), attributesAnswer),
  ),
  writing('setstat', messages.setStatus, ({ files }, { path, attributes }) =>
    after(files.setStatus(path, attributes), done),
  ),
  writing('fsetstat', messages.setFileStatus, ({ handles }, { handle, attributes }) =>
    after(handles.file(handle).file.setStatus(attributes), done),
  ),
  reading('opendir', messages.openFolder, openFolder),
  reading('readdir', messages.readFolder, ({ handles }, { handle }) =>
    readFolder(handles.folder(handle).folder),
  ),
  writing('remove', messages.remove, ({ files }, { path }) => after(files.remove(path), done)),
  writing('mkdir', messages.makeFolder, ({ files }, { path, attributes }) =>
    after(files.makeFolder(path, attributes), done),
  ),
  writing('rmdir', messages.removeFolder, ({ files }, { path }) => after(files.removeFolder(path), done)),
  reading('realpath', messages.realPath, ({ files }, { path }) => after(files.realPath(path), pathAnswer)),
  reading('stat', messages.status, ({ files }, { path }) => after(files.status(path), attributesAnswer)),
  writing('rename', messages.rename, ({ files }, { from, to }) => after(files.rename(from, to), done)),
  reading('readlink', messages.readLink, ({ files }, { path }) => after(files.readLink(path), pathAnswer)),
  writing('symlink', messages.makeLink, ({ files }, { target, path }) =>
    after(files.makeLink(target, path), done),
  ),
]);

interface ExtensionHandler extends RequestHandler {
  readonly extension: string;
  readonly version: string;
}

function extended<T>(
  name: string,
  extension: messages.Extension<T>,
  writes: boolean,
  act: Act<T>,
): [string, ExtensionHandler] {
  const { name: wireName, version, codec } = extension;
  return [wireName, { ...handler(name, codec, writes, act), extension: wireName, version }];
}

/** By the name on the wire, in the order in which a server tells them. */
export const extensions: ReadonlyMap<string, ExtensionHandler> = new Map([
  extended('posix-rename', messages.replace, true, ({ files }, { from, to }) =>
    after(files.replace(from, to), done),
  ),
  extended('statvfs', messages.statistics, false, ({ files }, { path }) =>
    after(files.statistics(path), (found) => extendedAnswer(messages.statisticsReply, found)),
  ),
  extended('fstatvfs', messages.fileStatistics, false, ({ handles }, { handle }) =>
    after(handles.file(handle).file.statistics(), (found) => extendedAnswer(messages.statisticsReply, found)),
  ),
  extended('hardlink', messages.hardLink, true, ({ files }, { from, to }) =>
    after(files.hardLink(from, to), done),
  ),
  extended('fsync', messages.sync, true, ({ handles }, { handle }) =>
    after(handles.file(handle).file.sync(), done),
  ),
  extended('lsetstat', messages.setLinkStatus, true, ({ files }, { path, attributes }) =>
    after(files.setLinkStatus(path, attributes), done),
  ),
  extended('limits', messages.limits, false, () => limitsAnswer),
  extended('expand-path', messages.expandPath, false, ({ files }, { path }) =>
    after(files.expandPath(path), pathAnswer),
  ),
  extended('copy-data', messages.copyData, true, ({ handles }, { from, offset, length, to, toOffset }) =>
    after(copyData(handles.file(from), offset, length, handles.file(to), toOffset), done),
  ),
  extended('home-directory', messages.homeFolder, false, ({ files }, { user }) =>
    after(files.homeFolder(user), pathAnswer),
  ),
  extended('users-groups-by-id', messages.namesById, false, namesById),
]);

const limitsAnswer = extendedAnswer(messages.limitsReply, {
  packet: BigInt(MAX_PACKET),
  read: BigInt(MAX_DATA),
  write: BigInt(MAX_DATA),
  handles: BigInt(MAX_HANDLES),
});

/** Bits of the flags in OPEN, section 6.3. */
export const OpenFlag = { read: 1, write: 2, append: 4, create: 8, truncate: 16, exclusive: 32 } as const;

function open(
  { files, handles, readOnly }: ServerState,
  fields: FieldsOf<typeof messages.open>,
): Awaitable<Reply> {
  const { path, flags, attributes } = fields;
  const { write: canWrite, create, truncate } = OpenFlag;
  if (readOnly && flags & (canWrite | create | truncate)) throw new SftpError('permissionDenied');
  if (!handles.hasRoom) throw new SftpError('failure');
  const kept = path.slice();
  return after(files.open(path, modeOf(flags), attributes), (file: OpenFile) =>
    handleAnswer(handles.add({ kind: 'file', file, path: kept, bytesRead: 0, bytesWritten: 0 })),
  );
}

function modeOf(flags: number): OpenMode {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  return {
    read: has(OpenFlag.read),
    write: has(OpenFlag.write),
    append: has(OpenFlag.append),
    create: has(OpenFlag.create),
    truncate: has(OpenFlag.truncate),
    exclusive: has(OpenFlag.exclusive),
  };
}

/** What one has open no longer. */
export function closeHandle(handle: Handle): Awaitable<void> {
  return handle.kind === 'file' ? handle.file.close() : handle.folder.close();
}

function read(
  { handles, dataAnswers }: ServerState,
  fields: FieldsOf<typeof messages.read>,
): Awaitable<Reply> {
  const { handle, offset, length } = fields;
  const opened = handles.file(handle);
  if (length === 0) return dataAnswers.answer(0);
  return after(opened.file.read(dataAnswers.room(Math.min(length, MAX_DATA)), offset), (count) => {
    if (count === 0) return statusAnswer('endOfFile');
    opened.bytesRead += count;
    return dataAnswers.answer(count);
  });
}

function write({ handles }: ServerState, fields: FieldsOf<typeof messages.write>): Awaitable<Reply> {
  const { handle, offset, data } = fields;
  const opened = handles.file(handle);
  return after(opened.file.write(data, offset), () => {
    opened.bytesWritten += data.length;
    return okAnswer;
  });
}

function openFolder({ files, handles }: ServerState, { path }: { path: Uint8Array }): Awaitable<Reply> {
  if (!handles.hasRoom) throw new SftpError('failure');
  const kept = path.slice();
  return after(files.openFolder(path), (folder) =>
    handleAnswer(handles.add({ kind: 'folder', folder, path: kept })),
  );
}

/** Some names of a folder, or its end. */
function readFolder(folder: OpenFolder): Awaitable<Reply> {
  const page = new Page();
  const more = (): Awaitable<Reply> => {
    while (!page.isFull) {
      const entry = folder.next();
      if (entry instanceof Promise) return entry.then((found) => (page.take(found) ? more() : page.answer()));
      if (!page.take(entry)) break;
    }
    return page.answer();
  };
  return more();
}

/** The names of one answer. */
class Page {
  readonly #entries: Entry[] = [];
  #bytes = 0;

  get isFull(): boolean {
    return this.#entries.length >= NAMES_PER_REPLY || this.#bytes >= NAME_BYTES_PER_REPLY;
  }

  /** Whether there was a name. */
  take(entry: Entry | undefined): boolean {
    if (entry === undefined) return false;
    this.#entries.push(entry);
    this.#bytes += entry.name.length + entry.longName.length;
    return true;
  }

  answer(): Reply {
    return this.#entries.length === 0 ? statusAnswer('endOfFile') : entriesAnswer(this.#entries);
  }
}

function namesById({ files }: ServerState, fields: FieldsOf<typeof messages.namesById>): Awaitable<Reply> {
  const { users, groups } = fields;
  return after(files.userNames(idsIn(users)), (userNames) =>
    after(files.groupNames(idsIn(groups)), (groupNames) =>
      extendedAnswer(messages.namesByIdReply, { users: stringsOf(userNames), groups: stringsOf(groupNames) }),
    ),
  );
}

/** The numbers that a string holds one after the other. */
function idsIn(bytes: Uint8Array): number[] {
  if (bytes.length % 4 !== 0)
    throw new FormatError(`Cannot read numbers: found ${bytes.length} bytes, a multiple of 4 expected`);
  const reader = new Reader(bytes);
  return Array.from({ length: bytes.length / 4 }, () => reader.uint32());
}

type FieldsOf<M> = M extends { readonly codec: Codec<infer T> } ? T : never;
