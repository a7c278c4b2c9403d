import { equal } from '@orrery/bytes';
import { randomBytes } from '@orrery/crypto';
import { fingerprint } from '../device/keys.ts';
import type { Device } from '../device/secret.ts';
import { entryHash, type LedgerRecord } from '../ledger/entry.ts';
import { LedgerError } from '../ledger/ledger-error.ts';
import { isPresent, type LedgerState } from '../ledger/state.ts';
import { replayRecords, verifyRecords, type VerifiedEntry } from '../ledger/verify.ts';
import type { Remote } from '../remote/remote.ts';
import { inAppends, previousOf, readRecords } from './ledger-pages.ts';
import type { LocalLedger } from './local-ledger.ts';

/** How often an append is built again after another machine was quicker. */
const MAX_TRIES = 10;

/** This machine was put out of the account. */
export class RemovedError extends Error {
  override readonly name = 'RemovedError';
}

/** The server has fewer entries than this machine has seen, all of them the same. */
export class RestoredServerError extends LedgerError {}

/** This machine's view of its account, kept in step with a server that may lie. */
export class Session {
  readonly device: Device;
  readonly remote: Remote;
  /** False: nothing is written down, as `status` and `--dry-run` need it. */
  readonly keeps: boolean;
  readonly #ledger: LocalLedger;
  /** Records that were taken over and not written down. */
  readonly #unwritten: LedgerRecord[] = [];
  #state: LedgerState;

  constructor(device: Device, remote: Remote, ledger: LocalLedger, keeps: boolean) {
    this.device = device;
    this.remote = remote;
    this.#ledger = ledger;
    this.keeps = keeps;
    this.#state = ledger.state;
  }

  get state(): LedgerState {
    return this.#state;
  }

  /** All entries that this machine has verified, oldest first. */
  history(): readonly VerifiedEntry[] {
    return this.#ledger.history(this.#unwritten);
  }

  /**
   * Takes over what is new in the ledger, once it is verified to continue what this machine has seen.
   * @throws {LedgerError} `rollback`, `fork`, `invalid` or `upgrade`: nothing is changed.
   * @throws {RemovedError} if this machine is no longer admitted.
   */
  async refresh(): Promise<readonly VerifiedEntry[]> {
    const { records, head } = await readRecords(this.remote, this.#state.head.number);
    this.#demandContinuation(records);
    const verified = records.length === 0 ? undefined : verifyRecords(this.#state, records);
    const reached = verified?.state.head ?? this.#state.head;
    if (reached.number !== head.number || !equal(reached.hash, head.hash)) this.#refuse(head);
    if (verified !== undefined) this.#take(verified);
    this.#demandPresence();
    return verified?.entries ?? [];
  }

  /**
   * Appends an entry, built anew on the newest state as long as others are quicker.
   * `build` sees the state and may give up by throwing.
   */
  async append(build: (state: LedgerState) => Promise<LedgerRecord>): Promise<readonly VerifiedEntry[]> {
    const news: VerifiedEntry[] = [];
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      if (await this.tryAppend(await build(this.#state))) return news;
      news.push(...(await this.refresh()));
    }
    throw new Error(`Cannot append to the ledger: other machines were quicker ${MAX_TRIES} times; try again`);
  }

  /** Appends one record to the present head; false if another machine was quicker. */
  async tryAppend(record: LedgerRecord): Promise<boolean> {
    const verified = verifyRecords(this.#state, [record]);
    const accepted = await this.remote.append([record]);
    if (accepted) this.#take(verified);
    return accepted;
  }

  /**
   * Gives a server that was restored from a backup the entries that it lost. In place of objects that went with
   * them stands noise, which nobody takes for content: a new epoch (`openNewEpoch`, `finishRotation`) mends that.
   * Returns how many entries. @throws {LedgerError} if its list is not a true prefix of what this machine has seen.
   */
  async restoreServer(): Promise<number> {
    const records = this.#records();
    const { head } = await this.remote.ledger(records.length - 1);
    const last = records[head.number];
    if (last === undefined || !equal(entryHash(last.entry), head.hash)) this.#refuse(head);
    let { state } = replayRecords(undefined, records.slice(0, head.number + 1));
    for (const missing of inAppends(records.slice(head.number + 1))) {
      const before = state;
      ({ state } = replayRecords(before, missing));
      await this.#fillIn([...state.live.keys()].filter((id) => !before.live.has(id)));
      if (!(await this.remote.append(missing)))
        throw new Error('Cannot restore the server: its ledger changed meanwhile; try again');
    }
    return records.length - 1 - head.number;
  }

  /** Uploads noise for the objects that the server does not have. */
  async #fillIn(ids: readonly string[]): Promise<void> {
    const wanted = ids.map((id) => Uint8Array.fromHex(id));
    const found = wanted.length === 0 ? new Map() : await this.remote.getObjects(wanted);
    const missing = wanted.filter((id) => !found.has(id.toHex()));
    await this.remote.putObjects(missing.map((id) => ({ id, bytes: randomBytes(32) })));
  }

  #take(verified: { readonly state: LedgerState; readonly entries: readonly VerifiedEntry[] }): void {
    if (this.keeps) this.#ledger.append(verified);
    else this.#unwritten.push(...verified.entries.map(({ record }) => record));
    this.#state = verified.state;
  }

  #records(): readonly LedgerRecord[] {
    return [...this.#ledger.records(), ...this.#unwritten];
  }

  /** Records that follow another entry than this machine's head belong to another history. */
  #demandContinuation([first]: readonly LedgerRecord[]): void {
    const { number, hash } = this.#state.head;
    const previous = first === undefined ? hash : previousOf(first);
    if (previous === undefined || equal(previous, hash)) return;
    throw new LedgerError(
      'fork',
      `Cannot accept the server's ledger: its entries do not follow entry ${number} (${fingerprint(hash)}) that this machine has seen`,
    );
  }

  #refuse(head: { readonly number: number; readonly hash: Uint8Array }): never {
    const seen = this.#state.head;
    const heads = `this machine has seen entry ${seen.number} (${fingerprint(seen.hash)}), the server ends at entry ${head.number} (${fingerprint(head.hash)})`;
    if (head.number > seen.number)
      throw new LedgerError(
        'invalid',
        `Cannot accept the server's ledger: it names a head that it does not send: ${heads}`,
      );
    if (head.number === seen.number)
      throw new LedgerError(
        'fork',
        `Cannot accept the server's ledger: it differs from the one seen before: ${heads}`,
      );
    const known = this.#records()[head.number];
    if (known !== undefined && equal(entryHash(known.entry), head.hash))
      throw new RestoredServerError(
        'rollback',
        `Cannot accept the server's ledger: newest entries are missing: ${heads}`,
      );
    throw new LedgerError(
      'fork',
      `Cannot accept the server's ledger: it differs from the one seen before: ${heads}`,
    );
  }

  #demandPresence(): void {
    if (isPresent(this.#state, this.device.id)) return;
    const member = this.#state.members.get(this.device.id.toHex());
    const by = member?.removed === undefined ? undefined : this.#state.members.get(member.removed.by.toHex());
    throw new RemovedError(
      `Cannot go on: this machine was removed from the account by "${by?.name ?? 'an unknown machine'}"`,
    );
  }
}
