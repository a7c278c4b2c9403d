import { encode, equal } from '@orrery/bytes';
import type { Device } from '../src/device/secret.ts';
import { decodeEntry, recordCodec, type LedgerRecord } from '../src/ledger/entry.ts';
import { isClosed, isPresent, type LedgerState } from '../src/ledger/state.ts';
import { replayRecords, verifyRecords } from '../src/ledger/verify.ts';
import type { SealedObject } from '../src/object.ts';
import type { Remote } from '../src/remote/remote.ts';
import { ServerError } from '../src/remote/server-error.ts';
import type { LedgerPage } from '../src/request/wire.ts';

/** Which request is about to be served, for a test that wants to be in between. */
export type Request = 'ledger' | 'append' | 'putObjects' | 'getObjects' | 'seen';

/** An honest server of one account in this process: it keeps what it is given and verifies as the real one does. */
export class MemoryServer {
  readonly objects = new Map<string, Uint8Array>();
  readonly #uploads = new Set<string>();
  /** Every request that was served. */
  readonly served: Request[] = [];
  /** Runs before a request is served; what it throws, the client gets. */
  before: (request: Request) => void | Promise<void> = () => undefined;
  /** Runs after a request took effect: what it throws is an answer that was lost. */
  after: (request: Request) => void = () => undefined;
  #records: LedgerRecord[] = [];
  #state: LedgerState | undefined;

  get records(): readonly LedgerRecord[] {
    return this.#records;
  }

  get state(): LedgerState {
    if (this.#state === undefined) throw new TypeError('Cannot serve: there is no account');
    return this.#state;
  }

  found(genesis: LedgerRecord): void {
    this.#state = verifyRecords(undefined, [genesis]).state;
    this.#records = [genesis];
  }

  /** A copy of everything, and what becomes again of the server that gets it. */
  backup(): () => void {
    const records = [...this.#records];
    const state = this.#state;
    const [objects, uploads] = [new Map(this.objects), new Set(this.#uploads)];
    return () => {
      this.#records = [...records];
      this.#state = state;
      replace(this.objects, objects);
      this.#uploads.clear();
      for (const id of uploads) this.#uploads.add(id);
    };
  }

  /** Has another list of entries from now on, and whatever objects it has. */
  show(records: readonly LedgerRecord[]): void {
    this.#records = [...records];
    this.#state = replayRecords(undefined, records).state;
  }

  /** Forgets the object that the ledger keeps under this id. */
  lose(id: Uint8Array): void {
    this.objects.delete(id.toHex());
  }

  remote(device: Pick<Device, 'id'>): Remote {
    const serve = async <T>(request: Request, answer: () => T): Promise<T> => {
      await this.before(request);
      this.served.push(request);
      const known = this.state.members.has(device.id.toHex());
      if (!known || (request !== 'ledger' && !isPresent(this.state, device.id)))
        throw new ServerError(401, 'removed', 'Cannot serve: this device is not admitted');
      const answered = answer();
      this.after(request);
      return answered;
    };
    return {
      ledger: (after) => serve('ledger', () => this.#page(after)),
      append: (records) => serve('append', () => this.#append(records)),
      putObjects: (objects) => serve('putObjects', () => this.#put(objects)),
      getObjects: (ids) => serve('getObjects', () => this.#get(ids)),
      seen: () => serve('seen', () => new Map<string, number>()),
    };
  }

  #page(after: number): LedgerPage {
    const { number, hash } = this.state.head;
    return { head: { number, hash }, records: this.#records.slice(after + 1, after + 8) };
  }

  #append(records: readonly LedgerRecord[]): boolean {
    const [first] = records.map(({ entry }) => decodeEntry(entry));
    const { head } = this.state;
    if (first === undefined) throw new ServerError(400, 'malformed', 'Cannot append: no record');
    if (first.number !== head.number + 1 || !equal(first.previous, head.hash))
      return records.every((record, index) => this.#has(record, first.number + index));
    const before = this.state;
    const { state } = verifyRecords(before, records);
    const adds = [...state.live.keys()].filter((id) => !before.live.has(id));
    if (adds.some((id) => !this.#uploads.has(id)))
      throw new ServerError(422, 'missing-objects', 'Cannot append: an object was not uploaded');
    for (const id of adds) this.#uploads.delete(id);
    for (const id of before.live.keys()) if (!state.live.has(id)) this.objects.delete(id);
    this.#records.push(...records);
    this.#state = state;
    if (isClosed(state)) this.objects.clear();
    return true;
  }

  #has(record: LedgerRecord, number: number): boolean {
    const standing = this.#records[number];
    return standing !== undefined && equal(encode(recordCodec, standing), encode(recordCodec, record));
  }

  #put(objects: readonly SealedObject[]): void {
    for (const { id, bytes } of objects) {
      this.objects.set(id.toHex(), bytes.slice());
      this.#uploads.add(id.toHex());
    }
  }

  #get(ids: readonly Uint8Array[]): ReadonlyMap<string, Uint8Array> {
    return new Map(
      ids.flatMap((id) => {
        const bytes = this.objects.get(id.toHex());
        return bytes === undefined ? [] : [[id.toHex(), bytes.slice()] as const];
      }),
    );
  }
}

function replace<Key, Value>(map: Map<Key, Value>, content: ReadonlyMap<Key, Value>): void {
  map.clear();
  for (const [key, value] of content) map.set(key, value);
}
