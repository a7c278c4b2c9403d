import { sha256 } from '@orrery/crypto';
import { checkKeys, deviceId, type DeviceKeys } from '../device/keys.ts';
import { verifyLabelled, type Signatures } from '../device/signing.ts';
import { Label } from '../labels.ts';
import { MAX_DEVICES, MAX_DEVICES_EVER } from '../limits.ts';
import { admissionProof, type Entry } from './entry.ts';
import { require } from './ledger-error.ts';
import { isMachineName } from './names.ts';
import { presentMembers, type LedgerState, type Member } from './state.ts';

type Members = Pick<LedgerState, 'members' | 'usedKeys'>;

/** The first device. */
export function founder(name: string, keys: DeviceKeys, entry: Entry): Members {
  const member = newMember(name, keys, entry);
  return { members: new Map([[member.id.toHex(), member]]), usedKeys: new Set(freshKeys(new Set(), keys)) };
}

/** A device comes in: fresh keys, a free name, and proof that it holds the keys. */
export function newcomer(
  state: Members & Pick<LedgerState, 'username'>,
  change: { readonly keys: DeviceKeys; readonly proof: Signatures },
  name: string,
  entry: Entry,
): Members {
  const { members, usedKeys, username } = state;
  const present = presentMembers(state);
  require(present.length <
    MAX_DEVICES, `the account has ${present.length} machines, at most ${MAX_DEVICES} allowed`);
  require(members.size <
    MAX_DEVICES_EVER, `the account has had ${members.size} machines, at most ${MAX_DEVICES_EVER} allowed`);
  require(!present.some(
    (member) => member.name.toLowerCase() === name.toLowerCase(),
  ), `the account has a machine named "${name}" already`);
  const hashes = freshKeys(usedKeys, change.keys);
  const member = newMember(name, change.keys, entry);
  require(verifyLabelled(
    change.keys,
    Label.deviceProof,
    admissionProof(username, name, change.keys),
    change.proof,
  ), 'the new machine did not prove that it holds its keys');
  return {
    members: new Map(members).set(member.id.toHex(), member),
    usedKeys: new Set([...usedKeys, ...hashes]),
  };
}

/** The members without the device. */
export function leaver(
  members: LedgerState['members'],
  id: Uint8Array,
  entry: Entry,
): LedgerState['members'] {
  const member = members.get(id.toHex());
  require(member !== undefined &&
    member.removed === undefined, `it removes ${id.toHex()}, which is not admitted`);
  const removed = { by: entry.device, number: entry.number, time: entry.time };
  return new Map(members).set(id.toHex(), { ...member, removed });
}

function newMember(name: string, keys: DeviceKeys, entry: Entry): Member {
  require(isMachineName(name), `machine name "${name}" is not allowed`);
  checkKeys(keys);
  return {
    id: deviceId(keys),
    name,
    keys,
    admitted: { by: entry.device, number: entry.number, time: entry.time },
  };
}

/** Hashes of the single keys, if none of them has another use here or ever had one. */
function freshKeys(used: ReadonlySet<string>, keys: DeviceKeys): readonly string[] {
  const hashes = [...keys.signing, keys.kem].map((key) => sha256(key).toHex());
  require(new Set(hashes).size === hashes.length, 'it admits a device that uses one key twice');
  require(!hashes.some((hash) => used.has(hash)), 'it admits keys that were admitted before');
  return hashes;
}
