import { join } from 'node:path';
import { sha256 } from '@orrery/crypto';
import {
  checkFileName,
  DiskError,
  equalStamp,
  listFolder,
  readRegularFile,
  statRegularFile,
  type FolderList,
  type Stamp,
} from '@orrery/disk';
import { recognisePrivateKey } from '@orrery/keys';
import { fromPortable, toPortable } from '@orrery/sshfiles';
import { MAX_FILE_BYTES, MAX_FILES } from '../limits.ts';
import { RACY, type FolderState, type Seen } from './folder-state.ts';
import type { Place } from './place.ts';
import type { Rules } from './rules.ts';
import { BEYOND_TOTAL, beyondTotal } from './total.ts';

/** Times up to the year 2554: others are read again at every sync. */
const MAX_NS = 2n ** 64n;

/** Why a FIFO, a socket or a device is kept out of a sync. */
export const NOT_REGULAR = 'not a regular file';

/** A file as it stands here, in the form in which it is stored. */
export interface LocalFile {
  readonly name: string;
  /** SHA-256 of the stored form, hex. */
  readonly hash: string;
  readonly mode: number;
  readonly mtime: number;
  readonly portable: boolean;
  readonly privateKey: boolean;
  readonly stamp: Stamp;
}

/** What stands in a folder. */
export interface Scan {
  readonly files: ReadonlyMap<string, LocalFile>;
  /** Entries that could not be read: neither sent nor counted as deleted. */
  readonly blocked: ReadonlyMap<string, string>;
  readonly subfolders: readonly string[];
  /** Not synced by a rule, with its reason. */
  readonly kept: ReadonlyMap<string, string>;
  readonly missing: boolean;
  /** Files that were read because their stamps were new. */
  readonly read: number;
}

/** A file's content in stored form. */
export interface Stored {
  readonly content: Uint8Array;
  /** It is an ssh_config whose paths under the home directory are marked. */
  readonly portable: boolean;
  /** Absolute paths in it that lead out of the home directory: the same on every machine. */
  readonly outside: readonly string[];
}

function toStored(bytes: Uint8Array, asConfig: boolean, place: Place): Stored {
  const plain: Stored = { content: bytes, portable: false, outside: [] };
  if (!asConfig) return plain;
  try {
    const { bytes: content, outside } = toPortable(bytes, place);
    return { content, portable: true, outside };
  } catch (cause) {
    // With a NUL in it, or of such a size, it is no ssh_config, whatever its name.
    if (cause instanceof SyntaxError || cause instanceof RangeError) return plain;
    throw cause;
  }
}

/**
 * What is written here for a content in stored form.
 * @throws {SyntaxError | RangeError} if it says that it is an ssh_config, and cannot be one.
 */
export function writtenForm(
  { bytes, portable }: { readonly bytes: Uint8Array; readonly portable: boolean },
  place: Place,
): Uint8Array {
  return portable ? fromPortable(bytes, place) : bytes;
}

/** Reads one file of the folder in stored form. */
export function readStored(
  place: Place,
  name: string,
  asConfig: boolean,
): Stored & { readonly stamp: Stamp } {
  const { bytes, stamp } = readRegularFile(join(place.folder, name), MAX_FILE_BYTES);
  return { ...toStored(bytes, asConfig, place), stamp };
}

/**
 * Looks at every file of the folder; reads only those whose stamp is new.
 * @param asConfig Whether a name is stored as an ssh_config.
 */
export function scanFolder(
  place: Place,
  state: FolderState,
  rules: Rules,
  asConfig: (name: string) => boolean,
): Scan {
  const listing = listFolder(place.folder, MAX_FILES);
  const known = new Map(state.seen.map((seen) => [seen.name, seen]));
  const files = new Map<string, LocalFile>();
  const blocked = new Map<string, string>();
  const kept = new Map<string, string>();
  let read = 0;
  for (const { name, kind } of listing?.entries ?? []) {
    if (kind === 'folder') continue;
    const reason = rules(name) ?? (kind === 'other' ? NOT_REGULAR : undefined);
    if (reason !== undefined) {
      kept.set(name, reason);
      continue;
    }
    const refusal = checkFileName(name);
    if (refusal !== undefined) {
      blocked.set(name, `not synced: ${refusal}`);
      continue;
    }
    try {
      const file = lookAt(place, name, known.get(name), asConfig(name));
      if (file !== undefined) files.set(name, file);
      if (file !== undefined && !isKnown(file, known.get(name))) read++;
    } catch (cause) {
      if (!(cause instanceof DiskError)) throw cause;
      blocked.set(name, cause.message);
    }
  }
  for (const name of beyondTotal(
    files.values().map(({ name: file, stamp }) => ({ name: file, size: stamp.size })),
  )) {
    files.delete(name);
    blocked.set(name, `not synced: ${BEYOND_TOTAL}`);
  }
  for (const name of listing?.invalidNames ?? []) blocked.set(name, 'its name is not UTF-8');
  return { files, blocked, kept, subfolders: subfoldersOf(listing), missing: listing === undefined, read };
}

function subfoldersOf(listing: FolderList | undefined): string[] {
  return (listing?.entries ?? []).filter(({ kind }) => kind === 'folder').map(({ name }) => name);
}

function lookAt(
  place: Place,
  name: string,
  seen: Seen | undefined,
  asConfig: boolean,
): LocalFile | undefined {
  const stamp = statRegularFile(join(place.folder, name));
  if (stamp === undefined) return undefined;
  const trusted = seen !== undefined && (seen.portable || !asConfig) && equalStamp(stampOf(seen), stamp);
  if (trusted) return toLocal(name, seen.hash.toHex(), seen.portable, seen.privateKey, stamp);
  const { content, portable, stamp: read } = readStored(place, name, asConfig);
  return toLocal(name, sha256(content).toHex(), portable, recognisePrivateKey(content) !== undefined, read);
}

function isKnown(file: LocalFile, seen: Seen | undefined): boolean {
  return seen !== undefined && equalStamp(stampOf(seen), file.stamp);
}

function toLocal(
  name: string,
  hash: string,
  portable: boolean,
  privateKey: boolean,
  stamp: Stamp,
): LocalFile {
  const mtime = Number(stamp.mtimeNs / 1_000_000_000n);
  return { name, hash, portable, privateKey, stamp, mtime, mode: storedMode(stamp.mode, privateKey) };
}

/** The mode that a file has everywhere: private keys are the user's alone, and nobody else writes. */
export function storedMode(mode: number, privateKey: boolean): number {
  return privateKey ? 0o600 : (mode & 0o755) | 0o600;
}

/** What to remember of a scan: files whose stamp cannot hide a later change, and can be written down. */
export function toSeen(files: Iterable<LocalFile>, now: bigint): Seen[] {
  return [...files]
    .filter(({ stamp }) => stamp.ctimeNs + RACY < now && stamp.mtimeNs >= 0n && stamp.mtimeNs < MAX_NS)
    .map(({ name, hash, portable, privateKey, stamp }) => ({
      name,
      hash: Uint8Array.fromHex(hash),
      portable,
      privateKey,
      size: BigInt(stamp.size),
      mtimeNs: stamp.mtimeNs,
      ctimeNs: stamp.ctimeNs,
      ino: stamp.ino,
      mode: stamp.mode,
    }));
}

function stampOf(seen: Seen): Stamp {
  const { size, mtimeNs, ctimeNs, ino, mode } = seen;
  return { size: Number(size), mtimeNs, ctimeNs, ino, mode };
}
