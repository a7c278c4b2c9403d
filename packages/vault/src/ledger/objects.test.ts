import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectId } from '../../testing/account.ts';
import { refusal } from '../../testing/refusal.ts';
import { freshIds, keptIds, trackObjects } from './objects.ts';

const [one, two, three] = [objectId(1).toHex(), objectId(2).toHex(), objectId(3).toHex()];
const known = { live: new Map([[one, 1]]), dropped: new Set([two]) };

test('freshIds gives ids that were never named', () => {
  assert.deepEqual(freshIds(known, [objectId(3), objectId(4)]), [three, objectId(4).toHex()]);
  assert.deepEqual(freshIds(known, []), []);
  for (const ids of [[1], [2], [3, 3], [3, 4, 1]])
    assert.throws(() => freshIds(known, ids.map(objectId)), refusal('invalid', 'which was named before'));
});

test('keptIds gives ids that are kept, each once', () => {
  assert.deepEqual(keptIds(known, [objectId(1)]), [one]);
  assert.deepEqual(keptIds(known, []), []);
  for (const ids of [[2], [3], [1, 1], [1, 2]])
    assert.throws(() => keptIds(known, ids.map(objectId)), refusal('invalid', 'which is not kept'));
});

test('trackObjects applies changes one after the other and leaves the first state as it was', () => {
  const apply = trackObjects(known);
  apply({ epoch: 1, adds: [three], drops: [] });
  const after = apply({ epoch: 2, adds: [objectId(4).toHex()], drops: [one, three] });
  assert.deepEqual([...after.live], [[objectId(4).toHex(), 2]]);
  assert.deepEqual([...after.dropped], [two, one, three]);
  assert.deepEqual([[...known.live], [...known.dropped]], [[[one, 1]], [two]]);
});
