import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { watchSilence } from './keep-alive.ts';

describe('watchSilence', () => {
  it('asks in every interval, and gives up when so many are not answered', () => {
    mock.timers.enable({ apis: ['setInterval'] });
    const log: string[] = [];
    const watched = {
      heard: 0,
      ask: () => void log.push('ask'),
      giveUp: () => void log.push('give up'),
    };
    watchSilence({ intervalSeconds: 10, maxMissed: 2 }, watched);
    mock.timers.tick(10_000);
    watched.heard++;
    mock.timers.tick(10_000);
    assert.deepEqual(log, ['ask', 'ask']);
    mock.timers.tick(10_000);
    assert.deepEqual(log, ['ask', 'ask', 'ask']);
    mock.timers.tick(10_000);
    assert.deepEqual(log, ['ask', 'ask', 'ask', 'give up']);
    mock.timers.tick(100_000);
    assert.equal(log.length, 4);
    mock.timers.reset();
  });
});
