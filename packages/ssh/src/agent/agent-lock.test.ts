import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { seed } from '../../testing/agent.ts';
import { AgentLock } from './agent-lock.ts';

test('AgentLock opens by its passphrase alone, and needs one', async () => {
  const lock = new AgentLock();
  assert.equal(lock.lock(new Uint8Array()), false);
  assert.equal(await lock.unlock(seed(1)), false);
  assert.equal(lock.lock(seed(1)), true);
  assert.equal(lock.lock(seed(1)), false);
  assert.equal(lock.isLocked, true);
  assert.equal(await lock.unlock(seed(1)), true);
  assert.equal(lock.isLocked, false);
});

test('AgentLock answers each wrong passphrase later than the last, and one after the other', async (t) => {
  const lock = new AgentLock();
  lock.lock(seed(1));
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const answers: string[] = [];
  const note = (name: string, answer: Promise<boolean>) => answer.then((is) => answers.push(`${name} ${is}`));
  void note('first', lock.unlock(seed(2)));
  void note('second', lock.unlock(seed(2)));
  void note('right', lock.unlock(seed(1)));
  await setImmediate();
  t.mock.timers.tick(99);
  await setImmediate();
  assert.deepEqual(answers, []);
  t.mock.timers.tick(1);
  await setImmediate();
  assert.deepEqual(answers, ['first false']);
  t.mock.timers.tick(199);
  await setImmediate();
  assert.deepEqual(answers, ['first false']);
  t.mock.timers.tick(1);
  await setImmediate();
  assert.deepEqual(answers, ['first false', 'second false', 'right true']);
});
