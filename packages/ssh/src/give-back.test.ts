import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { giveBack } from './give-back.ts';

describe('giveBack', () => {
  it('frees bytes that have most of their memory to themselves', () => {
    const memory = new Uint8Array(10_000);
    giveBack(memory.subarray(10, 9000));
    assert.equal(memory.buffer.detached, true);
  });

  it('leaves alone what is small, and what may be a piece of a pool', () => {
    const [small, pool] = [new Uint8Array(100), new Uint8Array(65_536)];
    giveBack(small);
    giveBack(pool.subarray(0, 32_768));
    assert.deepEqual([small.length, pool.length], [100, 65_536]);
  });
});
