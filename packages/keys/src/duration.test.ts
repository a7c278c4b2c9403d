import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from './duration.ts';

test('parseDuration adds units up', () => {
  assert.deepEqual(
    ['90', '90s', '1m30s', '1h', '1D', '1w', '0'].map(parseDuration),
    [90, 90, 90, 3600, 86_400, 604_800, 0],
  );
  assert.deepEqual(
    ['', 'm', '1x', '-1', '1.5m', '99999999999'].map(parseDuration),
    Array.from({ length: 6 }, () => undefined),
  );
});
