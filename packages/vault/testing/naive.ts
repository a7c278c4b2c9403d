import { encode, equal, string, struct, text } from '@orrery/bytes';
import { verifiersOf, type DeviceKeys } from '../src/device/keys.ts';
import { Label } from '../src/labels.ts';
import { decodeEntry, type LedgerRecord } from '../src/ledger/entry.ts';
import { findMember, type LedgerState } from '../src/ledger/state.ts';

/** A naive verifier: believes what follows the entry before it. */
export function believesLinks(state: LedgerState, { entry }: LedgerRecord): boolean {
  const { number, previous } = decodeEntry(entry);
  return number === state.head.number + 1 && equal(previous, state.head.hash);
}

/** A naive verifier: believes what a device of the account has signed, with any of its keys. */
export function believesSignature(state: LedgerState, { entry, signatures }: LedgerRecord): boolean {
  const author = findMember(state, decodeEntry(entry).device);
  return author !== undefined && signatures.some((signature) => isSigned(author.keys, entry, signature));
}

function isSigned(keys: DeviceKeys, entry: Uint8Array, signature: Uint8Array): boolean {
  const labelled = struct({ label: text(64), message: string(2 ** 21) });
  const message = encode(labelled, { label: Label.entrySignature, message: entry });
  return verifiersOf(keys).some((verifier) => verifier.verify(message, signature));
}
