// What a key in an agent may be used for (RFC 9987, section 3.2.7; OpenSSH's PROTOCOL.agent, section 2).
import { type Codec, FormatError, Reader, Writer, boolean, string, text } from '@orrery/bytes';
import { MAX_BLOB, MAX_MESSAGE, extensionName } from './messages.ts';

const LIFETIME = 1;
const CONFIRM = 2;
const EXTENSION = 255;
const RESTRICT_DESTINATION = 'restrict-destination-v00@openssh.com';

/** Destinations of one key, as OpenSSH has it. */
const MAX_DESTINATIONS = 1024;
/** Keys of one host. */
const MAX_HOP_KEYS = 256;
const MAX_HOST_NAME = 1024;

/** A key of a host, or of an authority that certifies keys of hosts. */
export interface HopKey {
  readonly publicKey: Uint8Array;
  readonly isAuthority: boolean;
}

/** A host on the way. */
export interface Hop {
  /** A pattern with `*` and `?`; '' is everybody. */
  readonly user: string;
  /** '' with no keys: where the agent runs. */
  readonly host: string;
  readonly keys: readonly HopKey[];
}

/** The key may go from one host to another: it logs in there, or is forwarded to it. */
export interface Destination {
  readonly from: Hop;
  readonly to: Hop;
}

export interface KeyConstraints {
  /** The agent forgets the key after so many seconds. */
  readonly lifetimeSeconds?: number | undefined;
  /** Somebody is asked before each signature. */
  readonly confirm?: boolean | undefined;
  /** Where it may be used; absent: everywhere. */
  readonly destinations?: readonly Destination[] | undefined;
}

/** All constraints, up to the end; nothing of them is a view. @throws {FormatError} for any that is not known, and for what is said twice. */
export function readConstraints(reader: Reader): KeyConstraints {
  let constraints: KeyConstraints = {};
  while (reader.remaining > 0) {
    const added = readConstraint(reader);
    if (Object.keys(added).some((name) => Object.hasOwn(constraints, name)))
      throw new FormatError('Cannot read constraints: one is given twice');
    constraints = { ...constraints, ...added };
  }
  return constraints;
}

export function writeConstraints(writer: Writer, constraints: KeyConstraints): void {
  const { lifetimeSeconds, confirm, destinations } = constraints;
  if (lifetimeSeconds !== undefined) writer.byte(LIFETIME).uint32(lifetimeSeconds);
  if (confirm === true) writer.byte(CONFIRM);
  if (destinations !== undefined) {
    writer.byte(EXTENSION).text(RESTRICT_DESTINATION);
    destinationsCodec.write(writer, destinations);
  }
}

export function isConstrained({ lifetimeSeconds, confirm, destinations }: KeyConstraints): boolean {
  return lifetimeSeconds !== undefined || confirm === true || destinations !== undefined;
}

function readConstraint(reader: Reader): KeyConstraints {
  const kind = reader.byte();
  if (kind === LIFETIME) return { lifetimeSeconds: reader.uint32() };
  if (kind === CONFIRM) return { confirm: true };
  if (kind !== EXTENSION) throw new FormatError(`Cannot read constraint: kind ${kind} is not known`);
  const name = extensionName.read(reader);
  if (name !== RESTRICT_DESTINATION)
    throw new FormatError(`Cannot read constraint: extension ${JSON.stringify(name)} is not known`);
  return { destinations: destinationsCodec.read(reader) };
}

const hop = untilEnd<Hop>({
  read: (reader) => {
    const head = { user: text(MAX_HOST_NAME).read(reader), host: text(MAX_HOST_NAME).read(reader) };
    readReserve(reader);
    const keys: HopKey[] = [];
    while (reader.remaining > 0) {
      if (keys.length === MAX_HOP_KEYS)
        throw new FormatError(`Cannot read host of a constraint: more than ${MAX_HOP_KEYS} keys`);
      keys.push({ publicKey: string(MAX_BLOB).read(reader).slice(), isAuthority: boolean.read(reader) });
    }
    return { ...head, keys };
  },
  write: (writer, { user, host, keys }) => {
    writer.text(user).text(host).text('');
    for (const { publicKey, isAuthority } of keys) writer.string(publicKey).boolean(isAuthority);
  },
});

const destination = untilEnd<Destination>({
  read: (reader) => {
    const read = { from: hop.read(reader), to: hop.read(reader) };
    readReserve(reader);
    const { from, to } = read;
    if ((from.host === '') !== (from.keys.length === 0) || from.user !== '')
      throw new FormatError('Cannot read constraint: where it begins is neither here nor a host with keys');
    if (to.host === '' || to.keys.length === 0)
      throw new FormatError('Cannot read constraint: where it leads is no host with keys');
    return read;
  },
  write: (writer, { from, to }) => {
    hop.write(writer, from);
    hop.write(writer, to);
    writer.text('');
  },
});

const destinationsCodec = untilEnd<readonly Destination[]>({
  read: (reader) => {
    const all: Destination[] = [];
    while (reader.remaining > 0) {
      if (all.length === MAX_DESTINATIONS)
        throw new FormatError(`Cannot read constraint: more than ${MAX_DESTINATIONS} destinations`);
      all.push(destination.read(reader));
    }
    return all;
  },
  write: (writer, all) => {
    for (const one of all) destination.write(writer, one);
  },
});

/** Inside of one SSH string, to whose end `read` reads. */
function untilEnd<T>(codec: Codec<T>): Codec<T> {
  return {
    read: (reader) => {
      const inner = new Reader(reader.string(MAX_MESSAGE));
      const value = codec.read(inner);
      inner.end();
      return value;
    },
    write: (writer, value) => {
      const inner = new Writer();
      codec.write(inner, value);
      writer.string(inner.finish());
    },
  };
}

/** For what does not exist yet, and must not be passed over. */
function readReserve(reader: Reader): void {
  if (reader.string(MAX_MESSAGE).length > 0)
    throw new FormatError('Cannot read constraint: it holds more than is known');
}
