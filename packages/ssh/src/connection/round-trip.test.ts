import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RoundTrip } from './round-trip.ts';

describe('RoundTrip', () => {
  it('knows the shortest, and measures at most once in a second', async () => {
    let now = 0;
    const asked: PromiseWithResolvers<unknown>[] = [];
    const trip = new RoundTrip(
      () => {
        const answer = Promise.withResolvers<unknown>();
        asked.push(answer);
        return answer.promise;
      },
      () => now,
    );
    const answerAfter = async (milliseconds: number): Promise<void> => {
      now += milliseconds;
      asked.at(-1)?.resolve(undefined);
      await Promise.resolve();
      await Promise.resolve();
    };
    assert.equal(trip.milliseconds, undefined);
    assert.equal(trip.milliseconds, undefined);
    await answerAfter(50);
    assert.equal(trip.milliseconds, 50);
    assert.equal(asked.length, 1);
    now = 1000;
    assert.equal(trip.milliseconds, 50);
    assert.equal(asked.length, 2);
    await answerAfter(80);
    assert.equal(trip.milliseconds, 50);
    now = 2000;
    assert.equal(trip.milliseconds, 50);
    await answerAfter(20);
    assert.equal(trip.milliseconds, 20);
  });
});
