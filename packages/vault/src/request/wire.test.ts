import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode, FormatError, Reader, type Codec } from '@orrery/bytes';
import fc from 'fast-check';
import { objectId } from '../../testing/account.ts';
import { MAX_BODY_BYTES, MAX_PAGE_RECORDS } from '../limits.ts';
import {
  appendCodec,
  appendedCodec,
  BODY_TYPE,
  foundCodec,
  ledgerPageCodec,
  objectsCodec,
  seenCodec,
  wantedCodec,
} from './wire.ts';

const record = { entry: Uint8Array.of(1, 2), signatures: [Uint8Array.of(3)] };
const recordHex = '000000020102000000010000000103';
const head = { number: 5, hash: new Uint8Array(32).fill(6) };
const headHex = `0000000500000020${'06'.repeat(32)}`;
const id = objectId(7);
const idHex = id.toHex();
const device = new Uint8Array(32).fill(8);

function check<T>(codec: Codec<T>, value: T, hex: string): void {
  assert.equal(encode(codec, value).toHex(), hex);
  assert.deepEqual(decode(codec, Uint8Array.fromHex(hex)), value);
}

test('the bodies of the ledger are records with the head', () => {
  check(ledgerPageCodec, { head, records: [record] }, `${headHex}00000001${recordHex}`);
  check(appendCodec, [record, record], `00000002${recordHex}${recordHex}`);
  check(appendedCodec, { head, accepted: true }, `${headHex}01`);
});

test('the bodies of objects are ids and bytes', () => {
  check(objectsCodec, [{ id, bytes: Uint8Array.of(9) }], `00000001${idHex}0000000109`);
  check(wantedCodec, [id, id], `00000002${idHex}${idHex}`);
  const found = [
    { id, bytes: Uint8Array.of(9) },
    { id, bytes: undefined },
  ];
  check(foundCodec, found, `00000002${idHex}010000000109${idHex}00`);
});

test('the body of devices is when each was seen', () => {
  const devices = [
    { device, seen: 1n },
    { device, seen: undefined },
  ];
  const deviceHex = `00000020${'08'.repeat(32)}`;
  check(seenCodec, devices, `00000002${deviceHex}010000000000000001${deviceHex}00`);
});

test('the limits of bodies are 20 records to append, 1,000 to read, 65,536 ids and 100 devices', () => {
  assert.deepEqual(
    [MAX_PAGE_RECORDS, MAX_BODY_BYTES, BODY_TYPE],
    [1000, 8_388_608, 'application/octet-stream'],
  );
  const limits = [
    [appendCodec, '00000015', 20],
    [objectsCodec, '00010001', 65_536],
    [wantedCodec, '00010001', 65_536],
    [foundCodec, '00010001', 65_536],
    [seenCodec, '00000065', 100],
  ] as const;
  for (const [codec, hex, limit] of limits)
    assert.throws(() => codec.read(new Reader(Uint8Array.fromHex(hex))), {
      name: 'FormatError',
      message: `Cannot read list at offset 0: found ${limit + 1} items, at most ${limit} expected`,
    });
});

test('every body refuses bytes behind its end, and answers any bytes with a FormatError', () => {
  const codecs: readonly Codec<unknown>[] = [
    ledgerPageCodec,
    appendCodec,
    appendedCodec,
    objectsCodec,
    wantedCodec,
    foundCodec,
    seenCodec,
  ];
  fc.assert(
    fc.property(fc.constantFrom(...codecs), fc.uint8Array({ maxLength: 200 }), (codec, bytes) => {
      try {
        assert.deepEqual(encode(codec, decode(codec, bytes)), bytes);
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error));
      }
    }),
    { numRuns: 1000 },
  );
  assert.throws(() => decode(appendedCodec, Uint8Array.fromHex(`${headHex}0100`)), FormatError);
  assert.throws(() => decode(appendedCodec, Uint8Array.fromHex(`${headHex}02`)), FormatError);
});
