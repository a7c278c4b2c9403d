import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode, FormatError } from '@orrery/bytes';
import fc from 'fast-check';
import { deviceNamed } from '../../testing/account.ts';
import { growAccount } from '../../testing/random-account.ts';
import { scene } from '../../testing/scenes.ts';
import { classicSuite } from '../device/suite.ts';
import { FULL_EVERY } from '../manifest.ts';
import { signLabelled } from '../device/signing.ts';
import { Label } from '../labels.ts';
import { decodeEntry, encodeEntry, recordCodec, type LedgerRecord } from './entry.ts';
import { LedgerError } from './ledger-error.ts';
import { stateCodec } from './state-codec.ts';
import { presentEpoch, presentMembers, type LedgerState } from './state.ts';
import { replayRecords, verifyRecords } from './verify.ts';

const choices = fc.array(fc.nat(), { minLength: 1, maxLength: 30 });
const bytes = fc.uint8Array({ maxLength: 300 });

function isOldCommit(records: readonly LedgerRecord[], index: number): boolean {
  const kinds = records.map(({ entry }) => decodeEntry(entry).change.kind);
  return kinds[index] === 'commit' && kinds.lastIndexOf('commit') > index;
}

function assertConsistent(state: LedgerState): void {
  const present = presentMembers(state).map(({ id }) => id.toHex());
  assert.deepEqual(new Set(state.wraps.keys()), new Set(present));
  assert.ok([...state.live.keys()].every((id) => !state.dropped.has(id)));
  assert.ok(new Set(state.live.values()).size <= 1);
  const [sealedIn = presentEpoch(state).epoch] = state.live.values();
  assert.equal(state.epochs.at(0)?.epoch, sealedIn);
  assert.ok(state.epochs.every(({ epoch }, index) => epoch === sealedIn + index));
  assert.ok(state.manifests.length <= FULL_EVERY);
  const newest = state.manifests.at(-1);
  assert.equal(newest === undefined, state.committed === undefined);
  assert.ok(state.map === undefined || state.live.has(state.map.id.toHex()));
}

test('verifyRecords accepts every history of honest machines, in pages of any size', async () => {
  await fc.assert(
    fc.asyncProperty(choices, fc.nat({ max: 10 }), async (picks, size) => {
      const { records, state } = await growAccount(picks);
      assertConsistent(state);
      assert.deepEqual(verifyRecords(undefined, records).state, state);
      const dropped = records.map((record, index) =>
        isOldCommit(records, index) ? { ...record, signatures: [] } : record,
      );
      assert.deepEqual(verifyRecords(undefined, dropped).state, state);
      let paged: LedgerState | undefined;
      for (let start = 0; start < records.length; start += size + 1)
        paged = verifyRecords(paged, records.slice(start, start + size + 1)).state;
      assert.deepEqual(paged, state);
    }),
    { numRuns: 12 },
  );
});

test('replayRecords and stateCodec give the state that verifyRecords gave', async () => {
  await fc.assert(
    fc.asyncProperty(choices, async (picks) => {
      const { records, state } = await growAccount(picks);
      assert.deepEqual(replayRecords(undefined, records).state, state);
      const stored = encode(stateCodec, state);
      const read = decode(stateCodec, stored);
      assert.deepEqual(read, state);
      assert.deepEqual(encode(stateCodec, read), stored);
      const [last] = records.slice(-1);
      assert.ok(last !== undefined);
      assert.deepEqual(
        encode(recordCodec, decode(recordCodec, encode(recordCodec, last))),
        encode(recordCodec, last),
      );
    }),
    { numRuns: 12 },
  );
});

test('verifyRecords answers any bytes with a LedgerError, and decoders with a FormatError', async () => {
  const { state } = await scene('settled');
  fc.assert(
    fc.property(bytes, fc.array(bytes, { maxLength: 3 }), (entry, signatures) => {
      for (const before of [undefined, state])
        assert.throws(() => verifyRecords(before, [{ entry, signatures }]), LedgerError);
      assert.throws(() => decodeEntry(entry), FormatError);
      assert.throws(() => decode(stateCodec, entry), FormatError);
    }),
  );
});

/** `original` with a few bytes overwritten, removed or inserted. */
function spliced(
  original: Uint8Array,
  splices: readonly (readonly [number, number, Uint8Array])[],
): Uint8Array {
  return splices.reduce((result, [at, count, patch]) => {
    const start = at % (result.length + 1);
    return new Uint8Array([...result.subarray(0, start), ...patch, ...result.subarray(start + count)]);
  }, original);
}

const splices = fc.array(
  fc.oneof(
    fc.tuple(fc.nat(), fc.constant(1), fc.uint8Array({ minLength: 1, maxLength: 1 })),
    fc.tuple(fc.nat(), fc.nat({ max: 40 }), fc.uint8Array({ maxLength: 40 })),
  ),
  { minLength: 1, maxLength: 2 },
);

test('verifyRecords answers what a member signs with a state or a LedgerError, whatever it is', async () => {
  const machine = deviceNamed('old box', classicSuite);
  const account = await scene('classic');
  await account.admit(machine, deviceNamed('other old box', classicSuite), 'other');
  await account.commit(machine, [1, 2]);
  await account.rotate(machine);
  await account.rekey(machine, [3, 4]);
  await account.leave(machine);
  const states = account.records.map((_, index) =>
    index === 0 ? undefined : verifyRecords(undefined, account.records.slice(0, index)).state,
  );
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: account.records.length - 1 }), splices, async (index, patches) => {
      const entry = spliced(account.records[index]?.entry ?? new Uint8Array(), patches);
      const signatures = await signLabelled(machine.signers, Label.entrySignature, entry);
      try {
        const verified = verifyRecords(states[index], [{ entry, signatures }]);
        assertConsistent(verified.state);
        assert.deepEqual(encodeEntry(decodeEntry(entry)), entry);
      } catch (error) {
        assert.ok(error instanceof LedgerError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test('stateCodec answers a damaged state with a state or a FormatError', async () => {
  const { state } = await scene('settled');
  const stored = encode(stateCodec, state);
  fc.assert(
    fc.property(splices, (patches) => {
      try {
        assert.equal(typeof decode(stateCodec, spliced(stored, patches)).username, 'string');
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error));
      }
    }),
  );
});
