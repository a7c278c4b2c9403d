// The client of draft-ietf-secsh-filexfer-02 over any stream of bytes.
import type { Duplex } from 'node:stream';
import { FormatError, Reader, utf8 } from '@orrery/bytes';
import type { Attributes } from './attributes.ts';
import { Exchange, type MakePacket } from './exchange.ts';
import type { Entry, Statistics } from './file-system.ts';
import { MAX_DATA, MAX_PATH, SAFE_DATA } from './limits.ts';
import * as messages from './messages.ts';
import { RemoteFile } from './remote-file.ts';
import { OpenFlag } from './server-requests.ts';
import { SftpError } from './status.ts';

/** Text is sent as UTF-8, bytes as they are. */
export type RemotePath = string | Uint8Array;

export type OpenFlagName = keyof typeof OpenFlag;

/** What a server takes at once. */
export interface SftpLimits {
  /** Bytes. */
  readonly read: number;
  /** Bytes. */
  readonly write: number;
  /** Files and folders that may be open; undefined if the server does not say. */
  readonly handles: number | undefined;
}

const defaultLimits: SftpLimits = { read: SAFE_DATA, write: SAFE_DATA, handles: undefined };

/**
 * Begins SFTP on a stream that leads to a server.
 * @throws {SftpError} if the stream ends, or the server does not speak version 3.
 */
export async function openSftp(duplex: Duplex): Promise<SftpClient> {
  const exchange = new Exchange(duplex);
  const extensions = await exchange.extensions;
  const limits = extensions.has(messages.limits.name) ? await askLimits(exchange) : defaultLimits;
  return new SftpClient(exchange, extensions, limits);
}

/** A server may have the extension and refuse it. */
async function askLimits(exchange: Exchange): Promise<SftpLimits> {
  const ask: MakePacket = (id) => messages.extendedPacket(messages.limits, id, {});
  const told = await exchange.askExtended(ask, messages.limitsReply).catch((error: unknown) => {
    if (error instanceof SftpError && error.code !== 'connectionLost') return undefined;
    throw error;
  });
  if (told === undefined) return defaultLimits;
  const { read, write, handles } = told;
  return {
    read: dataLimit(read),
    write: dataLimit(write),
    handles: handles === 0n ? undefined : Number(handles),
  };
}

/** 0 is a limit that is not told. */
function dataLimit(told: bigint): number {
  return told === 0n ? SAFE_DATA : Math.min(Number(told), MAX_DATA);
}

/** Every method throws an SftpError if the server refuses, 'unsupported' if it lacks an extension. */
export class SftpClient {
  /** What the server has beside version 3, by its name, each with a version: not to be printed as it is. */
  readonly extensions: ReadonlyMap<string, string>;
  readonly limits: SftpLimits;
  /** Resolves when the stream has ended. */
  readonly closed: Promise<void>;
  readonly #exchange: Exchange;

  constructor(exchange: Exchange, extensions: ReadonlyMap<string, string>, limits: SftpLimits) {
    this.#exchange = exchange;
    this.extensions = extensions;
    this.limits = limits;
    this.closed = exchange.closed;
  }

  async open(
    path: RemotePath,
    flags: readonly OpenFlagName[],
    attributes: Attributes = {},
  ): Promise<RemoteFile> {
    const bits = flags.reduce((sum, flag) => sum | OpenFlag[flag], 0);
    const make: MakePacket = (id) =>
      messages.packet(messages.open, id, { path: bytesOf(path), flags: bits, attributes });
    const { handle } = await this.#exchange.ask(make, messages.handleReply);
    return new RemoteFile(this.#exchange, handle);
  }

  /** The names in a folder as they come, `.` and `..` among them, each as the server sent it. */
  async *readFolder(path: RemotePath): AsyncGenerator<Entry, void> {
    const open: MakePacket = (id) => messages.packet(messages.openFolder, id, { path: bytesOf(path) });
    const opened = await this.#exchange.ask(open, messages.handleReply);
    const next: MakePacket = (id) => messages.packet(messages.readFolder, id, opened);
    try {
      for (;;) {
        const entries = await this.#exchange
          .ask(next, messages.nameReply)
          .then((reply) => reply.entries, endOfFolder);
        if (entries.length === 0) return;
        yield* entries;
      }
    } finally {
      await this.#exchange.perform((id) => messages.packet(messages.close, id, opened)).catch(() => {});
    }
  }

  status(path: RemotePath): Promise<Attributes> {
    return this.#attributes((id) => messages.packet(messages.status, id, { path: bytesOf(path) }));
  }

  linkStatus(path: RemotePath): Promise<Attributes> {
    return this.#attributes((id) => messages.packet(messages.linkStatus, id, { path: bytesOf(path) }));
  }

  setStatus(path: RemotePath, attributes: Attributes): Promise<void> {
    return this.#perform(messages.setStatus, { path: bytesOf(path), attributes });
  }

  setLinkStatus(path: RemotePath, attributes: Attributes): Promise<void> {
    return this.#performExtended(messages.setLinkStatus, { path: bytesOf(path), attributes });
  }

  remove(path: RemotePath): Promise<void> {
    return this.#perform(messages.remove, { path: bytesOf(path) });
  }

  makeFolder(path: RemotePath, attributes: Attributes = {}): Promise<void> {
    return this.#perform(messages.makeFolder, { path: bytesOf(path), attributes });
  }

  removeFolder(path: RemotePath): Promise<void> {
    return this.#perform(messages.removeFolder, { path: bytesOf(path) });
  }

  realPath(path: RemotePath): Promise<Uint8Array> {
    return this.#path((id) => messages.packet(messages.realPath, id, { path: bytesOf(path) }));
  }

  /** As realPath, with `~` and `~user` at its start replaced. */
  expandPath(path: RemotePath): Promise<Uint8Array> {
    if (!this.extensions.has(messages.expandPath.name)) return Promise.reject(new SftpError('unsupported'));
    return this.#path((id) => messages.extendedPacket(messages.expandPath, id, { path: bytesOf(path) }));
  }

  /** The home of a user, the own one for ''. */
  homeFolder(user: string): Promise<Uint8Array> {
    if (!this.extensions.has(messages.homeFolder.name)) return Promise.reject(new SftpError('unsupported'));
    return this.#path((id) => messages.extendedPacket(messages.homeFolder, id, { user: utf8(user) }));
  }

  /** As rename(2) where the server can; otherwise it fails if `to` exists. */
  rename(from: RemotePath, to: RemotePath): Promise<void> {
    if (this.extensions.has(messages.replace.name))
      return this.#performExtended(messages.replace, paths(from, to));
    return this.renameNew(from, to);
  }

  /** Fails if `to` exists. */
  renameNew(from: RemotePath, to: RemotePath): Promise<void> {
    return this.#perform(messages.rename, paths(from, to));
  }

  readLink(path: RemotePath): Promise<Uint8Array> {
    return this.#path((id) => messages.packet(messages.readLink, id, { path: bytesOf(path) }));
  }

  makeLink(target: RemotePath, path: RemotePath): Promise<void> {
    return this.#perform(messages.makeLink, { target: bytesOf(target), path: bytesOf(path) });
  }

  hardLink(from: RemotePath, to: RemotePath): Promise<void> {
    return this.#performExtended(messages.hardLink, paths(from, to));
  }

  statistics(path: RemotePath): Promise<Statistics> {
    if (!this.extensions.has(messages.statistics.name)) return Promise.reject(new SftpError('unsupported'));
    return this.#exchange.askExtended(
      (id) => messages.extendedPacket(messages.statistics, id, { path: bytesOf(path) }),
      messages.statisticsReply,
    );
  }

  /** Copies on the server; length 0 is up to the end. */
  copyData(
    from: RemoteFile,
    offset: number,
    length: number,
    to: RemoteFile,
    toOffset: number,
  ): Promise<void> {
    return this.#performExtended(messages.copyData, {
      from: from.handle,
      offset,
      length,
      to: to.handle,
      toOffset,
    });
  }

  /** Names on the server, '' where it has none. */
  async namesById(
    users: readonly number[],
    groups: readonly number[],
  ): Promise<{ readonly users: readonly string[]; readonly groups: readonly string[] }> {
    if (!this.extensions.has(messages.namesById.name)) throw new SftpError('unsupported');
    const fields = { users: numbers(users), groups: numbers(groups) };
    const make: MakePacket = (id) => messages.extendedPacket(messages.namesById, id, fields);
    const found = await this.#exchange.askExtended(make, messages.namesByIdReply);
    return { users: texts(found.users, users.length), groups: texts(found.groups, groups.length) };
  }

  /** Ends the session when what was asked is answered. */
  async close(): Promise<void> {
    this.#exchange.end();
    await this.closed;
  }

  #perform<T>(message: messages.Message<T>, fields: T): Promise<void> {
    return this.#exchange.perform((id) => messages.packet(message, id, fields));
  }

  #performExtended<T>(extension: messages.Extension<T>, fields: T): Promise<void> {
    if (!this.extensions.has(extension.name)) return Promise.reject(new SftpError('unsupported'));
    return this.#exchange.perform((id) => messages.extendedPacket(extension, id, fields));
  }

  async #attributes(make: MakePacket): Promise<Attributes> {
    return (await this.#exchange.ask(make, messages.attributesReply)).attributes;
  }

  async #path(make: MakePacket): Promise<Uint8Array> {
    const [entry, ...others] = (await this.#exchange.ask(make, messages.nameReply)).entries;
    if (entry === undefined || others.length > 0) throw new SftpError('badMessage');
    return entry.name;
  }
}

function bytesOf(path: RemotePath): Uint8Array {
  return typeof path === 'string' ? utf8(path) : path;
}

function paths(from: RemotePath, to: RemotePath): { from: Uint8Array; to: Uint8Array } {
  return { from: bytesOf(from), to: bytesOf(to) };
}

/** No more names, if the server says that. */
function endOfFolder(error: unknown): readonly Entry[] {
  if (error instanceof SftpError && error.code === 'endOfFile') return [];
  throw error;
}

function numbers(values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}

/** @throws {FormatError} if there are not as many as were asked for. */
function texts(bytes: Uint8Array, count: number): string[] {
  const reader = new Reader(bytes);
  const found: string[] = [];
  while (reader.remaining > 0 && found.length < count) found.push(reader.text(MAX_PATH));
  reader.end();
  if (found.length < count)
    throw new FormatError(`Cannot read names: found ${found.length}, ${count} expected`);
  return found;
}
