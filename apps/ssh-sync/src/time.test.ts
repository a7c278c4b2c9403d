import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

import { localTime, utcTime } from './time.ts';

test('localTime gives date, hours and minutes in the time zone of the machine', () => {
  const module = JSON.stringify(join(import.meta.dirname, 'time.ts'));
  const call = `import { localTime } from ${module}; console.log(localTime(1_795_269_780), localTime(1_767_225_600n));`;
  const inZone = (zone: string): string =>
    spawnSync(process.execPath, ['--input-type=module', '--eval', call], {
      encoding: 'utf8',
      env: { ...process.env, TZ: zone },
    }).stdout;
  assert.equal(inZone('UTC'), '2026-11-21 14:03 2026-01-01 00:00\n');
  assert.equal(inZone('America/New_York'), '2026-11-21 09:03 2025-12-31 19:00\n');
});

test('utcTime gives RFC 3339 in UTC, to the second', () => {
  assert.equal(utcTime(1_795_269_780), '2026-11-21T14:03:00Z');
  assert.equal(utcTime(1_795_269_801n), '2026-11-21T14:03:21Z');
});

test('localTime and utcTime survive whatever another machine claims', () => {
  for (const seconds of [2n ** 64n - 1n, 253_402_300_800, -1, Number.NaN]) {
    assert.equal(localTime(seconds), 'an unknown time');
    assert.equal(utcTime(seconds), undefined);
  }
});
