import { mkdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DiskError, explain } from './error.ts';
import { listFolder } from './list.ts';
import { readRegularFile } from './read.ts';
import {
  decodeSnapshot,
  encodeSnapshot,
  MAX_SNAPSHOT_BYTES,
  type SnapshotContent,
  type SnapshotFiles,
} from './snapshot-format.ts';
import { removeStaleTemporaries } from './temporary.ts';
import { writeFileAtomic } from './write.ts';

/** Encrypts and decrypts; the id goes into the associated data, so that no snapshot can pass for another. */
export interface Sealer {
  seal(content: Uint8Array, id: string): Uint8Array;
  /** Throws whatever it likes for bytes that it did not seal under this id. */
  open(sealed: Uint8Array, id: string): Uint8Array;
}

export interface Snapshot extends SnapshotContent {
  readonly id: string;
  readonly takenAt: Date;
}

export type SnapshotSummary =
  | { readonly id: string; readonly takenAt: Date; readonly label: string; readonly names: readonly string[] }
  | { readonly id: string; readonly takenAt: Date; readonly damaged: Error };

/** A number that grows by one, and the UTC time: ids sort by age even when the clock goes back. */
const ID = /^(\d{6,10})-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const SUFFIX = '.snapshot';
const MAX_SEALING_OVERHEAD = 1024;
const MAX_ENTRIES = 10_000;

/** What files were before a program changed them, one sealed file for each time, the newest `keep` of them. */
export class Snapshots {
  readonly #folder: string;
  readonly #sealer: Sealer;
  readonly #keep: number;

  constructor(folder: string, sealer: Sealer, keep: number) {
    if (!Number.isInteger(keep) || keep < 1)
      throw new RangeError(`Cannot keep ${keep} snapshots: at least 1 expected`);
    this.#folder = folder;
    this.#sealer = sealer;
    this.#keep = keep;
  }

  /** Writes a new snapshot, removes the oldest beyond `keep`, and returns the new one's id. */
  create(label: string, files: SnapshotFiles): string {
    this.#prepareFolder();
    const last = this.#ids()[0];
    const number = last === undefined ? 1 : Number(ID.exec(last)?.[1]) + 1;
    const id = `${String(number).padStart(6, '0')}-${new Date().toISOString().replace(/\.\d+|[-:]/g, '')}`;
    const content = encodeSnapshot({ label, files });
    try {
      writeFileAtomic(this.#path(id), this.#sealer.seal(content, id), { mode: 0o600, expect: null });
    } finally {
      content.fill(0);
    }
    this.prune();
    return id;
  }

  /** Newest first. A damaged one is in the list with the reason. */
  list(): SnapshotSummary[] {
    return this.#ids().map((id) => {
      try {
        const { takenAt, label, files } = this.read(id);
        for (const file of files.values()) file?.bytes.fill(0);
        return { id, takenAt, label, names: [...files.keys()] };
      } catch (error) {
        return {
          id,
          takenAt: timeOf(id),
          damaged: error instanceof Error ? error : new Error(String(error)),
        };
      }
    });
  }

  /** Throws DiskError `no-snapshot` for an unknown id, `damaged` for what cannot be opened or read. */
  read(id: string): Snapshot {
    if (!this.#ids().includes(id))
      throw new DiskError(
        'no-snapshot',
        this.#folder,
        `Cannot read snapshot "${id}": there is none with this id`,
      );
    const { bytes } = readRegularFile(this.#path(id), MAX_SNAPSHOT_BYTES + MAX_SEALING_OVERHEAD);
    try {
      const content = this.#sealer.open(bytes, id);
      try {
        return { id, takenAt: timeOf(id), ...decodeSnapshot(content) };
      } finally {
        content.fill(0);
      }
    } catch (error) {
      throw new DiskError('damaged', this.#path(id), `Cannot read snapshot "${id}": it is damaged`, {
        cause: error,
      });
    }
  }

  /** Removes all but the newest `keep`. */
  prune(): void {
    for (const id of this.#ids().slice(this.#keep)) {
      try {
        unlinkSync(this.#path(id));
      } catch (error) {
        throw explain('remove', this.#path(id), error);
      }
    }
  }

  #prepareFolder(): void {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw explain('create', this.#folder, error);
    }
    removeStaleTemporaries(this.#folder);
  }

  /** Newest first. */
  #ids(): string[] {
    const files = listFolder(this.#folder, MAX_ENTRIES)?.entries.filter(({ kind }) => kind === 'file') ?? [];
    return files
      .filter(({ name }) => name.endsWith(SUFFIX))
      .map(({ name }) => name.slice(0, -SUFFIX.length))
      .filter(isId)
      .toSorted((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10));
  }

  #path(id: string): string {
    return join(this.#folder, `${id}${SUFFIX}`);
  }
}

function isId(text: string): boolean {
  return ID.test(text) && !Number.isNaN(timeOf(text).getTime());
}

function timeOf(id: string): Date {
  return new Date(id.replace(ID, '$2-$3-$4T$5:$6:$7Z'));
}
