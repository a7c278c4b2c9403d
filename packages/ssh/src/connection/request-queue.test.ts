import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RequestQueue } from './request-queue.ts';

function fail(error: unknown): never {
  throw error;
}

describe('RequestQueue', () => {
  it('answers in order, at once where nothing waits', async () => {
    const log: string[] = [];
    const queue = new RequestQueue(fail);
    const slow = Promise.withResolvers<void>();
    const data = Uint8Array.of(1);
    queue.add('a', data, () => void log.push('a'));
    queue.add('b', data, () => slow.promise.then(() => void log.push('b')));
    queue.add('c', data, (copy) => void log.push(`c${copy.join()}`));
    data[0] = 2;
    assert.deepEqual(log, ['a']);
    slow.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(log, ['a', 'b', 'c1']);
  });

  it('refuses too many that wait, and too much of their data', () => {
    const queue = new RequestQueue(fail);
    const never = new Promise<void>(() => undefined);
    queue.add('x', new Uint8Array(), () => never);
    for (let n = 0; n < 1024; n++) queue.add('x', new Uint8Array(), () => undefined);
    assert.throws(() => queue.add('x', new Uint8Array(), () => undefined), /too many wait/);
    const other = new RequestQueue(fail);
    other.add('x', new Uint8Array(), () => never);
    for (let n = 0; n < 16; n++) other.add('x', new Uint8Array(256 * 1024), () => undefined);
    assert.throws(() => other.add('x', new Uint8Array(1), () => undefined), /too many wait/);
  });

  it('tells what an answer throws', async () => {
    const errors: unknown[] = [];
    const queue = new RequestQueue((error) => void errors.push(error));
    queue.add('x', new Uint8Array(), () => Promise.reject(new Error('no')));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(String(errors), 'Error: no');
  });
});
