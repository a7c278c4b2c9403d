import { type Check } from './check.ts';
import { newRoom, NOW } from './samples.ts';
import { randomBytes } from '@orrery/crypto';
import assert from 'node:assert/strict';

/** Rooms where machines meet. */
export function roomsCases(check: Check): void {
  check('a room is opened once, up to a number of rooms, and is over in time', async (store) => {
    const [id, other] = [randomBytes(32), randomBytes(32)];
    const room = newRoom(NOW + 600);
    assert.equal(await store.findRoom(id), undefined);
    assert.equal(await store.openRoom(id, room, 1), 'opened');
    assert.deepEqual(await store.openRoom(id, newRoom(NOW), 1), room);
    assert.deepEqual(await store.findRoom(id), room);
    assert.equal(await store.openRoom(other, room, 1), 'full');
    assert.equal((await store.statistics()).rooms, 1);
    await store.fillSlot(id, 'newcomer', 0, randomBytes(5));
    assert.equal((await store.collect(NOW + 599)).rooms, 0);
    assert.equal((await store.collect(NOW + 600)).rooms, 1);
    assert.equal(await store.findRoom(id), undefined);
    assert.equal(await store.readSlot(id, 'newcomer', 0), undefined);
    assert.equal(await store.openRoom(other, room, 1), 'opened');
  });

  check('a slot keeps the first message that it gets', async (store) => {
    const id = randomBytes(32);
    await store.openRoom(id, newRoom(NOW), 10);
    const [first, second] = [randomBytes(16 * 1024), randomBytes(5)];
    assert.equal(await store.readSlot(id, 'admitter', 1), undefined);
    assert.deepEqual(await store.fillSlot(id, 'admitter', 1, first), first);
    assert.deepEqual(await store.fillSlot(id, 'admitter', 1, second), first);
    assert.deepEqual(await store.readSlot(id, 'admitter', 1), first);
    assert.equal(await store.readSlot(id, 'admitter', 0), undefined);
    assert.equal(await store.readSlot(id, 'newcomer', 1), undefined);
    assert.equal(await store.fillSlot(randomBytes(32), 'newcomer', 0, first), undefined);
  });

  check('who watches a room is called for each new message in it, until it stops', async (store) => {
    const [id, other] = [randomBytes(32), randomBytes(32)];
    for (const room of [id, other]) await store.openRoom(room, newRoom(NOW), 10);
    const calls: string[] = [];
    const stopFirst = await store.watchRoom(id, () => calls.push('first'));
    const stopSecond = await store.watchRoom(id, () => calls.push('second'));
    await store.fillSlot(other, 'newcomer', 0, randomBytes(5));
    assert.deepEqual(calls, []);
    await store.fillSlot(id, 'newcomer', 0, randomBytes(5));
    assert.deepEqual(calls, ['first', 'second']);
    await store.fillSlot(id, 'newcomer', 0, randomBytes(5));
    stopFirst();
    await store.fillSlot(id, 'newcomer', 1, randomBytes(5));
    assert.deepEqual(calls, ['first', 'second', 'second']);
    stopSecond();
    stopSecond();
    await store.fillSlot(id, 'admitter', 0, randomBytes(5));
    assert.deepEqual(calls, ['first', 'second', 'second']);
  });
}
