import assert from 'node:assert/strict';
import { test } from 'node:test';

import { keptInWords } from './kept.ts';

test('keptInWords names the machine whose value was kept', () => {
  const sides = 'Host a: here: Port 3; on the server: Port 2; kept:';
  const shown = 'Host a: here: Port 3; on the server: Port 2;';
  assert.equal(keptInWords(`${sides} ours`, 'laptop'), `${shown} kept this machine's`);
  assert.equal(keptInWords(`${sides} theirs`, 'laptop'), `${shown} kept the other machine's (laptop)`);
  assert.equal(keptInWords(`${sides} theirs`, undefined), `${shown} kept the other machine's`);
  assert.equal(
    keptInWords('web: changed (here: a; on the server: b; kept: both)', 'laptop'),
    'web: changed (here: a; on the server: b; kept both)',
  );
});

test('keptInWords leaves what a file says as it is', () => {
  for (const text of [
    'Host a: here: User x; kept: ours; on the server: User y',
    '"kept: theirs" is outside',
    'kept: ours',
  ])
    assert.equal(keptInWords(text, 'laptop'), text);
});
