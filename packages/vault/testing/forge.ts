import { signLabelled } from '../src/device/signing.ts';
import type { Device } from '../src/device/secret.ts';
import { Label } from '../src/labels.ts';
import { nextPlace } from '../src/ledger/build.ts';
import { encodeEntry, type Change, type LedgerRecord } from '../src/ledger/entry.ts';
import type { TestAccount } from './account.ts';

/** What a forged entry says, or how it is signed, other than it should. */
export interface Twist {
  readonly number?: number;
  readonly previous?: Uint8Array;
  readonly time?: bigint;
  /** Whom the entry names as its author. */
  readonly device?: Device;
  readonly label?: string;
  /** Replaces the signatures. */
  readonly signatures?: (right: readonly Uint8Array[], entry: Uint8Array) => readonly Uint8Array[];
}

/** An entry that continues the account but for the twist, signed by `author`. */
export async function forge(
  account: TestAccount,
  author: Device,
  change: Change,
  twist: Twist = {},
): Promise<LedgerRecord> {
  const place = nextPlace(account.state);
  const entry = encodeEntry({
    number: twist.number ?? place.number,
    previous: twist.previous ?? place.previous,
    time: twist.time ?? BigInt(account.time),
    device: (twist.device ?? author).id,
    change,
  });
  const right = await signLabelled(author.signers, twist.label ?? Label.entrySignature, entry);
  return { entry, signatures: twist.signatures?.(right, entry) ?? right };
}
