import { lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DiskError, explain } from './error.ts';
import { listFolder } from './list.ts';
import { readRegularFile } from './read.ts';
import { outdated, type Kept, type Retention } from './retention.ts';
import {
  decodeSnapshot,
  encodeSnapshot,
  MAX_SNAPSHOT_BYTES,
  type SnapshotContent,
  type SnapshotFiles,
} from './snapshot-format.ts';
import { intoParts } from './snapshot-parts.ts';
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
/** A part of a snapshot: its id; the number of a further part, or whether all that it says is which files were new. */
const FILE = /^(.*Z)(?:\.(added|[1-9]\d?))?\.snapshot$/;
const MAX_SEALING_OVERHEAD = 1024;
const MAX_ENTRIES = 10_000;

/** A part of a snapshot as it lies in the folder. */
interface Stored extends Kept {
  readonly path: string;
}

/** What files were before a program changed them, in sealed files that are kept as `outdated` says. */
export class Snapshots {
  readonly #folder: string;
  readonly #sealer: Sealer;
  readonly #retention: Retention;

  constructor(folder: string, sealer: Sealer, retention: Retention) {
    const { newest, maxCount } = retention;
    if (!Number.isInteger(newest) || newest < 1 || maxCount < newest || maxCount >= MAX_ENTRIES)
      throw new RangeError(
        `Cannot keep ${newest} to ${maxCount} snapshots: 1 to ${MAX_ENTRIES - 1} expected`,
      );
    this.#folder = folder;
    this.#sealer = sealer;
    this.#retention = retention;
  }

  /** Writes a new snapshot, removes those that are outdated, and returns the new one's id. */
  create(label: string, files: SnapshotFiles): string {
    this.#prepareFolder();
    const last = this.#stored()[0];
    const number = last === undefined ? 1 : Number.parseInt(last.id, 10) + 1;
    const id = `${String(number).padStart(6, '0')}-${new Date().toISOString().replace(/\.\d+|[-:]/g, '')}`;
    for (const [part, some] of intoParts(files).entries()) this.#write(id, part, { label, files: some });
    this.prune();
    return id;
  }

  #write(id: string, part: number, content: SnapshotContent): void {
    const added = content.files.values().every((file) => file === null) ? '.added' : '';
    const path = join(this.#folder, `${id}${part === 0 ? added : `.${part}`}.snapshot`);
    const bytes = encodeSnapshot(content);
    try {
      writeFileAtomic(path, this.#sealer.seal(bytes, boundTo(id, part)), { mode: 0o600, expect: null });
    } finally {
      bytes.fill(0);
    }
  }

  /** Newest first. A damaged one is in the list with the reason. */
  list(): SnapshotSummary[] {
    return [...this.each()];
  }

  /** The same one by one: each is read only when it is asked for. */
  *each(): Generator<SnapshotSummary, void> {
    for (const [id, parts] of Map.groupBy(this.#stored(), (part) => part.id)) {
      const takenAt = timeOf(id);
      try {
        const { label, files } = this.#open(parts);
        for (const file of files.values()) file?.bytes.fill(0);
        yield { id, takenAt, label, names: [...files.keys()] };
      } catch (error) {
        yield { id, takenAt, damaged: error instanceof Error ? error : new Error(String(error)) };
      }
    }
  }

  /** Throws DiskError `no-snapshot` for an unknown id, `damaged` for what cannot be opened or read. */
  read(id: string): Snapshot {
    const parts = this.#stored().filter((part) => part.id === id);
    if (parts.length > 0) return { id, takenAt: timeOf(id), ...this.#open(parts) };
    const message = `Cannot read snapshot "${id}": there is none with this id`;
    throw new DiskError('no-snapshot', this.#folder, message);
  }

  /** What is left of the snapshot: its largest parts may have had to go. */
  #open(parts: readonly Stored[]): SnapshotContent {
    const contents = parts.map((part) => this.#openPart(part));
    return {
      label: contents[0]?.label ?? '',
      files: new Map(contents.flatMap(({ files }) => [...files])),
    };
  }

  #openPart({ id, part, path }: Stored): SnapshotContent {
    const { bytes } = readRegularFile(path, MAX_SNAPSHOT_BYTES + MAX_SEALING_OVERHEAD);
    try {
      const content = this.#sealer.open(bytes, boundTo(id, part));
      try {
        return decodeSnapshot(content);
      } finally {
        content.fill(0);
      }
    } catch (cause) {
      throw new DiskError('damaged', path, `Cannot read snapshot "${id}": it is damaged`, { cause });
    }
  }

  /** Removes the outdated ones. */
  prune(): void {
    for (const { path } of outdated(this.#stored(), this.#retention, Date.now())) {
      try {
        unlinkSync(path);
      } catch (error) {
        throw explain('remove', path, error);
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
  #stored(): Stored[] {
    const files = listFolder(this.#folder, MAX_ENTRIES)?.entries.filter(({ kind }) => kind === 'file') ?? [];
    return files
      .flatMap(({ name }) => {
        const [, id = '', suffix = '0'] = FILE.exec(name) ?? [];
        if (!isId(id)) return [];
        const path = join(this.#folder, name);
        const [part, holdsFiles] = suffix === 'added' ? [0, false] : [Number(suffix), true];
        return [{ id, part, path, takenAt: timeOf(id), bytes: sizeOf(path), holdsFiles }];
      })
      .toSorted((a, b) => Number.parseInt(b.id, 10) - Number.parseInt(a.id, 10) || a.part - b.part);
  }
}

/** What a part is sealed under, so that none passes for another. */
function boundTo(id: string, part: number): string {
  return part === 0 ? id : `${id}.${part}`;
}

function sizeOf(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function isId(text: string): boolean {
  return ID.test(text) && !Number.isNaN(timeOf(text).getTime());
}

function timeOf(id: string): Date {
  return new Date(id.replace(ID, '$2-$3-$4T$5:$6:$7Z'));
}
