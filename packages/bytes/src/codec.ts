import { equal, utf8 } from './bytes.ts';
import { FormatError } from './format-error.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

/**
 * How values of one type are read and written. Messages are declared by combining codecs, in the order of their
 * specification. `read` throws FormatError for bad bytes, `write` RangeError for a value that `read` would refuse.
 */
export interface Codec<T> {
  read(reader: Reader): T;
  write(writer: Writer, value: T): void;
}

/** The type of value that a codec reads and writes. */
export type Value<C> = C extends Codec<infer T> ? T : never;

/** The bytes of one value. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = new Writer();
  codec.write(writer, value);
  return writer.finish();
}

/** The value that all of the bytes hold; bytes left over are a FormatError. Arrays in it are views into `bytes`. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const reader = new Reader(bytes);
  const value = codec.read(reader);
  reader.end();
  return value;
}

export const byte: Codec<number> = {
  read: (reader) => reader.byte(),
  write: (writer, value) => void writer.byte(value),
};

export const boolean: Codec<boolean> = {
  read: (reader) => reader.boolean(),
  write: (writer, value) => void writer.boolean(value),
};

export const uint32: Codec<number> = {
  read: (reader) => reader.uint32(),
  write: (writer, value) => void writer.uint32(value),
};

export const uint64: Codec<bigint> = {
  read: (reader) => reader.uint64(),
  write: (writer, value) => void writer.uint64(value),
};

/** An SSH string of at most `max` bytes. */
export function string(max: number): Codec<Uint8Array> {
  return {
    read: (reader) => reader.string(max),
    write: (writer, value) => {
      checkLength('string', value.length, max);
      writer.string(value);
    },
  };
}

/** An SSH string that is UTF-8, at most `max` bytes. */
export function text(max: number): Codec<string> {
  return {
    read: (reader) => reader.text(max),
    write: (writer, value) => {
      const bytes = utf8(value);
      checkLength('text', bytes.length, max);
      writer.string(bytes);
    },
  };
}

/** A name-list of at most `max` bytes. */
export function nameList(max: number): Codec<readonly string[]> {
  return {
    read: (reader) => reader.nameList(max),
    write: (writer, value) => {
      checkLength('name-list', value.join().length, max);
      writer.nameList(value);
    },
  };
}

/** A signed integer of at most `max` bytes. */
export function mpint(max: number): Codec<bigint> {
  return {
    read: (reader) => reader.mpint(max),
    write: (writer, value) => {
      if (BigInt.asIntN(max * 8, value) !== value) {
        throw new RangeError(`Cannot write mpint: longer than ${max} bytes`);
      }
      writer.mpint(value);
    },
  };
}

/** An SSH string of exactly `length` bytes. */
export function fixed(length: number): Codec<Uint8Array> {
  return {
    read: (reader) => {
      const at = reader.offset;
      const value = reader.string(length);
      if (value.length < length) {
        throw new FormatError(
          `Cannot read string at offset ${at}: found ${value.length} bytes, ${length} expected`,
        );
      }
      return value;
    },
    write: (writer, value) => {
      checkExact('string', value.length, length);
      writer.string(value);
    },
  };
}

/** `length` bytes without a length prefix. */
export function raw(length: number): Codec<Uint8Array> {
  return {
    read: (reader) => reader.bytes(length),
    write: (writer, value) => {
      checkExact('bytes', value.length, length);
      writer.bytes(value);
    },
  };
}

/** An SSH string that is always this text: a label or a magic word. */
export function literal<const Text extends string>(expected: Text): Codec<Text> {
  const bytes = utf8(expected);
  return {
    read: (reader) => {
      const at = reader.offset;
      if (!equal(reader.string(bytes.length), bytes)) {
        throw new FormatError(`Cannot read text at offset ${at}: found another text, "${expected}" expected`);
      }
      return expected;
    },
    write: (writer, value) => {
      if (value !== expected) throw new RangeError(`Cannot write text "${value}": "${expected}" expected`);
      writer.string(bytes);
    },
  };
}

function checkLength(type: string, length: number, max: number): void {
  if (length > max) {
    throw new RangeError(`Cannot write ${type}: found ${length} bytes, at most ${max} expected`);
  }
}

function checkExact(type: string, length: number, expected: number): void {
  if (length !== expected) {
    throw new RangeError(`Cannot write ${type}: found ${length} bytes, ${expected} expected`);
  }
}
