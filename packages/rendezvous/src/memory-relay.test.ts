import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomSecrets } from '../testing/random-secrets.ts';
import { roomError } from '../testing/rejection.ts';
import { MemoryRelay } from './memory-relay.ts';
import { roomTokens } from './secrets.ts';
import { ofSlot } from './slots.ts';

const secrets = randomSecrets();
const { id } = secrets;
const token = ofSlot(secrets.tokens, 'newcomer', 0);
const message = new Uint8Array([1, 2, 3]);

async function openedRelay(): Promise<MemoryRelay> {
  const relay = new MemoryRelay();
  await relay.open(id, roomTokens(secrets));
  return relay;
}

test('MemoryRelay returns what was written, to every reader', async () => {
  const relay = await openedRelay();
  assert.equal(await relay.read(id, 'newcomer', 0, 0), undefined);
  await relay.write(id, 'newcomer', 0, token, message);
  await relay.open(id, roomTokens(secrets));
  assert.deepEqual(await relay.read(id, 'newcomer', 0, 0), message);
  assert.deepEqual(await relay.read(id, 'newcomer', 0, 0), message);
  assert.equal(await relay.read(id, 'newcomer', 1, 0), undefined);
});

test('MemoryRelay wakes who waits for the slot that is written', async () => {
  const relay = await openedRelay();
  const waiting = relay.read(id, 'newcomer', 0, 600);
  await relay.write(id, 'newcomer', 0, token, message);
  assert.deepEqual(await waiting, message);
});

test('MemoryRelay rejects a wait that is aborted with the reason', async () => {
  const relay = await openedRelay();
  const controller = new AbortController();
  const waiting = relay.read(id, 'newcomer', 0, 600, controller.signal);
  const reason = new Error('the user gave up');
  controller.abort(reason);
  await assert.rejects(waiting, reason);
  await assert.rejects(relay.read(id, 'newcomer', 0, 600, controller.signal), reason);
});

test('MemoryRelay keeps the rules of a relay', async () => {
  const relay = await openedRelay();
  await relay.write(id, 'newcomer', 0, token, message);
  await relay.write(id, 'newcomer', 0, token, message);
  await assert.rejects(relay.write(id, 'newcomer', 0, token, new Uint8Array([9])), roomError('taken'));
  await assert.rejects(relay.write(id, 'admitter', 0, token, message), roomError('forbidden'));
  await assert.rejects(relay.open(id, roomTokens(randomSecrets())), roomError('taken'));
  await assert.rejects(relay.read(randomSecrets().id, 'newcomer', 0, 0), roomError('no-room'));
});

test('MemoryRelay ends a room after ten minutes', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 0 });
  const relay = await openedRelay();
  t.mock.timers.setTime(599_999);
  await relay.write(id, 'newcomer', 0, token, message);
  t.mock.timers.setTime(600_000);
  await assert.rejects(relay.read(id, 'newcomer', 0, 0), roomError('expired'));
});
