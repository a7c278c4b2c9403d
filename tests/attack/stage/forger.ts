import { decode } from '@orrery/bytes';
import { randomBytes } from '@orrery/crypto';
import {
  Device,
  encodeEntry,
  entryHash,
  foundCodec,
  hybridSuite,
  Label,
  ledgerPageCodec,
  verifyRecords,
  type Change,
  type DeviceKeys,
  type Head,
  type LedgerRecord,
  type LedgerState,
  type NewEpoch,
} from '@orrery/vault';
import { signLabelled } from '../../../packages/vault/src/device/signing.ts';
import { commitment, wrapKey, type EntryPlace } from '../../../packages/vault/src/epoch.ts';
import type { SealedObject } from '../../../packages/vault/src/object.ts';
import { concerns, invented, type Lie } from './liar.ts';

/** The best that a server without a machine's keys can do: an entry in the name of `author`, signed by another device. */
export async function forge(
  signer: Device,
  author: Uint8Array,
  place: EntryPlace,
  change: Change,
): Promise<LedgerRecord> {
  const entry = encodeEntry({ ...place, time: 1_800_000_000n, device: author, change });
  return { entry, signatures: await signLabelled(signer.signers, Label.entrySignature, entry) };
}

/** An epoch under a key that the forger knows, for these devices. */
export function epochUnder(
  key: Uint8Array,
  epoch: number,
  devices: readonly { readonly id: Uint8Array; readonly keys: DeviceKeys }[],
  place: EntryPlace,
): NewEpoch {
  return {
    epoch,
    commitment: commitment(key, epoch),
    // Nonce, key and tag; whoever does not have the key of the epoch before can only make it up.
    previousKey: randomBytes(12 + 32 + 16),
    wraps: devices.map(({ id, keys }) => ({ device: id, sealed: wrapKey(key, epoch, keys, id, place) })),
  };
}

/** An account that the forger founded, under a name that somebody else has elsewhere. */
export interface FoundedAccount {
  readonly device: Device;
  readonly key: Uint8Array;
  readonly genesis: LedgerRecord;
  readonly state: LedgerState;
}

export async function foundAccount(username: string, name: string): Promise<FoundedAccount> {
  const device = Device.generate(hybridSuite);
  const key = randomBytes(32);
  const place = { number: 0, previous: new Uint8Array(32) };
  const epoch = { ...epochUnder(key, 1, [device], place), previousKey: new Uint8Array() };
  const change = { kind: 'genesis', username, name, keys: device.keys, epoch } as const;
  const genesis = await forge(device, device.id, place, change);
  return { device, key, genesis, state: verifyRecords(undefined, [genesis]).state };
}

/** A server whose whole ledger is this one. */
export function showing(records: readonly LedgerRecord[], head: Head = headOf(records)): Lie {
  return (asked, honest) => {
    if (!concerns(asked, 'GET', '/v1/ledger')) return honest();
    const after = Number(new URL(asked.target, 'http://server').searchParams.get('after') ?? -1);
    return invented(ledgerPageCodec, { head, records: records.slice(after + 1) });
  };
}

export function headOf(records: readonly LedgerRecord[]): Head {
  const last = records.at(-1);
  if (last === undefined) throw new Error('Cannot name a head: there is no entry');
  return { number: records.length - 1, hash: Uint8Array.from(entryHash(last.entry)) };
}

/** A server that also has these objects. */
export function withObjects(lie: Lie, objects: readonly SealedObject[]): Lie {
  const known = new Map(objects.map(({ id, bytes }) => [id.toHex(), bytes]));
  return async (asked, honest, response) => {
    if (!concerns(asked, 'POST', '/v1/objects/read')) return lie(asked, honest, response);
    const found = decode(foundCodec, (await honest()).body);
    return invented(
      foundCodec,
      found.map(({ id, bytes }) => ({ id, bytes: known.get(id.toHex()) ?? bytes })),
    );
  };
}
