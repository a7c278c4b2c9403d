import type { Head } from '@orrery/vault';
import type { Role, RoomState } from '@orrery/rendezvous';

/** What names an account inside a store. */
export type AccountKey = number;

/** A device as the store keeps it. */
export interface DeviceRow {
  /** 32 bytes. */
  readonly id: Uint8Array;
  readonly name: string;
  /** Encoded with `deviceKeysCodec`. */
  readonly keys: Uint8Array;
  readonly removed: boolean;
}

/** What a request token is checked against. */
export interface KnownDevice extends DeviceRow {
  readonly account: AccountKey;
  /** The hash of the genesis entry, 32 bytes. */
  readonly genesis: Uint8Array;
  readonly head: Head;
  /** Objects wait to be sealed anew. */
  readonly rekeying: boolean;
  /** Unix seconds. */
  readonly seen: number | undefined;
}

export interface NewAccount {
  readonly username: string;
  readonly head: Head;
  /** Encoded with `stateCodec`. */
  readonly state: Uint8Array;
  /** The genesis, encoded with `recordCodec`. */
  readonly record: Uint8Array;
  readonly founder: DeviceRow;
  /** Accounts in all, this one included. */
  readonly maxAccounts: number;
}

/** What an account takes up. Uploads are objects that no entry names yet. */
export interface Usage {
  readonly entries: number;
  readonly entryBytes: number;
  readonly objects: number;
  readonly objectBytes: number;
  readonly uploads: number;
  readonly uploadBytes: number;
}

export interface StoredLedger {
  /** Encoded with `stateCodec`. */
  readonly state: Uint8Array;
  readonly usage: Usage;
}

export interface Space {
  readonly objects: number;
  readonly bytes: number;
}

/** Entries that were verified, with all that they change. */
export interface Append {
  readonly account: AccountKey;
  /** Nothing happens unless the ledger ends here. */
  readonly before: Head;
  readonly after: Head;
  readonly state: Uint8Array;
  /** Each encoded with `recordCodec`, in order. */
  readonly records: readonly Uint8Array[];
  /** Devices that came or went. */
  readonly devices: readonly DeviceRow[];
  /** Ids of uploads to keep from now on. */
  readonly adds: readonly Uint8Array[];
  /** Ids of objects to delete. */
  readonly drops: readonly Uint8Array[];
  readonly rekeying: boolean;
  /** The last device left: delete the account and all that is its own. */
  readonly closed: boolean;
  /** What the kept objects may take up if they become more by this. */
  readonly space?: Space;
}

export interface SealedBytes {
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
}

export interface Upload {
  readonly account: AccountKey;
  readonly objects: readonly SealedBytes[];
  /** What kept objects and uploads may take up together. */
  readonly space: Space;
  /** Make space by deleting the oldest uploads, instead of refusing. */
  readonly evict: boolean;
  /** Unix seconds. */
  readonly now: number;
}

export interface Sighting {
  readonly account: AccountKey;
  readonly device: Uint8Array;
  /** Unix seconds. */
  readonly seen: number;
}

/** So much of something in so much time. */
export interface Allowance {
  /** What is counted, and for whom. */
  readonly key: string;
  readonly cost: number;
  readonly limit: number;
  readonly seconds: number;
}

export interface Statistics {
  readonly accounts: number;
  readonly devices: number;
  readonly objects: number;
  readonly objectBytes: number;
  readonly rooms: number;
}

export interface Collected {
  readonly uploads: number;
  readonly tokens: number;
  readonly rooms: number;
}

/**
 * All that the server remembers. Each method is one transaction, and what it reports as done has reached the disk.
 * Several servers may share one store.
 */
export interface Store {
  /** @throws if the store does not answer. */
  check(): Promise<void>;

  createAccount(account: NewAccount): Promise<'created' | 'taken' | 'full'>;
  /** The first record of the account with that username. */
  findGenesis(username: string): Promise<Uint8Array | undefined>;
  findDevice(username: string, device: Uint8Array): Promise<KnownDevice | undefined>;

  readLedger(account: AccountKey): Promise<StoredLedger | undefined>;
  /** Records with a number above `after`, in order, at most `maxRecords`, and `maxBytes` unless it is only one. */
  readRecords(
    account: AccountKey,
    after: number,
    maxRecords: number,
    maxBytes: number,
  ): Promise<Uint8Array[]>;
  /** `missing`: an id in `adds` is not an upload of this account. */
  append(append: Append): Promise<'appended' | 'conflict' | 'missing' | 'quota'>;

  /** `differs`: one of the ids is there with other bytes. */
  putObjects(upload: Upload): Promise<'stored' | 'differs' | 'quota'>;
  /** In the order asked, as many as `maxBytes` holds, at least one. */
  readObjects(
    account: AccountKey,
    ids: readonly Uint8Array[],
    maxBytes: number,
  ): Promise<(Uint8Array | undefined)[]>;

  listDevices(account: AccountKey): Promise<{ device: Uint8Array; seen: number | undefined }[]>;
  markSeen(sightings: readonly Sighting[]): Promise<void>;

  /** False if the id was used before. @param expires Unix seconds; may be forgotten then. */
  useToken(id: Uint8Array, expires: number): Promise<boolean>;

  /** Makes the room unless it is there; then the one that is there comes back. `full`: `maxRooms` are open. */
  openRoom(id: Uint8Array, room: RoomState, maxRooms: number): Promise<'opened' | 'full' | RoomState>;
  findRoom(id: Uint8Array): Promise<RoomState | undefined>;
  /** Fills the slot unless it is full; what stands in it then. Undefined: no such room. */
  fillSlot(id: Uint8Array, role: Role, slot: number, message: Uint8Array): Promise<Uint8Array | undefined>;
  readSlot(id: Uint8Array, role: Role, slot: number): Promise<Uint8Array | undefined>;
  /** Calls `changed` after every message that reaches the room, until the function that comes back is called. */
  watchRoom(id: Uint8Array, changed: () => void): Promise<() => void>;

  /** Takes `cost` from the allowance and gives 0, or takes nothing and gives the seconds until there is more. */
  spend(allowance: Allowance, now: number): Promise<number>;

  statistics(): Promise<Statistics>;
  /** Deletes what is over: uploads after UPLOAD_LIFETIME_SECONDS, tokens, rooms. @param now Unix seconds. */
  collect(now: number): Promise<Collected>;
  /** Writes a copy of everything, consistent, while the store is in use. The file must not exist. */
  backup(file: string): Promise<void>;
  close(): Promise<void>;
}

/** Seconds after which an upload that no entry names is deleted. */
export const UPLOAD_LIFETIME_SECONDS = 24 * 3600;
