import { closeSync, fstatSync, openSync, opendirSync, readSync, statSync, type Stats } from 'node:fs';
import { baseOf, bytesOf, isPlainName, joined } from '../copy/names.ts';
import { reasonOf } from '../copy/reason.ts';
import { LegacyError, type LegacyLink } from './legacy-link.ts';

const CHUNK = 64 * 1024;
const MAX_DEPTH = 64;

export interface LegacyOptions {
  readonly recursive: boolean;
  readonly preserve: boolean;
  /** Hears what failed, of which the rest does not depend. */
  readonly failed: (path: string, reason: string) => void | Promise<void>;
}

/** Sends a file or folder of this machine. @throws {LegacyError} if nothing more can be sent. */
export async function sendPath(
  link: LegacyLink,
  path: string,
  options: LegacyOptions,
  depth = 0,
): Promise<void> {
  try {
    const stats = statSync(bytesOf(path));
    if (stats.isDirectory() && options.recursive) return await sendFolder(link, path, stats, options, depth);
    if (!stats.isFile()) throw new Error('not a regular file');
    await sendFile(link, path, options);
  } catch (error) {
    if (error instanceof LegacyError && error.isFatal) throw error;
    await options.failed(path, reasonOf(error));
  }
}

async function sendFolder(
  link: LegacyLink,
  path: string,
  stats: Stats,
  options: LegacyOptions,
  depth: number,
): Promise<void> {
  if (depth > MAX_DEPTH) throw new Error(`Maximum directory depth exceeded: ${MAX_DEPTH} levels`);
  const folder = opendirSync(bytesOf(path), { encoding: 'latin1' });
  try {
    if (options.preserve) await sendTimes(link, stats);
    await link.write(`D${modeOf(stats)} 0 ${nameFor(path)}\n`);
    await link.expectOk();
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync())
      await sendPath(link, joined(path, entry.name), options, depth + 1);
    await link.write('E\n');
    await link.expectOk();
  } finally {
    folder.closeSync();
  }
}

async function sendFile(link: LegacyLink, path: string, { preserve }: LegacyOptions): Promise<void> {
  const fd = openSync(bytesOf(path), 'r');
  try {
    const stats = fstatSync(fd);
    if (preserve) await sendTimes(link, stats);
    await link.write(`C${modeOf(stats)} ${stats.size} ${nameFor(path)}\n`);
    await link.expectOk();
    const failure = await sendBytes(link, fd, stats.size);
    if (failure === undefined) await link.acknowledge();
    else await link.refuse(failure);
    await link.expectOk();
    if (failure !== undefined) throw new Error(failure);
  } finally {
    closeSync(fd);
  }
}

/** Sends as many bytes as were announced, whatever the file has by now; gives why they are not those of the file. */
async function sendBytes(link: LegacyLink, fd: number, size: number): Promise<string | undefined> {
  let failure: string | undefined;
  for (let at = 0; at < size;) {
    const chunk = Buffer.alloc(Math.min(CHUNK, size - at));
    let length = 0;
    try {
      length = failure === undefined ? readSync(fd, chunk, 0, chunk.length, at) : 0;
      if (length === 0) failure ??= 'the file became shorter';
    } catch (error) {
      failure = reasonOf(error);
    }
    await link.write(length === 0 ? chunk : chunk.subarray(0, length));
    at += length === 0 ? chunk.length : length;
  }
  return failure;
}

async function sendTimes(link: LegacyLink, { mtimeMs, atimeMs }: Stats): Promise<void> {
  const [modified, accessed] = [mtimeMs, atimeMs].map((time) => Math.max(0, Math.floor(time / 1000)));
  await link.write(`T${modified} 0 ${accessed} 0\n`);
  await link.expectOk();
}

function modeOf({ mode }: Stats): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

/** A name in a line. @throws {Error} if lines cannot carry it. */
function nameFor(path: string): string {
  const name = baseOf(path);
  if (name.includes('\n')) throw new Error('the old protocol has no names with newlines');
  return isPlainName(name) ? name : '.';
}
