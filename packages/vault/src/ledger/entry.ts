import {
  boolean,
  decode,
  encode,
  fixed,
  list,
  literal,
  nested,
  optional,
  raw,
  Reader,
  string,
  struct,
  text,
  uint32,
  uint64,
  UnknownKindError,
  variant,
  type Value,
} from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';
import { deviceKeysCodec } from '../device/keys.ts';
import { signaturesCodec } from '../device/signing.ts';
import { Label } from '../labels.ts';
import { MAX_DEVICES, MAX_ENTRY_BYTES, MAX_IDS, MAX_NAME_BYTES } from '../limits.ts';

export const ENTRY_VERSION = 1;
export const HASH_LENGTH = 32;
export const OBJECT_ID_LENGTH = 16;

const hash = fixed(HASH_LENGTH);
const name = text(MAX_NAME_BYTES);
const objectIds = list(raw(OBJECT_ID_LENGTH), MAX_IDS);

/** An object and the SHA-256 of its plaintext. */
export const objectRefCodec = struct({ id: raw(OBJECT_ID_LENGTH), hash });
export type ObjectRef = Value<typeof objectRefCodec>;

/** An epoch key for one device: KEM ciphertext and sealed key (epoch.ts). */
const wrapCodec = struct({ device: hash, sealed: string(2048) });
export type Wrap = Value<typeof wrapCodec>;

/** What opens an epoch: wraps for exactly the devices admitted once the entry holds. */
const newEpochCodec = struct({
  epoch: uint32,
  commitment: hash,
  /** The key of the epoch before, sealed under the new one; empty in the genesis. */
  previousKey: string(64),
  wraps: list(wrapCodec, MAX_DEVICES),
});
export type NewEpoch = Value<typeof newEpochCodec>;

/** What an entry does, in the order in which an account meets them. */
const changeCodec = variant('kind', {
  /** Founds the account; its author is the device that it names. */
  genesis: struct({ username: name, name, keys: deviceKeysCodec, epoch: newEpochCodec }),
  /** Lets a device in; `proof` is the newcomer's own signature over `admissionProof`. */
  admit: struct({
    name,
    keys: deviceKeysCodec,
    proof: signaturesCodec,
    allowClassic: boolean,
    epoch: uint32,
    sealed: string(2048),
  }),
  /** The visible files are now those of `manifest`. */
  commit: struct({ epoch: uint32, manifest: objectRefCodec, adds: objectIds, drops: objectIds }),
  /** Opens an epoch. */
  rotate: struct({ epoch: newEpochCodec }),
  /** Ends a rotation: every object kept now has a new id, and all others are dropped. */
  rekeyed: struct({ epoch: uint32, map: objectRefCodec, manifest: objectRefCodec, adds: objectIds }),
  /** Puts devices out. Without a new epoch only its own author. */
  remove: struct({ devices: list(hash, MAX_DEVICES), epoch: optional(newEpochCodec) }),
  /** The author's own keys are replaced by those of a better suite. */
  migrate: struct({ keys: deviceKeysCodec, proof: signaturesCodec, epoch: newEpochCodec }),
});
export type Change = Value<typeof changeCodec>;

const entryCodec = struct({
  label: literal(Label.entry),
  version: uint32,
  number: uint32,
  /** Hash of the entry before; zero in the genesis. */
  previous: hash,
  /** The author's clock, Unix seconds: shown to people, never decided upon. */
  time: uint64,
  device: hash,
  change: changeCodec,
});
export type Entry = Value<typeof entryCodec>;
const prefixCodec = struct({ label: literal(Label.entry), version: uint32 });

/** An entry with its signatures, as it is stored and sent. */
export const recordCodec = struct({ entry: string(MAX_ENTRY_BYTES), signatures: signaturesCodec });
export type LedgerRecord = Value<typeof recordCodec>;

/** A place in the ledger: an entry's number and hash. */
export const headCodec = struct({ number: uint32, hash });
export type Head = Value<typeof headCodec>;

/**
 * Reads the signed bytes of an entry.
 * @throws {UnknownKindError} for a version or kind that only a newer program knows.
 * @throws {FormatError} for anything else that is not an entry.
 */
export function decodeEntry(bytes: Uint8Array): Entry {
  const { version } = prefixCodec.read(new Reader(bytes));
  if (version !== ENTRY_VERSION)
    throw new UnknownKindError(
      `Cannot read ledger entry: version ${version} is not known`,
      `version ${version}`,
    );
  return decode(entryCodec, bytes);
}

export function encodeEntry(entry: Omit<Entry, 'label' | 'version'>): Uint8Array {
  return encode(entryCodec, { label: Label.entry, version: ENTRY_VERSION, ...entry });
}

/** The hash that the next entry carries: over the entry as received, without signatures. */
export function entryHash(bytes: Uint8Array): Uint8Array {
  return sha256(bytes);
}

const proofCodec = struct({ username: name, name, keys: nested(deviceKeysCodec, 8192) });

/** What a newcomer signs under `Label.deviceProof` to show that it holds its keys. */
export function admissionProof(
  username: string,
  machine: string,
  keys: Value<typeof deviceKeysCodec>,
): Uint8Array {
  return encode(proofCodec, { username, name: machine, keys });
}
