import { signLabelled } from '../device/signing.ts';
import type { Device } from '../device/secret.ts';
import { openEpoch, wrapKey, type EntryPlace } from '../epoch.ts';
import { Label } from '../labels.ts';
import { admissionProof, encodeEntry, HASH_LENGTH, type Change, type LedgerRecord } from './entry.ts';
import { deviceId, type DeviceKeys } from '../device/keys.ts';
import type { Signatures } from '../device/signing.ts';
import { presentEpoch, presentMembers, type LedgerState } from './state.ts';

/** Where the next entry stands. */
export function nextPlace(state: LedgerState): EntryPlace {
  return { number: state.head.number + 1, previous: state.head.hash };
}

/** Signs a change as the entry at `place`. @param time Unix seconds. */
export async function signEntry(
  device: Device,
  place: EntryPlace,
  time: number,
  change: Change,
): Promise<LedgerRecord> {
  const entry = encodeEntry({ ...place, time: BigInt(time), device: device.id, change });
  return { entry, signatures: await signLabelled(device.signers, Label.entrySignature, entry) };
}

/** Founds an account: the first device wraps the first epoch key for itself. */
export function buildGenesis(
  device: Device,
  username: string,
  name: string,
  time: number,
): Promise<LedgerRecord> {
  const place = { number: 0, previous: new Uint8Array(HASH_LENGTH) };
  const epoch = openEpoch(1, undefined, [{ id: device.id, keys: device.keys }], place);
  return signEntry(device, place, time, { kind: 'genesis', username, name, keys: device.keys, epoch });
}

/** What a newcomer shows of itself. */
export interface Newcomer {
  readonly name: string;
  readonly keys: DeviceKeys;
  readonly proof: Signatures;
}

/** A newcomer's signature over its own name and keys. */
export function proveDevice(
  device: Pick<Device, 'keys' | 'signers'>,
  username: string,
  name: string,
): Promise<Uint8Array[]> {
  return signLabelled(device.signers, Label.deviceProof, admissionProof(username, name, device.keys));
}

/** Admits a newcomer with the present epoch's key. */
export function buildAdmit(
  state: LedgerState,
  device: Device,
  epochKey: Uint8Array,
  newcomer: Newcomer,
  allowClassic: boolean,
  time: number,
): Promise<LedgerRecord> {
  const place = nextPlace(state);
  const { epoch } = presentEpoch(state);
  const sealed = wrapKey(epochKey, epoch, newcomer.keys, deviceId(newcomer.keys), place);
  return signEntry(device, place, time, { kind: 'admit', ...newcomer, allowClassic, epoch, sealed });
}

/** Opens an epoch for the devices that remain once `removed` are out; none removed: a plain rotation. */
export function buildEpoch(
  state: LedgerState,
  device: Device,
  epochKey: Uint8Array,
  removed: readonly Uint8Array[],
  time: number,
): Promise<LedgerRecord> {
  const place = nextPlace(state);
  const gone = new Set(removed.map((id) => id.toHex()));
  const remaining = presentMembers(state).filter((member) => !gone.has(member.id.toHex()));
  const epoch = openEpoch(presentEpoch(state).epoch + 1, epochKey, remaining, place);
  const change: Change =
    removed.length === 0 ? { kind: 'rotate', epoch } : { kind: 'remove', devices: [...removed], epoch };
  return signEntry(device, place, time, change);
}

/** Puts the author itself out. */
export function buildLeave(state: LedgerState, device: Device, time: number): Promise<LedgerRecord> {
  return signEntry(device, nextPlace(state), time, {
    kind: 'remove',
    devices: [device.id],
    epoch: undefined,
  });
}

/** Replaces the author's classic keys by those of `next`, in a new epoch. */
export async function buildMigrate(
  state: LedgerState,
  device: Device,
  next: Device,
  epochKey: Uint8Array,
  name: string,
  time: number,
): Promise<LedgerRecord> {
  const place = nextPlace(state);
  const others = presentMembers(state).filter((member) => member.id.toHex() !== device.id.toHex());
  const epoch = openEpoch(presentEpoch(state).epoch + 1, epochKey, [...others, next], place);
  const proof = await proveDevice(next, state.username, name);
  return signEntry(device, place, time, { kind: 'migrate', keys: next.keys, proof, epoch });
}
