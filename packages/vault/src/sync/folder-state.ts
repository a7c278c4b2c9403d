import { join } from 'node:path';
import {
  boolean,
  decode,
  encode,
  FormatError,
  list,
  literal,
  optional,
  raw,
  string,
  struct,
  text,
  uint32,
  uint64,
  type Value,
} from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';
import { readRegularFile, statRegularFile, writeFileAtomic } from '@orrery/disk';
import type { Home } from '../client/home.ts';
import { OBJECT_ID_LENGTH } from '../ledger/entry.ts';
import { MAX_FILES } from '../limits.ts';

const LABEL = 'orrery/vault/1/folder-file';
const MAX_STATE_BYTES = 64 * 1024 * 1024;
/** Bytes of known_hosts lines that left and are remembered. */
export const MAX_FORMER_BYTES = 4 * 1024 * 1024;
const name = text(255);
const hash = raw(32);
const names = list(name, MAX_FILES);
/** More than a config of the greatest size can name. */
const patterns = list(text(2048), 2 ** 20);

/** Nanoseconds within which a file may change without a new stamp. */
export const RACY = 2_000_000_000n;

const stateCodec = struct({
  label: literal(LABEL),
  folder: text(4096),
  /** The versions that this folder and the server last had in common. */
  base: list(
    struct({
      name,
      hash,
      mode: uint32,
      /** The object, by its original id, that this machine saw to hold it. */
      object: optional(raw(OBJECT_ID_LENGTH)),
    }),
    MAX_FILES,
  ),
  /** What files hash to while their stamps stay the same. */
  seen: list(
    struct({
      name,
      hash,
      portable: boolean,
      privateKey: boolean,
      size: uint64,
      mtimeNs: uint64,
      ctimeNs: uint64,
      ino: uint64,
      mode: uint32,
    }),
    MAX_FILES,
  ),
  references: struct({
    includes: patterns,
    programs: patterns,
    knownHosts: patterns,
    revokedKeys: patterns,
    folders: patterns,
  }),
  /** Ids of the lines that a person accepted. */
  accepted: list(raw(32), 2 ** 16),
  /** known_hosts lines that left with an arrival: their hosts stay known. */
  former: string(MAX_FORMER_BYTES),
  included: names,
  /** Files whose arrival waits for a person: that they are not here is no deletion. */
  withheld: names,
  /** The newest entry of the ledger after which the account was last seen to keep all contents that stand here. */
  checkedHead: optional(hash),
});

/** What this machine remembers of one synced folder. */
export type FolderState = Omit<Value<typeof stateCodec>, 'label'>;
export type Seen = FolderState['seen'][number];
export type BaseFile = FolderState['base'][number];

/** The state of `folder`; an empty one if it was never synced, or if what was kept is damaged. */
export function readFolderState(home: Home, folder: string): FolderState {
  const path = folderFile(home, folder);
  if (statRegularFile(path) === undefined) return emptyState(folder);
  try {
    return decode(stateCodec, readRegularFile(path, MAX_STATE_BYTES).bytes);
  } catch (cause) {
    // Without a base everything that differs counts as changed on both sides: nothing is lost.
    if (cause instanceof FormatError) return emptyState(folder);
    throw cause;
  }
}

export function writeFolderState(home: Home, state: FolderState): void {
  const former = state.former.subarray(Math.max(0, state.former.length - MAX_FORMER_BYTES));
  const bytes = encode(stateCodec, { label: LABEL, ...state, former });
  writeFileAtomic(folderFile(home, state.folder), bytes, { mode: 0o600 });
}

function emptyState(folder: string): FolderState {
  return {
    folder,
    base: [],
    seen: [],
    references: { includes: [], programs: [], knownHosts: [], revokedKeys: [], folders: [] },
    accepted: [],
    former: new Uint8Array(),
    included: [],
    withheld: [],
    checkedHead: undefined,
  };
}

/** Where the home keeps what it remembers of a folder. */
export function folderFile(home: Home, folder: string): string {
  const id = sha256(new TextEncoder().encode(folder)).toHex().slice(0, 32);
  return join(home.folder('folders'), id);
}
