import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encode,
  fixed,
  literal,
  string,
  struct,
  text,
  uint32,
  uint64,
  UnknownKindError,
} from '@orrery/bytes';
import { refusal } from '../../testing/refusal.ts';
import { laptop, scene, stranger } from '../../testing/scenes.ts';
import { signLabelled } from '../device/signing.ts';
import { Label } from '../labels.ts';
import { nextPlace } from './build.ts';
import { decodeEntry, type LedgerRecord } from './entry.ts';
import { verifyRecords } from './verify.ts';

/** An entry of any version and kind. */
const anyEntry = struct({
  label: literal(Label.entry),
  version: uint32,
  number: uint32,
  previous: fixed(32),
  time: uint64,
  device: fixed(32),
  kind: text(64),
  body: string(1024),
});

async function entryOf(version: number, kind: string): Promise<LedgerRecord> {
  const { state, time } = await scene('settled');
  const entry = encode(anyEntry, {
    label: Label.entry,
    version,
    ...nextPlace(state),
    time: BigInt(time),
    device: laptop.id,
    kind,
    body: new Uint8Array(3),
  });
  return { entry, signatures: await signLabelled(laptop.signers, Label.entrySignature, entry) };
}

test('verifyRecords asks for an upgrade where it does not know the kind of an entry', async () => {
  const { state } = await scene('settled');
  for (const kind of ['recovery-admit', 'recovery-revoke', '', 'Commit', '__proto__', 'constructor']) {
    const record = await entryOf(1, kind);
    assert.throws(() => decodeEntry(record.entry), UnknownKindError);
    assert.throws(
      () => verifyRecords(state, [record]),
      refusal('upgrade', `Cannot read ledger entry of kind "${kind}": this version does not know it`),
    );
  }
});

test('verifyRecords asks for an upgrade where it does not know the version of an entry', async () => {
  const { state } = await scene('settled');
  for (const version of [0, 2, 4_294_967_295]) {
    const record = await entryOf(version, 'commit');
    assert.throws(
      () => verifyRecords(state, [record]),
      refusal(
        'upgrade',
        `Cannot read ledger entry of kind "version ${version}": this version does not know it`,
      ),
    );
  }
});

test('verifyRecords asks for an upgrade where it does not know the suite of a device', async () => {
  const account = await scene('settled');
  const keys = { suite: 'slhdsa', signing: [new Uint8Array(32)], kem: new Uint8Array(10) };
  const says = 'Cannot accept ledger entry 8: algorithm suite "slhdsa" is not known';
  const common = { keys, proof: [], epoch: 2, sealed: new Uint8Array() };
  const admit = await account.sign(laptop, { kind: 'admit', name: 'new', allowClassic: true, ...common });
  assert.throws(() => verifyRecords(account.state, [admit]), refusal('upgrade', says));
  const epoch = { epoch: 3, commitment: new Uint8Array(32), previousKey: new Uint8Array(60), wraps: [] };
  const migrate = await account.sign(laptop, { kind: 'migrate', keys, proof: [], epoch });
  assert.throws(() => verifyRecords(account.state, [migrate]), refusal('upgrade', says));
});

test('verifyRecords calls malformed what has another label or bytes behind its end', async () => {
  const account = await scene('settled');
  await account.commit(laptop, [30]);
  const record = account.records.at(-1);
  assert.ok(record !== undefined);
  const { state } = await scene('settled');
  const relabelled = record.entry.slice();
  relabelled[4] = 'x'.charCodeAt(0);
  const longer = new Uint8Array([...record.entry, 0]);
  for (const entry of [relabelled, longer, new Uint8Array(), stranger.id])
    assert.throws(
      () => verifyRecords(state, [{ ...record, entry }]),
      refusal('invalid', 'Cannot read ledger record 0: it is malformed'),
    );
});
