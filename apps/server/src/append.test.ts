import { buildLeave } from '@orrery/vault';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Machine, makeObject } from '../testing/machine.ts';
import { START, startTestServer } from '../testing/test-server.ts';

test('the ledger of an account is full at its quota, but for removals and rotations', async () => {
  const small = await startTestServer({ ledgerEntries: '3', appendsPerMinute: '2' });
  const machine = await Machine.found(small);
  const newcomer = await machine.admit('desktop');
  const object = makeObject(10);
  await machine.uploadOwn([object]);
  await machine.appendOwn([await machine.commit([object.id])]);
  small.clock.now += 60;
  const commit = await machine.commit([makeObject(10).id]);
  assert.equal((await machine.append([commit])).refusal, '413 quota');

  await machine.appendOwn([await machine.remove(newcomer)]);
  const sealed = [makeObject(10), makeObject(10), makeObject(10)];
  await machine.uploadOwn(sealed);
  await machine.appendOwn([await machine.rekeyed(sealed.map(({ id }) => id))]);
  await machine.appendOwn([await machine.remove()]);
  await machine.appendOwn([await buildLeave(machine.present, machine.device, START)]);
});

test('the bytes of a ledger have a quota', async () => {
  const small = await startTestServer({ ledgerBytes: '10000' });
  const machine = await Machine.found(small);
  const refused = await machine.append([
    await machine.commit(Array.from({ length: 600 }, () => makeObject(0).id)),
  ]);
  assert.equal(refused.refusal, '413 quota');
});

test('one machine may append so often in a minute, but remove and rotate in any case', async () => {
  const strict = await startTestServer({ appendsPerMinute: '1', rotationsPerDay: '2' });
  const machine = await Machine.found(strict);
  const newcomer = await machine.admit('desktop');
  const commit = await machine.commit([makeObject(0).id]);
  assert.equal((await machine.append([commit])).refusal, '429 limit');
  await machine.appendOwn([await machine.remove(newcomer)]);
  await machine.appendOwn([await machine.remove()]);
  await machine.appendOwn([await machine.remove()]);
  const third = await machine.append([await machine.remove()]);
  assert.equal(third.refusal, '429 limit');
  assert.equal(third.headers['retry-after'], '86400');
  strict.clock.now += 86_400;
  await machine.appendOwn([await machine.remove()]);
});
