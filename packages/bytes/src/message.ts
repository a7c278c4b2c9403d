import { utf8 } from './bytes.ts';
import { type Codec, type Value, decode, encode } from './codec.ts';
import { FormatError, UnknownKindError } from './format-error.ts';

/** Longest name of a kind, in bytes. */
const KIND_LIMIT = 64;

type Fields = Readonly<Record<string, Codec<unknown>>>;
type Struct<F extends Fields> = { readonly [Name in keyof F]: Value<F[Name]> };
type Kinds = Readonly<Record<string, Codec<object>>>;
type Variant<Tag extends string, K extends Kinds> = {
  [Kind in keyof K & string]: { readonly [T in Tag]: Kind } & Value<K[Kind]>;
}[keyof K & string];

/** The fields in the order of their declaration, read as one object. */
export function struct<F extends Fields>(fields: F): Codec<Struct<F>>;
export function struct(fields: Fields): Codec<Readonly<Record<string, unknown>>> {
  const entries = Object.entries(fields).map(([name, codec]) => ({ name, codec }));
  return {
    read: (reader) => {
      // Objects and not pairs: this is where the time goes when thousands of small structs are read.
      const value: Record<string, unknown> = {};
      for (const { name, codec } of entries) value[name] = codec.read(reader);
      return value;
    },
    write: (writer, value) => {
      for (const { name, codec } of entries) codec.write(writer, value[name]);
    },
  };
}

/** A uint32 count, then that many items, at most `max`. */
export function list<T>(codec: Codec<T>, max: number): Codec<readonly T[]> {
  return {
    read: (reader) => {
      const at = reader.offset;
      const count = reader.uint32();
      if (count > max) {
        throw new FormatError(
          `Cannot read list at offset ${at}: found ${count} items, at most ${max} expected`,
        );
      }
      const items: T[] = [];
      for (let index = 0; index < count; index++) items.push(codec.read(reader));
      return items;
    },
    write: (writer, items) => {
      if (items.length > max) {
        throw new RangeError(`Cannot write list: found ${items.length} items, at most ${max} expected`);
      }
      writer.uint32(items.length);
      for (const item of items) codec.write(writer, item);
    },
  };
}

/** A boolean that says whether the item follows, then the item. */
export function optional<T>(codec: Codec<T>): Codec<T | undefined> {
  return {
    read: (reader) => (reader.boolean() ? codec.read(reader) : undefined),
    write: (writer, value) => {
      writer.boolean(value !== undefined);
      if (value !== undefined) codec.write(writer, value);
    },
  };
}

/** One SSH string of at most `max` bytes that holds exactly one value of `codec`. */
export function nested<T>(codec: Codec<T>, max: number): Codec<T> {
  return {
    read: (reader) => decode(codec, reader.string(max)),
    write: (writer, value) => {
      const bytes = encode(codec, value);
      if (bytes.length > max) {
        throw new RangeError(
          `Cannot write nested value: found ${bytes.length} bytes, at most ${max} expected`,
        );
      }
      writer.string(bytes);
      bytes.fill(0); // it may be secret
    },
  };
}

/**
 * One of several structs: the name of its kind as an SSH text, then its fields inside one SSH string, whose limit is
 * that of the enclosing bytes. The object has the name of its kind as property `tag`.
 *
 * A kind that is not in the table throws UnknownKindError, after its bytes have been passed over.
 */
export function variant<const Tag extends string, K extends Kinds>(
  tag: Tag,
  kinds: K,
): Codec<Variant<Tag, K>>;
export function variant(tag: string, kinds: Kinds): Codec<Readonly<Record<string, unknown>>> {
  const codecs = new Map<string, Codec<object>>(Object.entries(kinds));
  for (const kind of codecs.keys()) {
    if (utf8(kind).length > KIND_LIMIT) {
      throw new RangeError(`Cannot declare kind "${kind}": longer than ${KIND_LIMIT} bytes`);
    }
  }
  return {
    read: (reader) => {
      const at = reader.offset;
      const kind = reader.text(KIND_LIMIT);
      const body = reader.string(reader.remaining);
      const codec = codecs.get(kind);
      if (codec === undefined) {
        throw new UnknownKindError(
          `Cannot read ${tag} at offset ${at}: unknown kind ${JSON.stringify(kind)}`,
          kind,
        );
      }
      return { [tag]: kind, ...decode(codec, body) };
    },
    write: (writer, value) => {
      const kind = String(value[tag]);
      const codec = codecs.get(kind);
      if (codec === undefined) throw new RangeError(`Cannot write ${tag} "${kind}": unknown kind`);
      const body = encode(codec, value);
      writer.text(kind).string(body);
      body.fill(0); // it may be secret
    },
  };
}
