import { sha256 } from '@orrery/crypto';
import { Device } from '../src/device/secret.ts';
import { hybridSuite, type Suite } from '../src/device/suite.ts';
import { unwrapKey } from '../src/epoch.ts';
import {
  buildAdmit,
  buildEpoch,
  buildGenesis,
  buildLeave,
  buildMigrate,
  nextPlace,
  proveDevice,
  signEntry,
} from '../src/ledger/build.ts';
import type { Change, LedgerRecord, ObjectRef } from '../src/ledger/entry.ts';
import { presentEpoch, type LedgerState } from '../src/ledger/state.ts';
import { verifyRecords } from '../src/ledger/verify.ts';

export const USERNAME = 'alice';

/** The time of the genesis; each entry is a minute later than the one before. */
export const START = 1_800_000_000;

const devices = new Map<string, Device>();

/** A device with keys of its own, made once for each name and suite. */
export function deviceNamed(name: string, suite: Suite = hybridSuite): Device {
  const key = `${suite.name} ${name}`;
  const device = devices.get(key) ?? Device.generate(suite);
  devices.set(key, device);
  return device;
}

/** The object id that holds this number. */
export function objectId(number: number): Uint8Array {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(12, number);
  return id;
}

/** A reference to the object of that number, with a hash that fits no content. */
export function objectRef(number: number): ObjectRef {
  return { id: objectId(number), hash: sha256(objectId(number)) };
}

/** An account that grows by one entry after the other, each verified on the way. */
export class TestAccount {
  readonly records: LedgerRecord[] = [];
  #state: LedgerState | undefined;

  /** An account whose founder is called "laptop". */
  static async found(founder: Device): Promise<TestAccount> {
    const account = new TestAccount();
    account.add(await buildGenesis(founder, USERNAME, 'laptop', START));
    return account;
  }

  get state(): LedgerState {
    if (this.#state === undefined) throw new TypeError('Cannot go on: the account has no genesis');
    return this.#state;
  }

  get time(): number {
    return START + 60 * this.records.length;
  }

  /** A second account with the same past. */
  copy(): TestAccount {
    const copy = new TestAccount();
    copy.records.push(...this.records);
    copy.#state = this.#state;
    return copy;
  }

  /** Appends a record that must be valid. */
  add(record: LedgerRecord): void {
    this.#state = verifyRecords(this.#state, [record]).state;
    this.records.push(record);
  }

  /** Signs a change as the next entry, whatever it says. */
  sign(author: Device, change: Change): Promise<LedgerRecord> {
    return signEntry(author, nextPlace(this.state), this.time, change);
  }

  async admit(author: Device, newcomer: Device, name: string, allowClassic = false): Promise<void> {
    const proof = await proveDevice(newcomer, USERNAME, name);
    const shown = { name, keys: newcomer.keys, proof };
    this.add(await buildAdmit(this.state, author, this.key(author), shown, allowClassic, this.time));
  }

  /** A commit whose manifest is the first of the objects that it adds. */
  commitOf(adds: readonly number[], drops: readonly number[] = []): Extract<Change, { kind: 'commit' }> {
    return {
      kind: 'commit',
      epoch: presentEpoch(this.state).epoch,
      manifest: objectRef(adds[0] ?? 0),
      adds: adds.map(objectId),
      drops: drops.map(objectId),
    };
  }

  async commit(author: Device, adds: readonly number[], drops: readonly number[] = []): Promise<void> {
    this.add(await this.sign(author, this.commitOf(adds, drops)));
  }

  /** A new epoch, without the `removed`. */
  async rotate(author: Device, removed: readonly Device[] = []): Promise<void> {
    const ids = removed.map(({ id }) => id);
    this.add(await buildEpoch(this.state, author, this.key(author), ids, this.time));
  }

  /** The end of a rotation, whose manifest and map are the first two of the objects that it adds. */
  rekeyedOf(adds: readonly number[]): Extract<Change, { kind: 'rekeyed' }> {
    const [manifest = 0, map = 0] = adds;
    return {
      kind: 'rekeyed',
      epoch: presentEpoch(this.state).epoch,
      map: objectRef(map),
      manifest: objectRef(manifest),
      adds: adds.map(objectId),
    };
  }

  async rekey(author: Device, adds: readonly number[]): Promise<void> {
    this.add(await this.sign(author, this.rekeyedOf(adds)));
  }

  async leave(author: Device): Promise<void> {
    this.add(await buildLeave(this.state, author, this.time));
  }

  /** `name` is the one that the author has. */
  async migrate(author: Device, next: Device, name: string): Promise<void> {
    this.add(await buildMigrate(this.state, author, next, this.key(author), name, this.time));
  }

  /** The present epoch's key, as its holder opens it. */
  key(holder: Device): Uint8Array {
    const { epoch, commitment } = presentEpoch(this.state);
    const wrap = this.state.wraps.get(holder.id.toHex());
    if (wrap === undefined) throw new TypeError(`Cannot open epoch ${epoch}: the device has no wrap`);
    return unwrapKey(wrap.sealed, epoch, commitment, holder, wrap.place);
  }
}
