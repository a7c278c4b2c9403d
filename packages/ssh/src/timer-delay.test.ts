import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchSilence } from './connection/keep-alive.ts';
import { timerDelay } from './timer-delay.ts';
import { Alarm } from './transport/alarm.ts';

const FOUR_WEEKS = 4 * 7 * 24 * 3600;

test('timerDelay gives milliseconds, at most what a timer can wait', () => {
  assert.equal(timerDelay(0.5), 500);
  assert.equal(timerDelay(FOUR_WEEKS), 2_147_483_647);
});

test('Alarm and watchSilence do nothing at once when they are to wait for four weeks', async () => {
  let calls = 0;
  const count = (): void => void (calls += 1);
  const alarm = new Alarm(count);
  alarm.set(FOUR_WEEKS);
  const watched = { heard: 0, ask: count, giveUp: count };
  const stop = watchSilence({ intervalSeconds: FOUR_WEEKS, maxMissed: 1 }, watched);
  await sleep(20);
  alarm.stop();
  stop();
  assert.equal(calls, 0);
});
