import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Outbox } from './outbox.ts';

describe('Outbox', () => {
  it('keeps messages as they were, in order, until they are taken', () => {
    const outbox = new Outbox();
    const [head, data] = [Uint8Array.of(1), Buffer.of(2, 3)];
    outbox.hold([head, data]);
    head.fill(9);
    data.fill(9);
    outbox.hold([Uint8Array.of(4)]);
    assert.deepEqual(outbox.take(), [[Uint8Array.of(1), Uint8Array.of(2, 3)], [Uint8Array.of(4)]]);
    assert.deepEqual(outbox.take(), []);
  });
});
