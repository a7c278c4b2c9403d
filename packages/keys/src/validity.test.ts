import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { KeyFolder } from '../testing/ssh-keygen.ts';
import { FOREVER, parseCertificate } from './certificate.ts';
import { parsePublicKeyLine } from './public-key.ts';
import { type Validity, parseValidity } from './validity.ts';

const folder = new KeyFolder();
after(() => folder.remove());
folder.generate('key', 'ed25519');

/** What ssh-keygen makes of it; undefined if it refuses. */
function theirs(text: string): Validity | undefined {
  if (folder.try('-q', '-s', 'key', '-I', 'id', '-V', text, 'key.pub').status !== 0) return undefined;
  const { validAfter, validBefore } = parseCertificate(parsePublicKeyLine(folder.text('key-cert.pub')).blob);
  return { validAfter, validBefore };
}

const NOW = Date.UTC(2030, 0, 1, 12, 30, 15, 500);
const now = BigInt(Math.floor(NOW / 1000));

test('parseValidity reads times as ssh-keygen does', () => {
  for (const [text, validAfter, validBefore] of [
    ['always:forever', 0n, FOREVER],
    ['always:20300101Z', 0n, 1_893_456_000n],
    ['20200101Z:20300101120000Z', 1_577_836_800n, 1_893_499_200n],
    ['0x10:0x20', 16n, 32n],
    ['0xA:0xffffffffffffffff', 10n, FOREVER],
  ] as const) {
    assert.deepEqual(parseValidity(text, NOW), { validAfter, validBefore }, text);
    assert.deepEqual(theirs(text), { validAfter, validBefore }, text);
  }
  assert.deepEqual(parseValidity('20200101:203001011200', NOW), theirs('20200101:203001011200'));
});

test('parseValidity counts from now, and from a minute before where only the end is given', () => {
  assert.deepEqual(parseValidity('-1d:+1w2d', NOW), {
    validAfter: now - 86_400n,
    validBefore: now + 777_600n,
  });
  assert.deepEqual(parseValidity('+10:+20', NOW), { validAfter: now + 10n, validBefore: now + 20n });
  assert.deepEqual(parseValidity('+1h', NOW), { validAfter: now - 75n, validBefore: now + 3600n });
  const begins = (seconds: number): number =>
    Number(parseValidity('+1h', Date.UTC(2030, 0, 1, 12, 30, seconds)).validAfter - now);
  assert.deepEqual([0, 58, 59].map(begins), [-75, -75, -15]);
});

test('parseValidity refuses what ssh-keygen refuses', () => {
  const bad = ['', '1h', '+1x', '+', ':+1d', '+1d:', '20200101', 'always:always'];
  const others = [
    'forever:forever',
    '-1h:always',
    '0X10:0x20',
    '0x:0x20',
    '+1.5h',
    'always:0x10:0x20',
    '20301301:forever',
  ];
  for (const text of [...bad, ...others]) {
    assert.throws(() => parseValidity(text, NOW), SyntaxError, text);
    assert.equal(theirs(text), undefined, text);
  }
  for (const text of ['20300101:20200101', '20300101:20300101', '+1h:+1h']) {
    assert.throws(() => parseValidity(text, NOW), {
      name: 'RangeError',
      message: `Cannot read validity "${text}": it does not end after it begins`,
    });
    assert.equal(theirs(text), undefined, text);
  }
});
