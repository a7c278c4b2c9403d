// A folder with everything in it, from a place to another.
import type { Attributes } from '@orrery/ssh';
import { copyFile, type Spot } from './copy-file.ts';
import { permissionsOf, type CopyOptions } from './copy-options.ts';
import { isFolder, isLink, isRegular } from './modes.ts';
import { joined } from './names.ts';
import { isFolderAt, type FolderEntry } from './place.ts';
import { writing } from './target-error.ts';

/** Folders in folders: more than that is a circle of links. */
const MAX_DEPTH = 64;

/** Files below so many bytes are copied several at a time: what they wait for is the way, not the disk. */
const SMALL = 128 * 1024;
const SMALL_AT_ONCE = 16;

export interface TreeOptions extends Omit<CopyOptions, 'progress'> {
  /** Copies what a link points to, instead of leaving it out. */
  readonly followLinks: boolean;
  /** Begins a file; what it gives hears how much of it is there, and at last that it ended. */
  readonly begin: (from: Spot, to: Spot, size: number) => FileMeter;
  /** Begins a folder. */
  readonly enter: (from: Spot) => void;
  /** Hears what failed, at the source that is named or as a TargetError; the rest is copied all the same. */
  readonly failed: (path: string, error: unknown) => void;
}

export interface FileMeter {
  tick(bytes: number): void;
  end(): void;
}

/** Copies a file, with its meter. Gives whether that succeeded. */
export async function copyOne(
  from: Spot,
  attributes: Attributes,
  to: Spot,
  options: TreeOptions,
): Promise<boolean> {
  const meter = options.begin(from, to, attributes.size ?? 0);
  try {
    await copyFile(from, attributes, to, {
      ...options,
      progress: (bytes) => meter.tick(bytes),
    }).finally(() => meter.end());
    return true;
  } catch (error) {
    return failure(options, from.path, error);
  }
}

/** Copies a folder into a folder of the given path. Gives whether everything succeeded. */
export async function copyFolder(
  from: Spot,
  attributes: Attributes,
  to: Spot,
  options: TreeOptions,
  depth = 0,
): Promise<boolean> {
  if (depth > MAX_DEPTH)
    return failure(options, from.path, new Error(`Maximum directory depth exceeded: ${MAX_DEPTH} levels`));
  options.enter(from);
  try {
    const made = await writing(to.path, () => makeFolder(to, permissionsOf(attributes)));
    const entries = await from.place.list(from.path);
    const copied = await copyEntries(from, entries, to, options, depth);
    await writing(to.path, () => finishFolder(to, attributes, made, options.preserve));
    return copied;
  } catch (error) {
    return failure(options, from.path, error);
  }
}

async function copyEntries(
  from: Spot,
  entries: readonly FolderEntry[],
  to: Spot,
  options: TreeOptions,
  depth: number,
): Promise<boolean> {
  let all = true;
  const underWay = new Set<Promise<void>>();
  for (const { name, attributes } of entries) {
    if (options.signal?.aborted === true) break;
    const source: Spot = { place: from.place, path: joined(from.path, name) };
    const target: Spot = { place: to.place, path: joined(to.path, name) };
    const copying = copyEntry(source, attributes, target, options, depth)
      .catch((error: unknown) => failure(options, source.path, error))
      .then((copied) => {
        all = copied && all;
        underWay.delete(copying);
      });
    underWay.add(copying);
    if (!isSmall(attributes)) await Promise.all(underWay);
    else if (underWay.size >= SMALL_AT_ONCE) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  return all && options.signal?.aborted !== true;
}

/** Whether a file is over before the next could wait for it. */
function isSmall(attributes: Attributes): boolean {
  return isRegular(attributes) && (attributes.size ?? SMALL) < SMALL;
}

async function copyEntry(
  from: Spot,
  entry: Attributes,
  to: Spot,
  options: TreeOptions,
  depth: number,
): Promise<boolean> {
  const followed = isLink(entry) && options.followLinks;
  const attributes = followed ? await from.place.status(from.path) : entry;
  if (isFolder(attributes)) return copyFolder(from, attributes, to, options, depth + 1);
  return copyOne(from, attributes, to, options);
}

/** Makes a folder in which its owner can write meanwhile. Gives whether it was not there before. */
async function makeFolder({ place, path }: Spot, mode: number): Promise<boolean> {
  try {
    await place.makeFolder(path, mode | 0o700);
    return true;
  } catch (error) {
    if (await isFolderAt(place, path)) return false;
    throw error;
  }
}

/** Now that everything is in it, it gets its own times and permissions. */
async function finishFolder(
  { place, path }: Spot,
  attributes: Attributes,
  made: boolean,
  preserve: boolean,
): Promise<void> {
  const { times } = attributes;
  const mode = permissionsOf(attributes);
  if (preserve) return place.setStatus(path, { mode, ...(times && { times }) });
  if (made && (mode & 0o700) !== 0o700) await place.setStatus(path, { mode });
}

function failure(options: TreeOptions, path: string, error: unknown): false {
  options.failed(path, error);
  return false;
}
