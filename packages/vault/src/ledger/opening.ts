import { suiteOf } from '../device/keys.ts';
import { SEALED_PREVIOUS_LENGTH, type EntryPlace } from '../epoch.ts';
import type { Entry, NewEpoch } from './entry.ts';
import { require } from './ledger-error.ts';
import type { HeldWrap, LedgerState } from './state.ts';

/** An epoch opens for `members`: the next number, and wraps for exactly the devices now present. */
export function opened(
  before: Pick<LedgerState, 'epochs' | 'live' | 'classicEpoch'>,
  members: LedgerState['members'],
  next: NewEpoch,
  entry: Entry,
): Pick<LedgerState, 'epochs' | 'wraps' | 'departed' | 'classicEpoch'> {
  const { epoch, commitment, previousKey } = next;
  const expected = (before.epochs.at(-1)?.epoch ?? 0) + 1;
  require(epoch === expected, `it opens epoch ${epoch}, ${expected} expected`);
  require(previousKey.length ===
    (expected === 1 ? 0 : SEALED_PREVIOUS_LENGTH), 'it does not carry the key of the epoch before');
  const present = [...members.values()].filter((member) => member.removed === undefined);
  const place = placeOf(entry);
  const wraps = new Map<string, HeldWrap>(
    next.wraps.map((wrap) => [wrap.device.toHex(), { sealed: wrap.sealed, place }]),
  );
  const exact =
    wraps.size === next.wraps.length &&
    wraps.size === present.length &&
    present.every((member) => wraps.has(member.id.toHex()));
  require(exact, 'its wraps do not cover exactly the admitted machines');
  const classic = present.some((member) => !suiteOf(member.keys).postQuantum);
  return {
    // Without objects that wait to leave them, no epoch before is needed any more.
    epochs: [...(before.live.size === 0 ? [] : before.epochs), { epoch, commitment, previousKey, place }],
    wraps,
    departed: false,
    classicEpoch: classic ? epoch : before.classicEpoch,
  };
}

/** What the wraps of an entry are bound to. */
export function placeOf({ number, previous }: Entry): EntryPlace {
  return { number, previous };
}
