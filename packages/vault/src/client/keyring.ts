import { DecryptError, wipe } from '@orrery/crypto';
import type { Device } from '../device/secret.ts';
import { openPrevious, unwrapKey } from '../epoch.ts';
import { LedgerError } from '../ledger/ledger-error.ts';
import { presentEpoch, type LedgerState } from '../ledger/state.ts';

/** The keys of the epochs whose objects are still there. */
export class Keyring {
  readonly present: number;
  readonly #keys: ReadonlyMap<number, Uint8Array>;

  /**
   * Opens the present epoch's key with the device's own wrap, and from it the keys before.
   * @throws {LedgerError} if the device has no wrap, or what a machine wrapped for it does not open or is not
   *   what the ledger commits to.
   */
  static open(state: LedgerState, device: Device): Keyring {
    const present = presentEpoch(state);
    const wrap = state.wraps.get(device.id.toHex());
    if (wrap === undefined)
      throw new LedgerError('invalid', `Cannot open epoch ${present.epoch}: it has no key for this machine`);
    const key = demandOpen(present.epoch, wrap.place.number, () =>
      unwrapKey(wrap.sealed, present.epoch, present.commitment, device, wrap.place),
    );
    const keys = new Map([[present.epoch, key]]);
    try {
      openEarlier(state, key, keys);
    } catch (cause) {
      wipe(...keys.values());
      throw cause;
    }
    return new Keyring(present.epoch, keys);
  }

  private constructor(present: number, keys: ReadonlyMap<number, Uint8Array>) {
    this.present = present;
    this.#keys = keys;
  }

  /** @throws {RangeError} for an epoch whose key is no longer used. */
  key(epoch: number): Uint8Array {
    const key = this.#keys.get(epoch);
    if (key === undefined) throw new RangeError(`Cannot use key of epoch ${epoch}: it has been replaced`);
    return key;
  }

  wipe(): void {
    wipe(...this.#keys.values());
  }
}

/** Opens the key of each epoch with that of the next, and adds it to `keys`. */
function openEarlier({ epochs }: LedgerState, present: Uint8Array, keys: Map<number, Uint8Array>): void {
  let key = present;
  for (let index = epochs.length - 1; index > 0; index--) {
    const epoch = epochs[index];
    const before = epochs[index - 1];
    if (epoch === undefined || before === undefined) return;
    const next = key;
    key = demandOpen(before.epoch, epoch.place.number, () =>
      openPrevious(next, epoch.previousKey, epoch.epoch, before.commitment, epoch.place),
    );
    keys.set(before.epoch, key);
  }
}

/** Only the author of an entry can have made a seal that does not open: the bytes are signed. */
function demandOpen(epoch: number, entry: number, open: () => Uint8Array): Uint8Array {
  try {
    return open();
  } catch (cause) {
    if (!(cause instanceof DecryptError)) throw cause;
    throw new LedgerError(
      'invalid',
      `Cannot use key of epoch ${epoch}: what ledger entry ${entry} holds for this machine does not open`,
      { cause },
    );
  }
}
