import {
  boolean,
  decode,
  encode,
  fixed,
  FormatError,
  list,
  literal,
  optional,
  raw,
  struct,
  text,
  uint32,
  uint64,
  type Value,
} from '@orrery/bytes';
import { randomBytes } from '@orrery/crypto';
import { Label } from './labels.ts';
import { OBJECT_ID_LENGTH, objectRefCodec, type ObjectRef } from './ledger/entry.ts';
import { MAX_FILES } from './limits.ts';

/** Deltas after which a manifest is full again, so that a reader never walks further. */
export const FULL_EVERY = 64;

export const fileCodec = struct({
  name: text(255),
  /** SHA-256 of the content. */
  hash: fixed(32),
  /** The id under which the content was first committed (rekey-map.ts resolves it). */
  object: raw(OBJECT_ID_LENGTH),
  size: uint32,
  mode: uint32,
  /** The content is an ssh_config whose paths under the home directory are marked, to be written for each home. */
  portable: boolean,
  /** Whole Unix seconds. */
  mtime: uint64,
});
/** One version of a file. */
export type ManifestFile = Value<typeof fileCodec>;

const manifestCodec = struct({
  label: literal(Label.manifest),
  /** Random, so that the hash in the commit entry says nothing about the content. */
  salt: raw(32),
  /** The manifest that this one changes; none in a first one. */
  parent: optional(objectRefCodec),
  /** 0: `files` is everything. n: the n-th delta since then. */
  depth: uint32,
  files: list(fileCodec, MAX_FILES),
  deleted: list(text(255), MAX_FILES),
});
export type Manifest = Value<typeof manifestCodec>;

/** The files of a version by name. */
export type FileTable = ReadonlyMap<string, ManifestFile>;

/** @throws {FormatError} if it is no manifest, or contradicts itself. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const manifest = decode(manifestCodec, bytes);
  const { parent, depth, files, deleted } = manifest;
  const names = [...files.map((file) => file.name), ...deleted];
  if (new Set(names).size !== names.length)
    throw new FormatError('Cannot read manifest: it names a file twice');
  const consistent = depth === 0 ? deleted.length === 0 : depth < FULL_EVERY && parent !== undefined;
  if (!consistent) throw new FormatError(`Cannot read manifest: depth ${depth} does not fit what it changes`);
  return manifest;
}

export function encodeManifest(manifest: Manifest): Uint8Array {
  return encode(manifestCodec, manifest);
}

/** The files after `manifest`, given those of its parent. @throws {FormatError} if they are too many. */
export function applyManifest(before: FileTable, manifest: Manifest): FileTable {
  const after = new Map(manifest.depth === 0 ? [] : before);
  for (const name of manifest.deleted) after.delete(name);
  for (const file of manifest.files) after.set(file.name, file);
  if (after.size > MAX_FILES)
    throw new FormatError(`Cannot use manifest: ${after.size} files, at most ${MAX_FILES} expected`);
  return after;
}

/** A manifest with all files. */
export function fullManifest(files: FileTable, parent: ObjectRef | undefined): Manifest {
  return {
    label: Label.manifest,
    salt: randomBytes(32),
    parent,
    depth: 0,
    files: [...files.values()],
    deleted: [],
  };
}

/**
 * The next manifest after `parent`: the difference, or everything when the chain or the difference has grown long.
 * @throws {RangeError} if `after` has more files than a manifest can name.
 */
export function nextManifest(
  before: FileTable,
  after: FileTable,
  parent: { readonly ref: ObjectRef; readonly depth: number } | undefined,
): Manifest {
  if (after.size > MAX_FILES)
    throw new RangeError(`Cannot make manifest: ${after.size} files, at most ${MAX_FILES} allowed`);
  const files = [...after.values()].filter((file) => before.get(file.name) !== file);
  const deleted = [...before.keys()].filter((name) => !after.has(name));
  if (parent === undefined || parent.depth + 1 >= FULL_EVERY || files.length + deleted.length > MAX_FILES)
    return fullManifest(after, parent?.ref);
  return {
    label: Label.manifest,
    salt: randomBytes(32),
    parent: parent.ref,
    depth: parent.depth + 1,
    files,
    deleted,
  };
}
