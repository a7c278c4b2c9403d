import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testAttacks, type Attack } from '../../testing/attacks.ts';
import { deviceNamed, USERNAME, type TestAccount } from '../../testing/account.ts';
import { refusal } from '../../testing/refusal.ts';
import { laptop, oldBox, phone, scene, stranger, tablet, type SceneName } from '../../testing/scenes.ts';
import type { DeviceKeys } from '../device/keys.ts';
import type { Device } from '../device/secret.ts';
import { signLabelled } from '../device/signing.ts';
import { classicSuite } from '../device/suite.ts';
import { openEpoch } from '../epoch.ts';
import { Label } from '../labels.ts';
import { nextPlace, proveDevice } from './build.ts';
import { admissionProof, type Change, type LedgerRecord } from './entry.ts';
import type { LedgerState, Member } from './state.ts';
import { verifyRecords } from './verify.ts';

const otherOldBox = deviceNamed('other old box', classicSuite);

type Admit = Extract<Change, { kind: 'admit' }>;
type Migrate = Extract<Change, { kind: 'migrate' }>;

interface Newcomer {
  readonly keys?: DeviceKeys;
  readonly name?: string;
  /** Who signs the proof, over which username, name and keys, under which label. */
  readonly prover?: Device;
  readonly username?: string;
  readonly provenName?: string;
  readonly provenKeys?: DeviceKeys;
  readonly label?: string;
}

/** An admission of stranger as "desktop", but for what `newcomer` says. */
async function admission(newcomer: Newcomer = {}, twist: Partial<Admit> = {}): Promise<Admit> {
  const { keys = stranger.keys, name = 'desktop', prover = stranger, label = Label.deviceProof } = newcomer;
  const { username = USERNAME, provenName = name, provenKeys = keys } = newcomer;
  const message = admissionProof(username, provenName, provenKeys);
  const proof = await signLabelled(prover.signers, label, message);
  const sealed = new Uint8Array(1200);
  return { kind: 'admit', name, keys, proof, allowClassic: false, epoch: 2, sealed, ...twist };
}

function badAdmission(
  name: string,
  says: string,
  newcomer: Newcomer,
  twist: Partial<Admit> = {},
  scenery: SceneName = 'settled',
): Attack {
  const forge = async (account: TestAccount) => account.sign(phone, await admission(newcomer, twist));
  return { name: `the admission ${name}`, in: scenery, forge, says };
}

const { signing, kem } = stranger.keys;
const [mlDsaKey = new Uint8Array(), ed25519Key = new Uint8Array()] = signing;
const unproven = 'the new machine did not prove that it holds its keys';
const used = 'it admits keys that were admitted before';
const taken = 'the account has a machine named "phone" already';
const notAllowed = 'it admits a machine that is not post-quantum without allowing that';

function mixed(mlDsa: Uint8Array, ed25519: Uint8Array, kemKey: Uint8Array): DeviceKeys {
  return { suite: stranger.keys.suite, signing: [mlDsa, ed25519], kem: kemKey };
}

/** Stranger's keys, one of which another device has or had. */
const borrowed = [
  { name: 'the ML-DSA key of a machine', keys: mixed(phone.keys.signing[0] ?? mlDsaKey, ed25519Key, kem) },
  { name: 'the Ed25519 key of a machine', keys: mixed(mlDsaKey, laptop.keys.signing[1] ?? ed25519Key, kem) },
  { name: 'the KEM key of a machine', keys: mixed(mlDsaKey, ed25519Key, phone.keys.kem) },
  {
    name: 'the ML-DSA key of a removed machine',
    keys: mixed(tablet.keys.signing[0] ?? mlDsaKey, ed25519Key, kem),
  },
  {
    name: 'the Ed25519 key of a removed machine',
    keys: mixed(mlDsaKey, tablet.keys.signing[1] ?? ed25519Key, kem),
  },
  { name: 'the KEM key of a removed machine', keys: mixed(mlDsaKey, ed25519Key, tablet.keys.kem) },
];

const invalidKem = 'Cannot use X-Wing key of a device: not a valid public key';
const classicKeys = otherOldBox.keys;

testAttacks([
  badAdmission(
    'under a key of the epoch before',
    'it is for epoch 1, and the present one is 2',
    {},
    { epoch: 1 },
  ),
  badAdmission(
    'under a key of an epoch to come',
    'it is for epoch 3, and the present one is 2',
    {},
    { epoch: 3 },
  ),
  {
    name: 'an admission while a machine that left still knows the key',
    in: 'departed',
    forge: async (account) => account.sign(laptop, await admission()),
    says: 'a machine has left and still knows the key: a new epoch must come first',
  },
  badAdmission('of a present machine under another name', used, { keys: laptop.keys, prover: laptop }),
  badAdmission('of a removed machine', used, { keys: tablet.keys, prover: tablet, name: 'tablet' }),
  ...borrowed.map(({ name, keys }) => badAdmission(`of a device that has ${name}`, used, { keys })),
  badAdmission(
    'of a device that signs and unwraps with one key',
    'it admits a device that uses one key twice',
    { keys: { ...classicKeys, kem: classicKeys.signing[0] ?? kem }, prover: otherOldBox },
    { allowClassic: true },
  ),
  badAdmission('of a name that is taken', taken, { name: 'phone' }),
  badAdmission(
    'of a name that is taken in other letter case',
    'the account has a machine named "PHone" already',
    { name: 'PHone' },
  ),
  badAdmission('of a name that is not allowed', 'machine name "-phone" is not allowed', { name: '-phone' }),
  badAdmission('of an empty name', 'machine name "" is not allowed', { name: '' }),
  badAdmission('without a proof', unproven, {}, { proof: [] }),
  badAdmission('with a proof by the admitting machine', unproven, { prover: phone }),
  badAdmission('with a proof for another name', unproven, { provenName: 'desktop 2' }),
  badAdmission('with a proof for another username', unproven, { username: 'bob' }),
  badAdmission('with a proof for other keys', unproven, { provenKeys: phone.keys }),
  badAdmission('with a proof under the label of entries', unproven, { label: Label.entrySignature }),
  ...[0, 1].map((half): Attack => ({
    name: `an admission with half ${half} of the proof alone`,
    in: 'settled',
    forge: async (account) => {
      const right = await admission();
      return account.sign(phone, { ...right, proof: right.proof.slice(half, half + 1) });
    },
    says: unproven,
  })),
  ...[0, 1].map((half): Attack => ({
    name: `an admission whose proof has a foreign half ${half}`,
    in: 'settled',
    forge: async (account) => {
      const right = await admission();
      const wrong = await admission({ prover: tablet });
      const proof = right.proof.map((part, index) => (index === half ? (wrong.proof[half] ?? part) : part));
      return account.sign(phone, { ...right, proof });
    },
    says: unproven,
  })),
  badAdmission('of a classic machine without allowing it', notAllowed, {
    keys: classicKeys,
    prover: otherOldBox,
  }),
  badAdmission(
    'of a device with one signing key',
    `Cannot use device keys of suite "${stranger.suite.name}": 1 signing keys, 2 expected`,
    { keys: { ...stranger.keys, signing: [mlDsaKey] } },
  ),
  badAdmission(
    'of a device whose signing keys are swapped',
    'Cannot use ML-DSA-65 key of a device: not a valid public key',
    { keys: mixed(ed25519Key, mlDsaKey, kem) },
  ),
  badAdmission(
    'of a device whose Ed25519 key is of small order',
    'Cannot use Ed25519 key of a device: not a valid public key',
    { keys: mixed(mlDsaKey, new Uint8Array(32), kem) },
  ),
  badAdmission('of a device whose KEM key is too short', invalidKem, {
    keys: mixed(mlDsaKey, ed25519Key, kem.subarray(1)),
  }),
  badAdmission('of a device for which nothing can be sealed', invalidKem, {
    keys: mixed(mlDsaKey, ed25519Key, new Uint8Array(1216).fill(0xff)),
  }),
  badAdmission(
    'of a classic device whose KEM key is no point',
    'Cannot use DHKEM(P-256, HKDF-SHA256) key of a device: not a valid public key',
    { keys: { ...classicKeys, kem: new Uint8Array(65).fill(4) }, prover: otherOldBox },
    { allowClassic: true },
  ),
]);

/** A migration of old box to the keys of stranger. */
async function migration(
  account: TestAccount,
  present: readonly Device[],
  prover = stranger,
): Promise<Migrate> {
  const epoch = openEpoch(3, account.key(laptop), present, nextPlace(account.state));
  return {
    kind: 'migrate',
    keys: stranger.keys,
    proof: await proveDevice(prover, USERNAME, 'old box'),
    epoch,
  };
}

function badMigration(
  name: string,
  says: string,
  forge: (account: TestAccount, right: Migrate) => Promise<LedgerRecord>,
): Attack {
  const present = [laptop, phone, stranger];
  return {
    name: `a migration ${name}`,
    in: 'settled',
    forge: async (account) => forge(account, await migration(account, present)),
    says,
  };
}

const noUpgrade = 'it does not lead from a classic machine to a post-quantum one';
const inexact = 'its wraps do not cover exactly the admitted machines';

testAttacks([
  badMigration('of a post-quantum machine', noUpgrade, (account, right) => account.sign(phone, right)),
  badMigration('to classic keys', noUpgrade, async (account, right) =>
    account.sign(oldBox, {
      ...right,
      keys: classicKeys,
      proof: await proveDevice(otherOldBox, USERNAME, 'old box'),
    }),
  ),
  badMigration('to keys of another machine', used, async (account, right) =>
    account.sign(oldBox, {
      ...right,
      keys: phone.keys,
      proof: await proveDevice(phone, USERNAME, 'old box'),
    }),
  ),
  badMigration('to keys of a removed machine', used, async (account, right) =>
    account.sign(oldBox, {
      ...right,
      keys: tablet.keys,
      proof: await proveDevice(tablet, USERNAME, 'old box'),
    }),
  ),
  badMigration('without a proof', unproven, (account, right) =>
    account.sign(oldBox, { ...right, proof: [] }),
  ),
  badMigration('with a proof by the old keys', unproven, async (account, right) =>
    account.sign(oldBox, { ...right, proof: await proveDevice(oldBox, USERNAME, 'old box') }),
  ),
  badMigration('with a proof for another name', unproven, async (account, right) =>
    account.sign(oldBox, { ...right, proof: await proveDevice(stranger, USERNAME, 'phone') }),
  ),
  badMigration('that wraps for the old keys', inexact, async (account) =>
    account.sign(oldBox, await migration(account, [laptop, phone, oldBox])),
  ),
  badMigration('that wraps for the old keys too', inexact, async (account) =>
    account.sign(oldBox, await migration(account, [laptop, phone, oldBox, stranger])),
  ),
  badMigration('that leaves out another machine', inexact, async (account) =>
    account.sign(oldBox, await migration(account, [laptop, stranger])),
  ),
  badMigration('that opens no new epoch', 'it opens epoch 2, 3 expected', (account, right) =>
    account.sign(oldBox, { ...right, epoch: { ...right.epoch, epoch: 2 } }),
  ),
]);

/** `count` machines that were not really admitted. */
function crowd(count: number, fields: Partial<Member>): [string, Member][] {
  return Array.from({ length: count }, (_, index) => {
    const id = new Uint8Array(32);
    new DataView(id.buffer).setUint32(0, index);
    const admitted = { by: laptop.id, number: 1, time: 0n };
    return [id.toHex(), { id, name: `machine ${index}`, keys: phone.keys, admitted, ...fields }];
  });
}

function withCrowd(state: LedgerState, members: readonly [string, Member][]): LedgerState {
  return { ...state, members: new Map([...state.members, ...members]) };
}

test('verifyRecords refuses the admission of the 101st machine at the same time', async () => {
  const account = await scene('settled');
  const record = await account.sign(phone, await admission());
  const almost = withCrowd(account.state, crowd(96, {}));
  assert.equal(verifyRecords(almost, [record]).state.members.size, 101);
  const says = 'the account has 100 machines, at most 100 allowed';
  assert.throws(
    () => verifyRecords(withCrowd(account.state, crowd(97, {})), [record]),
    refusal('invalid', says),
  );
});

test('verifyRecords refuses the admission of the 4,097th machine ever', async () => {
  const account = await scene('settled');
  const record = await account.sign(phone, await admission());
  const removed = { removed: { by: laptop.id, number: 2, time: 0n } };
  const almost = withCrowd(account.state, crowd(4091, removed));
  assert.equal(verifyRecords(almost, [record]).state.members.size, 4096);
  const says = 'the account has had 4096 machines, at most 4096 allowed';
  assert.throws(
    () => verifyRecords(withCrowd(account.state, crowd(4092, removed)), [record]),
    refusal('invalid', says),
  );
});

test('verifyRecords accepts the entries that the attacks twist', async () => {
  const account = await scene('settled');
  const admitted = verifyRecords(account.state, [await account.sign(phone, await admission())]).state;
  assert.equal(admitted.members.get(stranger.id.toHex())?.name, 'desktop');
  const allowed = await admission({ keys: classicKeys, prover: otherOldBox }, { allowClassic: true });
  const classic = verifyRecords(account.state, [await account.sign(phone, allowed)]).state;
  assert.equal(classic.classicEpoch, 2);
  const freed = await admission({ name: 'TABLET' });
  assert.ok(verifyRecords(account.state, [await account.sign(phone, freed)]));
  const migrated = await account.sign(oldBox, await migration(account, [laptop, phone, stranger]));
  assert.equal(
    verifyRecords(account.state, [migrated]).state.members.get(stranger.id.toHex())?.name,
    'old box',
  );
});

test('verifyRecords admits a classic machine freely where no other machine is better', async () => {
  const account = await scene('classic');
  await account.admit(oldBox, otherOldBox, 'other old box');
  assert.equal(account.state.members.size, 2);
});
