import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodeSnapshot, encodeSnapshot, MAX_SNAPSHOT_BYTES, type SnapshotFiles } from './snapshot-format.ts';

const text = fc.string({ maxLength: 8 });
const file = fc.record({
  bytes: fc.uint8Array({ maxLength: 20 }),
  mode: fc.integer({ min: 0, max: 0o777 }),
  mtimeSeconds: fc.maxSafeInteger(),
});
const files = fc
  .array(fc.tuple(text, fc.option(file)), { maxLength: 4 })
  .map((entries): SnapshotFiles => new Map(entries));
const snapshot = fc.record({ label: text, files });

const example = {
  label: 'sync',
  files: new Map([
    ['a', { bytes: Uint8Array.of(7, 8), mode: 0o644, mtimeSeconds: -2 }],
    ['b', null],
  ]),
};
const exampleHex =
  '00000011' +
  '6f727265727920736e617073686f742031' + // "orrery snapshot 1"
  '00000004' +
  '73796e63' +
  '00000002' +
  '00000001' +
  '61' +
  '01' +
  '000001a4' +
  'fffffffffffffffe' +
  '00000002' +
  '0708' +
  '00000001' +
  '62' +
  '00';

test('encodeSnapshot lays out the bytes as documented', () => {
  assert.equal(encodeSnapshot(example).toHex(), exampleHex);
  assert.deepEqual(decodeSnapshot(Uint8Array.fromHex(exampleHex)), example);
});

test('decodeSnapshot gives back every snapshot that encodeSnapshot writes', () => {
  fc.assert(
    fc.property(snapshot, (each) => {
      const { label, files: found } = decodeSnapshot(encodeSnapshot(each));
      assert.equal(label, each.label);
      assert.deepEqual(
        [...found].map(([name, content]) => [name, content && { ...content }]),
        [...each.files].map(([name, content]) => [name, content && { ...content }]),
      );
    }),
  );
});

test('decodeSnapshot reads any bytes as nothing but a SyntaxError, or as what encodes to just these bytes', () => {
  const edited = fc
    .tuple(snapshot, fc.nat(), fc.nat({ max: 255 }), fc.nat())
    .map(([each, position, byte, end]) => {
      const bytes = encodeSnapshot(each);
      bytes[position % bytes.length] = byte;
      return bytes.subarray(0, end % 3 === 0 ? end % bytes.length : bytes.length);
    });
  fc.assert(
    fc.property(fc.oneof(edited, fc.uint8Array()), (bytes) => {
      try {
        assert.equal(encodeSnapshot(decodeSnapshot(bytes)).toHex(), bytes.toHex());
      } catch (error) {
        assert.ok(error instanceof SyntaxError, String(error));
        assert.match(error.message, /^Cannot read snapshot: /);
      }
    }),
    { numRuns: 2000 },
  );
});

test('decodeSnapshot refuses bytes that are cut short, too long or not its own', () => {
  const bytes = Uint8Array.fromHex(exampleHex);
  for (let length = 0; length < bytes.length; length += 1)
    assert.throws(() => decodeSnapshot(bytes.subarray(0, length)), SyntaxError, `${length} bytes`);
  const refused = (hex: string, reason: string): void => {
    assert.throws(
      () => decodeSnapshot(Uint8Array.fromHex(hex)),
      new SyntaxError(`Cannot read snapshot: ${reason}`),
    );
  };
  refused(`${exampleHex}00`, '1 bytes left, none expected');
  refused(exampleHex.replace('2031', '2032'), 'of another format or version');
  refused(exampleHex.replace('000001a4', '000009ff'), 'found mode 4777, at most 777 expected');
  refused(exampleHex.replace('0162', '0161'), '"a" is there twice');
  refused(exampleHex.replace(/00$/, '02'), 'found kind 2, expected 0 or 1');
  refused(exampleHex.replace('fffffffffffffffe', '7ffffffffffffffe'), '9223372036854776000 is no time');
  refused(exampleHex.replace('73796e63', 'ff796e63'), 'found text that is not UTF-8');
});

test("decodeSnapshot copies the files' bytes, so that the snapshot can be wiped", () => {
  const bytes = Buffer.from(exampleHex, 'hex');
  const { files: found } = decodeSnapshot(bytes);
  bytes.fill(0);
  assert.equal(found.get('a')?.bytes.toHex(), '0708');
});

test('encodeSnapshot refuses modes and times that are none, and more than 256 MiB', () => {
  const encode = (change: object): unknown => {
    const broken = { bytes: new Uint8Array(), mode: 0o600, mtimeSeconds: 0, ...change };
    return encodeSnapshot({ label: '', files: new Map([['a', broken]]) });
  };
  for (const mode of [-1, 0o1000, 0.5]) assert.throws(() => encode({ mode }), RangeError);
  for (const mtimeSeconds of [0.5, Number.NaN]) assert.throws(() => encode({ mtimeSeconds }), RangeError);
  assert.throws(() => encode({ bytes: new Uint8Array(MAX_SNAPSHOT_BYTES) }), RangeError);
});
