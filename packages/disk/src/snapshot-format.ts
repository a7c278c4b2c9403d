/**
 * What a snapshot holds, before it is sealed. All numbers are big-endian; a string is its length in 4 bytes, then its
 * bytes. The text "orrery snapshot 1" as a string, the label, the number of files in 4 bytes; then for each file its
 * name and one byte: 0 did not exist; 1 followed by the mode in 4 bytes, the mtime in 8 (signed seconds) and the content.
 */

export interface SnapshotFile {
  readonly bytes: Uint8Array;
  readonly mode: number;
  readonly mtimeSeconds: number;
}

/** By name; null says that there was no such file, so that going back removes it. */
export type SnapshotFiles = ReadonlyMap<string, SnapshotFile | null>;

export interface SnapshotContent {
  readonly label: string;
  readonly files: SnapshotFiles;
}

export const MAX_SNAPSHOT_BYTES = 256 * 1024 * 1024;

const MAX_MODE = 0o777;
const MAGIC = 'orrery snapshot 1';
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The result holds the files' secrets: the caller wipes it. Throws RangeError over 256 MiB. */
export function encodeSnapshot({ label, files }: SnapshotContent): Uint8Array {
  const parts = [string(encoder.encode(MAGIC)), string(encoder.encode(label)), [uint32(files.size)]];
  for (const [name, file] of files) parts.push(string(encoder.encode(name)), fileParts(name, file));
  const all = parts.flat();
  const size = all.reduce((sum, part) => sum + part.length, 0);
  if (size > MAX_SNAPSHOT_BYTES)
    throw new RangeError(`Cannot take snapshot: ${size} bytes, at most ${MAX_SNAPSHOT_BYTES} expected`);
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const part of all) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function fileParts(name: string, file: SnapshotFile | null): Uint8Array[] {
  if (file === null) return [Uint8Array.of(0)];
  const { mode, mtimeSeconds, bytes } = file;
  if (!Number.isInteger(mode) || mode < 0 || mode > MAX_MODE)
    throw new RangeError(`Cannot take snapshot of "${name}": mode ${mode}, at most 0o777 expected`);
  if (!Number.isSafeInteger(mtimeSeconds))
    throw new RangeError(`Cannot take snapshot of "${name}": time ${mtimeSeconds}, whole seconds expected`);
  return [Uint8Array.of(1), uint32(mode), int64(mtimeSeconds), ...string(bytes)];
}

/** The files' bytes are copies. Throws SyntaxError for bytes that `encodeSnapshot` does not make. */
export function decodeSnapshot(bytes: Uint8Array): SnapshotContent {
  const cursor = new Cursor(bytes);
  if (cursor.text() !== MAGIC) throw new SyntaxError('Cannot read snapshot: of another format or version');
  const label = cursor.text();
  const files = new Map<string, SnapshotFile | null>();
  for (let left = cursor.uint32(); left > 0; left -= 1) {
    const name = cursor.text();
    if (files.has(name)) throw new SyntaxError(`Cannot read snapshot: "${name}" is there twice`);
    files.set(name, readFile(cursor));
  }
  cursor.end();
  return { label, files };
}

function readFile(cursor: Cursor): SnapshotFile | null {
  const kind = cursor.take(1)[0];
  if (kind === 0) return null;
  if (kind !== 1) throw new SyntaxError(`Cannot read snapshot: found kind ${kind}, expected 0 or 1`);
  const mode = cursor.uint32();
  if (mode > MAX_MODE)
    throw new SyntaxError(`Cannot read snapshot: found mode ${mode.toString(8)}, at most 777 expected`);
  // Not slice(): of a Buffer that is no copy.
  return { mode, mtimeSeconds: cursor.int64(), bytes: new Uint8Array(cursor.string()) };
}

class Cursor {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(length: number): Uint8Array {
    const left = this.#bytes.length - this.#offset;
    if (length > left) throw new SyntaxError(`Cannot read snapshot: ${left} bytes left, ${length} needed`);
    this.#offset += length;
    return this.#bytes.subarray(this.#offset - length, this.#offset);
  }

  uint32(): number {
    return view(this.take(4)).getUint32(0);
  }

  int64(): number {
    const value = Number(view(this.take(8)).getBigInt64(0));
    if (!Number.isSafeInteger(value)) throw new SyntaxError(`Cannot read snapshot: ${value} is no time`);
    return value;
  }

  string(): Uint8Array {
    return this.take(this.uint32());
  }

  text(): string {
    try {
      return decoder.decode(this.string());
    } catch (error) {
      if (error instanceof SyntaxError) throw error;
      throw new SyntaxError('Cannot read snapshot: found text that is not UTF-8', { cause: error });
    }
  }

  end(): void {
    const left = this.#bytes.length - this.#offset;
    if (left > 0) throw new SyntaxError(`Cannot read snapshot: ${left} bytes left, none expected`);
  }
}

function string(bytes: Uint8Array): Uint8Array[] {
  return [uint32(bytes.length), bytes];
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  view(bytes).setUint32(0, value);
  return bytes;
}

function int64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  view(bytes).setBigInt64(0, BigInt(value));
  return bytes;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
