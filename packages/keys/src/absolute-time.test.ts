import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAbsoluteTime } from './absolute-time.ts';

test('parseAbsoluteTime reads dates and times, local ones and those of UTC', () => {
  assert.equal(parseAbsoluteTime('20300102Z'), Date.UTC(2030, 0, 2));
  assert.equal(parseAbsoluteTime('203001020304UTC'), Date.UTC(2030, 0, 2, 3, 4));
  assert.equal(parseAbsoluteTime('20300102030405z'), Date.UTC(2030, 0, 2, 3, 4, 5));
  assert.equal(parseAbsoluteTime('20300102'), new Date(2030, 0, 2).getTime());
  for (const text of ['', '2030', '20301301Z', '20300132Z', '2030010224', '2030010203040', 'soon'])
    assert.equal(parseAbsoluteTime(text), undefined, text);
});
