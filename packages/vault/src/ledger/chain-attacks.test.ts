import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testAttacks, type Attack } from '../../testing/attacks.ts';
import { forge, type Twist } from '../../testing/forge.ts';
import { laptop, oldBox, phone, scene, stranger, tablet } from '../../testing/scenes.ts';
import { objectRef, type TestAccount } from '../../testing/account.ts';
import type { Device } from '../device/secret.ts';
import { Label } from '../labels.ts';
import { buildEpoch, buildGenesis } from './build.ts';
import { decodeEntry, type Change, type LedgerRecord } from './entry.ts';
import { verifyRecords } from './verify.ts';

/** The change of a rotation by `author`, as it should be. */
async function rotation(account: TestAccount, author: Device): Promise<Change> {
  const record = await buildEpoch(account.state, author, account.key(laptop), [], account.time);
  return decodeEntry(record.entry).change;
}

function twistedCommit(author: Device, twist: Twist): (account: TestAccount) => Promise<LedgerRecord> {
  return (account) => forge(account, author, account.commitOf([30]), twist);
}

function twistedRotation(author: Device, twist: Twist): (account: TestAccount) => Promise<LedgerRecord> {
  return async (account) => forge(account, author, await rotation(account, author), twist);
}

/** The entry that `act` appends, with its signatures dropped. */
function unsigned(
  act: (account: TestAccount) => Promise<void>,
): (account: TestAccount) => Promise<LedgerRecord> {
  return async (account) => {
    const copy = account.copy();
    await act(copy);
    return { entry: copy.records.at(-1)?.entry ?? new Uint8Array(), signatures: [] };
  };
}

const signatureRefused = 'its signature does not verify';

const badSignatures: readonly { name: string; author: Device; twist: Twist }[] = [
  { name: 'without signatures', author: laptop, twist: { signatures: () => [] } },
  { name: 'with its ML-DSA half alone', author: laptop, twist: { signatures: ([ml]) => some(ml) } },
  { name: 'with its Ed25519 half alone', author: laptop, twist: { signatures: ([, ed]) => some(ed) } },
  {
    name: 'whose Ed25519 half is empty',
    author: laptop,
    twist: { signatures: ([ml]) => some(ml, new Uint8Array()) },
  },
  {
    name: 'whose ML-DSA half is empty',
    author: laptop,
    twist: { signatures: ([, ed]) => some(new Uint8Array(), ed) },
  },
  {
    name: 'whose ML-DSA half is zeros',
    author: laptop,
    twist: { signatures: ([, ed]) => some(new Uint8Array(3309), ed) },
  },
  {
    name: 'whose Ed25519 half is zeros',
    author: laptop,
    twist: { signatures: ([ml]) => some(ml, new Uint8Array(64)) },
  },
  { name: 'whose halves are swapped', author: laptop, twist: { signatures: ([ml, ed]) => some(ed, ml) } },
  { name: 'with its Ed25519 half twice', author: laptop, twist: { signatures: ([, ed]) => some(ed, ed) } },
  {
    name: 'with a third signature',
    author: laptop,
    twist: { signatures: ([ml, ed]) => some(ml, ed, ed) },
  },
  {
    name: 'of a classic machine with two signatures',
    author: oldBox,
    twist: { signatures: ([ec]) => some(ec, ec) },
  },
  {
    name: 'of a classic machine with a signature of zeros',
    author: oldBox,
    twist: { signatures: () => [new Uint8Array(64)] },
  },
  { name: 'signed under another label', author: laptop, twist: { label: Label.deviceProof } },
  { name: 'that another machine signed', author: phone, twist: { device: laptop } },
  { name: 'that a removed machine signed', author: tablet, twist: { device: laptop } },
  { name: 'that a classic machine signed', author: oldBox, twist: { device: laptop } },
];

function some(...signatures: readonly (Uint8Array | undefined)[]): Uint8Array[] {
  return signatures.map((signature) => signature ?? new Uint8Array());
}

testAttacks([
  {
    name: 'an entry that skips a number',
    in: 'settled',
    forge: twistedCommit(laptop, { number: 9 }),
    says: 'number 8 expected',
  },
  {
    name: 'an entry with the number of its head',
    in: 'settled',
    forge: twistedCommit(laptop, { number: 7 }),
    says: 'number 8 expected',
  },
  {
    name: 'an entry that names no previous one',
    in: 'settled',
    forge: twistedCommit(laptop, { previous: new Uint8Array(32) }),
    says: 'it does not follow the entry before it',
  },
  {
    name: 'an entry that follows the genesis',
    in: 'settled',
    forge: (account) => forge(account, laptop, account.commitOf([30]), { previous: account.state.account }),
    says: 'it does not follow the entry before it',
  },
  {
    name: 'an entry that follows the entry before its head',
    in: 'settled',
    forge: (account) => {
      const { previous } = decodeEntry(account.records[7]?.entry ?? new Uint8Array());
      return forge(account, laptop, account.commitOf([30]), { previous });
    },
    says: 'it does not follow the entry before it',
  },
  {
    name: 'an entry after the year 9999',
    in: 'settled',
    forge: twistedCommit(laptop, { time: 253_402_300_800n }),
    says: 'its time 253402300800 is after the year 9999',
  },
  {
    name: 'a second genesis',
    in: 'settled',
    forge: async (account) => {
      const genesis = await buildGenesis(laptop, 'alice', 'laptop', account.time);
      return forge(account, laptop, decodeEntry(genesis.entry).change);
    },
    says: 'it founds an account that exists',
  },
  {
    name: 'the commit of a machine never admitted',
    in: 'settled',
    forge: twistedCommit(stranger, {}),
    says: `its author ${stranger.id.toHex()} is not admitted`,
  },
  {
    name: 'the rotation of a machine never admitted',
    in: 'settled',
    forge: twistedRotation(stranger, {}),
    says: `its author ${stranger.id.toHex()} is not admitted`,
  },
  {
    name: 'the commit of a removed machine',
    in: 'settled',
    forge: twistedCommit(tablet, {}),
    says: `its author ${tablet.id.toHex()} is not admitted`,
  },
  {
    name: 'the rotation of a removed machine',
    in: 'settled',
    forge: twistedRotation(tablet, {}),
    says: `its author ${tablet.id.toHex()} is not admitted`,
  },
  {
    name: 'the commit of a machine that has left',
    in: 'departed',
    forge: twistedCommit(phone, {}),
    says: `its author ${phone.id.toHex()} is not admitted`,
  },
  {
    name: 'the rotation of a machine that has left',
    in: 'departed',
    forge: twistedRotation(phone, {}),
    says: `its author ${phone.id.toHex()} is not admitted`,
  },
  {
    name: 'a commit after the last machine has left',
    in: 'closed',
    forge: twistedCommit(laptop, {}),
    says: 'it follows the end of the account',
  },
  {
    name: 'an admission after the last machine has left',
    in: 'closed',
    forge: (account) =>
      forge(account, laptop, {
        kind: 'admit',
        name: 'phone',
        keys: phone.keys,
        proof: [],
        allowClassic: false,
        epoch: 1,
        sealed: new Uint8Array(),
      }),
    says: 'it follows the end of the account',
  },
  ...badSignatures.flatMap(({ name, author, twist }): Attack[] => [
    {
      name: `a commit ${name}`,
      in: 'settled',
      forge: twistedCommit(author, twist),
      says: signatureRefused,
    },
    {
      name: `a rotation ${name}`,
      in: 'settled',
      forge: twistedRotation(author, twist),
      says: signatureRefused,
    },
  ]),
  {
    name: 'an admission without signatures',
    in: 'settled',
    forge: unsigned((account) => account.admit(laptop, stranger, 'desktop')),
    says: signatureRefused,
  },
  {
    name: 'a removal without signatures',
    in: 'settled',
    forge: unsigned((account) => account.rotate(laptop, [phone])),
    says: signatureRefused,
  },
  {
    name: 'a departure without signatures',
    in: 'settled',
    forge: unsigned((account) => account.leave(laptop)),
    says: signatureRefused,
  },
  {
    name: 'the end of a rotation without signatures',
    in: 'rekeying',
    forge: unsigned((account) => account.rekey(laptop, [30, 31])),
    says: signatureRefused,
  },
  {
    name: 'a migration without signatures',
    in: 'settled',
    forge: unsigned((account) => account.migrate(oldBox, stranger, 'old box')),
    says: signatureRefused,
  },
]);

test('verifyRecords refuses a signature that was made for another entry', async () => {
  const account = await scene('settled');
  const one = await forge(account, laptop, account.commitOf([30]));
  const other = await forge(account, laptop, account.commitOf([31]));
  for (const record of [one, other]) verifyRecords(account.state, [record]);
  for (const signatures of [
    other.signatures,
    some(one.signatures[0], other.signatures[1]),
    some(other.signatures[0], one.signatures[1]),
  ])
    assert.throws(() => verifyRecords(account.state, [{ entry: one.entry, signatures }]), {
      code: 'invalid',
      message: `Cannot accept ledger entry 8: ${signatureRefused}`,
    });
});

test('verifyRecords accepts the entries that the attacks twist', async () => {
  const account = await scene('settled');
  for (const author of [laptop, phone, oldBox]) {
    const commit = await forge(account, author, account.commitOf([30]));
    assert.deepEqual(verifyRecords(account.state, [commit]).state.manifests.at(-1), objectRef(30));
    const rotate = await forge(account, author, await rotation(account, author));
    assert.equal(verifyRecords(account.state, [rotate]).state.epochs.at(-1)?.epoch, 3);
  }
  const latest = await forge(account, laptop, account.commitOf([30]), { time: 253_402_300_799n });
  assert.equal(verifyRecords(account.state, [latest]).state.committed?.time, 253_402_300_799n);
});
