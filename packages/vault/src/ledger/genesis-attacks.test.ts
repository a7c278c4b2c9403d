import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceNamed, START } from '../../testing/account.ts';
import { refusal } from '../../testing/refusal.ts';
import { laptop, oldBox, phone, scene } from '../../testing/scenes.ts';
import { deviceId } from '../device/keys.ts';
import type { Device } from '../device/secret.ts';
import { signLabelled, type Signatures } from '../device/signing.ts';
import { classicSuite } from '../device/suite.ts';
import { openEpoch } from '../epoch.ts';
import { Label } from '../labels.ts';
import { encodeEntry, type Change, type Entry } from './entry.ts';
import { verifyRecords } from './verify.ts';

type Genesis = Extract<Change, { kind: 'genesis' }>;

const place = { number: 0, previous: new Uint8Array(32) };
const hybrid = 'mldsa65-ed25519-xwing';

interface Forgery {
  readonly name: string;
  readonly says: string;
  readonly change?: (right: Genesis) => Change;
  readonly entry?: Partial<Entry>;
  readonly signer?: Device;
  readonly signatures?: (right: Signatures) => Signatures;
}

function genesis(founder: Device): Genesis {
  const epoch = openEpoch(1, undefined, [founder], place);
  return { kind: 'genesis', username: 'alice', name: 'laptop', keys: founder.keys, epoch };
}

async function forge({ change, entry, signer = laptop, signatures }: Forgery): Promise<{
  entry: Uint8Array;
  signatures: Signatures;
}> {
  const right = genesis(laptop);
  const bytes = encodeEntry({
    ...place,
    time: BigInt(START),
    device: laptop.id,
    change: change?.(right) ?? right,
    ...entry,
  });
  const made = await signLabelled(signer.signers, Label.entrySignature, bytes);
  return { entry: bytes, signatures: signatures?.(made) ?? made };
}

const unsigned = 'its signature does not verify';
const inexact = 'its wraps do not cover exactly the admitted machines';

const forgeries: readonly Forgery[] = [
  {
    name: 'that is a rotation',
    says: 'it is of kind "rotate", a genesis expected',
    change: ({ epoch }) => ({ kind: 'rotate', epoch }),
  },
  { name: 'numbered 1', says: 'it does not stand at the beginning', entry: { number: 1 } },
  {
    name: 'that names an entry before it',
    says: 'it does not stand at the beginning',
    entry: { previous: new Uint8Array(32).fill(1) },
  },
  {
    name: 'after the year 9999',
    says: 'its time 253402300800 is after the year 9999',
    entry: { time: 253_402_300_800n },
  },
  {
    name: 'of an empty username',
    says: 'username "" is not allowed',
    change: (right) => ({ ...right, username: '' }),
  },
  {
    name: 'of a username in capitals',
    says: 'username "Alice" is not allowed',
    change: (right) => ({ ...right, username: 'Alice' }),
  },
  {
    name: 'of a machine name with a line feed',
    says: 'machine name "lap\ntop" is not allowed',
    change: (right) => ({ ...right, name: 'lap\ntop' }),
  },
  {
    name: 'with the keys of another device',
    says: 'the genesis is not signed by the device that it names',
    change: (right) => ({ ...right, keys: phone.keys }),
  },
  {
    name: 'that names another author',
    says: 'the genesis is not signed by the device that it names',
    entry: { device: phone.id },
  },
  {
    name: 'of epoch 0',
    says: 'it opens epoch 0, 1 expected',
    change: (right) => ({ ...right, epoch: { ...right.epoch, epoch: 0 } }),
  },
  {
    name: 'of epoch 2',
    says: 'it opens epoch 2, 1 expected',
    change: (right) => ({ ...right, epoch: { ...right.epoch, epoch: 2 } }),
  },
  {
    name: 'with a key before it',
    says: 'it does not carry the key of the epoch before',
    change: (right) => ({ ...right, epoch: { ...right.epoch, previousKey: new Uint8Array(60) } }),
  },
  {
    name: 'that wraps for nobody',
    says: inexact,
    change: (right) => ({ ...right, epoch: { ...right.epoch, wraps: [] } }),
  },
  {
    name: 'that wraps for another device',
    says: inexact,
    change: (right) => ({ ...right, epoch: openEpoch(1, undefined, [phone], place) }),
  },
  {
    name: 'that also wraps for another device',
    says: inexact,
    change: (right) => ({ ...right, epoch: openEpoch(1, undefined, [laptop, phone], place) }),
  },
  {
    name: 'that wraps twice for its device',
    says: inexact,
    change: (right) => ({ ...right, epoch: openEpoch(1, undefined, [laptop, laptop], place) }),
  },
  { name: 'that another device signed', says: unsigned, signer: phone },
  { name: 'without signatures', says: unsigned, signatures: () => [] },
  { name: 'with its ML-DSA half alone', says: unsigned, signatures: (right) => right.slice(0, 1) },
  { name: 'with its Ed25519 half alone', says: unsigned, signatures: (right) => right.slice(1) },
  { name: 'whose halves are swapped', says: unsigned, signatures: (right) => right.toReversed() },
];

for (const forgery of forgeries)
  test(`verifyRecords refuses a genesis ${forgery.name}`, async () => {
    const record = await forge(forgery);
    assert.throws(
      () => verifyRecords(undefined, [record]),
      refusal('invalid', `Cannot accept ledger entry ${forgery.entry?.number ?? 0}: ${forgery.says}`),
    );
  });

test('verifyRecords refuses a genesis whose device cannot be used', async () => {
  const { signing, kem } = laptop.keys;
  const [first = kem] = oldBox.keys.signing;
  const cases = [
    {
      keys: { suite: hybrid, signing: [], kem },
      says: `Cannot use device keys of suite "${hybrid}": 0 signing keys, 2 expected`,
    },
    {
      keys: { suite: hybrid, signing, kem: kem.subarray(1) },
      says: 'Cannot use X-Wing key of a device: not a valid public key',
    },
    { keys: { ...oldBox.keys, kem: first }, says: 'it admits a device that uses one key twice' },
  ];
  for (const { keys, says } of cases) {
    const record = await forge({
      name: '',
      says,
      change: (right) => ({ ...right, keys }),
      entry: { device: deviceId(keys) },
    });
    assert.throws(() => verifyRecords(undefined, [record]), refusal('invalid', says));
  }
});

test('verifyRecords accepts the genesis that the attacks twist', async () => {
  const { state } = verifyRecords(undefined, [await forge({ name: '', says: '' })]);
  assert.equal(state.username, 'alice');
  assert.deepEqual([...state.members.keys()], [laptop.id.toHex()]);
});

test('verifyRecords refuses no records at all for a new account, and accepts none for a known one', async () => {
  assert.throws(
    () => verifyRecords(undefined, []),
    refusal('invalid', 'Cannot accept ledger: it has no entry'),
  );
  const { state } = await scene('settled');
  assert.deepEqual(verifyRecords(state, []), { state, entries: [] });
});

test('verifyRecords refuses the genesis of another account in place of a known one', async () => {
  const other = deviceNamed('attacker', classicSuite);
  const account = await scene('settled');
  const bytes = encodeEntry({ ...place, time: 0n, device: other.id, change: genesis(other) });
  const signatures = await signLabelled(other.signers, Label.entrySignature, bytes);
  assert.throws(
    () => verifyRecords(account.state, [{ entry: bytes, signatures }]),
    refusal('invalid', 'Cannot accept ledger entry 0: it founds an account that exists'),
  );
});
