// draft-ietf-secsh-filexfer-02, section 5: what is known of a file, or is to be changed.
import { FormatError, type Codec, type Reader, type Writer } from '@orrery/bytes';
import { MAX_EXTENSIONS, MAX_PATH } from './limits.ts';

export interface Attributes {
  /** Bytes, at most 2^53 - 1. */
  readonly size?: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Type and permissions as in `st_mode`. */
  readonly mode?: number;
  /** Seconds since 1970, at most 2^32 - 1. */
  readonly times?: { readonly accessed: number; readonly modified: number };
}

const Flag = { size: 1, owner: 2, mode: 4, times: 8, extended: 0x8000_0000 } as const;

/** A position or length in a file: 64 bits on the wire, of which a number holds 53 exactly. */
export const fileOffset: Codec<number> = {
  read: (reader) => {
    const at = reader.offset;
    const value = Number(reader.uint64());
    if (!Number.isSafeInteger(value))
      throw new FormatError(`Cannot read file offset at offset ${at}: found 2^53 or more`);
    return value;
  },
  write: (writer, value) => void writer.uint64(BigInt(value)),
};

export const attributes: Codec<Attributes> = { read, write };

function read(reader: Reader): Attributes {
  const flags = reader.uint32();
  const found: Attributes = {
    ...(flags & Flag.size && { size: fileOffset.read(reader) }),
    ...(flags & Flag.owner && { owner: { uid: reader.uint32(), gid: reader.uint32() } }),
    ...(flags & Flag.mode && { mode: reader.uint32() }),
    ...(flags & Flag.times && { times: { accessed: reader.uint32(), modified: reader.uint32() } }),
  };
  if (flags & Flag.extended) skipExtended(reader);
  return found;
}

/** Extended attributes have no meaning here. */
function skipExtended(reader: Reader): void {
  const count = reader.uint32();
  if (count > MAX_EXTENSIONS)
    throw new FormatError(
      `Cannot read attributes: found ${count} extended ones, at most ${MAX_EXTENSIONS} expected`,
    );
  for (let index = 0; index < count * 2; index++) reader.string(MAX_PATH);
}

function write(writer: Writer, { size, owner, mode, times }: Attributes): void {
  let flags = 0;
  if (size !== undefined) flags |= Flag.size;
  if (owner !== undefined) flags |= Flag.owner;
  if (mode !== undefined) flags |= Flag.mode;
  if (times !== undefined) flags |= Flag.times;
  writer.uint32(flags);
  if (size !== undefined) fileOffset.write(writer, size);
  if (owner !== undefined) writer.uint32(owner.uid).uint32(owner.gid);
  if (mode !== undefined) writer.uint32(mode);
  if (times !== undefined) writer.uint32(times.accessed).uint32(times.modified);
}
