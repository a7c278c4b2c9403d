import { equal } from '@orrery/bytes';
import { fingerprint } from '../device/keys.ts';
import type { Device } from '../device/secret.ts';
import { entryHash, type LedgerRecord } from '../ledger/entry.ts';
import { LedgerError } from '../ledger/ledger-error.ts';
import { isPresent, type LedgerState } from '../ledger/state.ts';
import { replayRecords, verifyRecords, type VerifiedEntry } from '../ledger/verify.ts';
import type { Remote } from '../remote/remote.ts';
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
  readonly #ledger: LocalLedger;
  /** False: nothing is written down, as `status` and `--dry-run` need it. */
  readonly #keeps: boolean;
  #state: LedgerState;

  constructor(device: Device, remote: Remote, ledger: LocalLedger, keeps: boolean) {
    this.device = device;
    this.remote = remote;
    this.#ledger = ledger;
    this.#keeps = keeps;
    this.#state = ledger.state;
  }

  get state(): LedgerState {
    return this.#state;
  }

  /** All entries that this machine has verified, oldest first. */
  history(): readonly VerifiedEntry[] {
    return replayRecords(undefined, this.#ledger.records()).entries;
  }

  /**
   * Takes over what is new in the ledger, once it is verified to continue what this machine has seen.
   * @throws {LedgerError} `rollback`, `fork`, `invalid` or `upgrade`: nothing is changed.
   * @throws {RemovedError} if this machine is no longer admitted.
   */
  async refresh(): Promise<readonly VerifiedEntry[]> {
    const news: VerifiedEntry[] = [];
    for (;;) {
      const { head } = this.#state;
      const page = await this.remote.ledger(head.number);
      if (page.records.length === 0) {
        if (page.head.number !== head.number || !equal(page.head.hash, head.hash)) this.#refuse(page.head);
        break;
      }
      this.#demandContinuation(page.records);
      const verified = verifyRecords(this.#state, page.records);
      this.#take(verified);
      news.push(...verified.entries);
      if (equal(this.#state.head.hash, page.head.hash)) break;
    }
    this.#demandPresence();
    return news;
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
   * Gives a server that was restored from a backup the entries that it lost.
   * Returns how many. @throws {LedgerError} if its list is not a true prefix of what this machine has seen.
   */
  async restoreServer(): Promise<number> {
    const records = this.#ledger.records();
    const page = await this.remote.ledger(records.length - 1);
    const last = records[page.head.number];
    if (last === undefined || !equal(entryHash(last.entry), page.head.hash)) this.#refuse(page.head);
    const missing = records.slice(page.head.number + 1);
    if (missing.length > 0 && !(await this.remote.append(missing)))
      throw new Error('Cannot restore the server: its ledger changed meanwhile; try again');
    return missing.length;
  }

  #take(verified: { readonly state: LedgerState; readonly entries: readonly VerifiedEntry[] }): void {
    if (this.#keeps) this.#ledger.append(verified);
    this.#state = verified.state;
  }

  /** The first of the new records must follow the head that this machine has seen. */
  #demandContinuation(records: readonly LedgerRecord[]): void {
    const [first] = records;
    if (first === undefined) return;
    try {
      verifyRecords(this.#state, [first]);
    } catch (cause) {
      throw cause instanceof LedgerError && cause.message.includes('it does not follow')
        ? this.#fork(cause)
        : cause;
    }
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
    const known = this.#ledger.records()[head.number];
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

  #fork(cause: Error): LedgerError {
    const { number, hash } = this.#state.head;
    return new LedgerError(
      'fork',
      `Cannot accept the server's ledger: its entries do not follow entry ${number} (${fingerprint(hash)}) that this machine has seen`,
      { cause },
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
