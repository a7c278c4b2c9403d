import type { LedgerRecord } from '../ledger/entry.ts';
import type { SealedObject } from '../object.ts';
import type { LedgerPage } from '../request/wire.ts';

/** Storage for one account that may lie: all that the engine asks of a server. */
export interface Remote {
  /** Records after entry `after`, as far as the server sends at once, and what it calls its head. */
  ledger(after: number): Promise<LedgerPage>;
  /** Appends all or none; false if the head has moved. */
  append(records: readonly LedgerRecord[]): Promise<boolean>;
  putObjects(objects: readonly SealedObject[]): Promise<void>;
  /** What the server has of `ids`, by id in hex. */
  getObjects(ids: readonly Uint8Array[]): Promise<ReadonlyMap<string, Uint8Array>>;
  /** When the server last saw each device (hex), Unix seconds, at most MAX_TIME: its word only. */
  seen(): Promise<ReadonlyMap<string, number>>;
}
