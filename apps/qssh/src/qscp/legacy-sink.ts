import {
  chmodSync,
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { constants } from 'node:fs';
import { bytesOf, isPlainName, joined, shown } from '../copy/names.ts';
import { reasonOf } from '../copy/reason.ts';
import { LegacyError, type LegacyLink } from './legacy-link.ts';
import type { LegacyOptions } from './legacy-source.ts';

export interface SinkOptions extends LegacyOptions {
  /** Whether a name may come that is not in a folder that came before. */
  readonly isWanted: (name: string) => boolean;
  /** Several files come, so that the target must be a folder. */
  readonly needsFolder: boolean;
}

interface Times {
  readonly modified: number;
  readonly accessed: number;
}

interface Item {
  readonly isFolder: boolean;
  readonly mode: number;
  readonly size: number;
  readonly name: string;
}

/** Takes files and folders to a path of this machine. @throws {LegacyError} if the other side breaks the rules. */
export async function receiveAll(link: LegacyLink, target: string, options: SinkOptions): Promise<void> {
  if (options.needsFolder && !isFolder(target)) {
    await link.refuse(`${shown(target)}: Not a directory`);
    throw new Error('Not a directory');
  }
  await link.acknowledge();
  await receiveInto(link, target, options, true);
}

async function receiveInto(
  link: LegacyLink,
  target: string,
  options: SinkOptions,
  isTop: boolean,
): Promise<void> {
  let times: Times | undefined;
  for (;;) {
    const byte = await link.byte();
    if (byte === undefined) {
      if (isTop) return;
      throw new LegacyError('Connection closed', true);
    }
    const line = await link.line();
    if (byte === 1) await options.failed(target, line);
    else if (byte === 2) throw new LegacyError(line, true);
    else if (byte === 0x45) {
      if (isTop) breakRules('an end without a folder');
      return link.acknowledge();
    } else if (byte === 0x54) {
      times = readTimes(line);
      await link.acknowledge();
    } else {
      const item = readItem(byte, line);
      if (isTop && !options.isWanted(item.name)) breakRules(`"${shown(item.name)}" was not asked for`);
      if (item.isFolder && !options.recursive) breakRules('a folder came without -r');
      const path = isFolder(target) ? joined(target, item.name) : target;
      await (item.isFolder ? receiveFolder : receiveFile)(
        link,
        path,
        item,
        options.preserve ? times : undefined,
        options,
      );
      times = undefined;
    }
  }
}

function readTimes(line: string): Times {
  const [, modified = '', accessed = ''] =
    /^([0-9]{1,12}) [0-9]{1,6} ([0-9]{1,12}) [0-9]{1,6}$/.exec(line) ?? [];
  if (modified === '') breakRules('times expected');
  return { modified: Number(modified), accessed: Number(accessed) };
}

/** Nothing is let through that is more than one name in a folder. */
function readItem(byte: number, line: string): Item {
  const [, mode = '', size = '', name = ''] = /^([0-7]{4}) ([0-9]{1,15}) ([^]+)$/.exec(line) ?? [];
  if ((byte !== 0x43 && byte !== 0x44) || !isPlainName(name)) breakRules(`unexpected name "${shown(name)}"`);
  return { isFolder: byte === 0x44, mode: Number.parseInt(mode, 8), size: Number(size), name };
}

function breakRules(what: string): never {
  throw new LegacyError(`protocol error: ${what}`, true);
}

async function receiveFolder(
  link: LegacyLink,
  path: string,
  item: Item,
  times: Times | undefined,
  options: SinkOptions,
): Promise<void> {
  const isNew = !isFolder(path);
  try {
    if (isNew) mkdirSync(bytesOf(path), (item.mode & 0o777) | 0o700);
  } catch (error) {
    await options.failed(path, reasonOf(error));
    return link.refuse(`${path}: ${reasonOf(error)}`);
  }
  await link.acknowledge();
  await receiveInto(link, path, options, false);
  await attempt(path, options, () => {
    if (times !== undefined) utimesSync(bytesOf(path), times.accessed, times.modified);
    if (isNew || options.preserve)
      chmodSync(bytesOf(path), item.mode & 0o777 & ~(options.preserve ? 0 : process.umask()));
  });
}

async function receiveFile(
  link: LegacyLink,
  path: string,
  item: Item,
  times: Times | undefined,
  options: SinkOptions,
): Promise<void> {
  let fd: number;
  try {
    fd = openSync(bytesOf(path), constants.O_WRONLY | constants.O_CREAT, (item.mode & 0o777) | 0o200);
  } catch (error) {
    await options.failed(path, reasonOf(error));
    return link.refuse(`${path}: ${reasonOf(error)}`);
  }
  await link.acknowledge();
  let failure: string | undefined;
  try {
    failure = await receiveBytes(link, fd, item.size);
    if (failure === undefined && fstatSync(fd).isFile()) ftruncateSync(fd, item.size);
  } finally {
    closeSync(fd);
  }
  await link.expectOk().catch((error: unknown) => {
    if (error instanceof LegacyError && !error.isFatal) failure ??= error.message;
    else throw error;
  });
  if (failure === undefined) {
    await attempt(path, options, () => {
      if (times !== undefined) utimesSync(bytesOf(path), times.accessed, times.modified);
      if (options.preserve) chmodSync(bytesOf(path), item.mode & 0o777);
    });
    return link.acknowledge();
  }
  await options.failed(path, failure);
  await link.refuse(`${path}: ${failure}`);
}

/** Writes as many bytes as were announced, also when the disk takes none of them any more; gives why it does not. */
async function receiveBytes(link: LegacyLink, fd: number, size: number): Promise<string | undefined> {
  let failure: string | undefined;
  for await (const part of link.bytes(size)) failure ??= writeFailure(fd, part);
  return failure;
}

/** Why bytes cannot be written, if they cannot. */
function writeFailure(fd: number, bytes: Uint8Array): string | undefined {
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

async function attempt(path: string, { failed }: SinkOptions, act: () => void): Promise<void> {
  try {
    act();
  } catch (error) {
    await failed(path, reasonOf(error));
  }
}

function isFolder(path: string): boolean {
  return statSync(bytesOf(path), { throwIfNoEntry: false })?.isDirectory() === true;
}
