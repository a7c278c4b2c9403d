import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import { bubbleBabble } from './bubble-babble.ts';

for (const [text, words] of [
  ['', 'xexax'],
  ['1234567890', 'xesef-disof-gytuf-katof-movif-baxux'],
  ['Pineapple', 'xigak-nyryk-humil-bosek-sonax'],
] as const)
  test(`bubbleBabble encodes "${text}" as the draft does`, () => {
    assert.equal(bubbleBabble(utf8(text)), words);
  });
