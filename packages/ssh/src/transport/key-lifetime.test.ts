import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { areUsedUp } from './key-lifetime.ts';

const fresh = { packets: 0, bytes: 0, maxBytes: 2 ** 30 };

describe('areUsedUp', () => {
  it('is true once either direction has more bytes than the limit', () => {
    const limits = { bytes: 1000, seconds: 0 };
    assert.equal(areUsedUp(limits, { ...fresh, packets: 1, bytes: 1000 }, fresh), false);
    assert.equal(areUsedUp(limits, { ...fresh, packets: 1, bytes: 1001 }, fresh), true);
    assert.equal(areUsedUp(limits, fresh, { ...fresh, packets: 1, bytes: 1001 }), true);
  });

  it('is true once the cipher has more than it bears, whatever the limit', () => {
    const much = { packets: 1, bytes: 2 ** 30 + 1, maxBytes: 2 ** 30 };
    for (const bytes of [0, 2 ** 31]) {
      assert.equal(areUsedUp({ bytes, seconds: 0 }, much, fresh), true);
      assert.equal(areUsedUp({ bytes, seconds: 0 }, { ...much, maxBytes: 2 ** 36 }, fresh), false);
    }
  });

  it('is true after 2^31 packets', () => {
    const limits = { bytes: 0, seconds: 0 };
    assert.equal(areUsedUp(limits, { ...fresh, packets: 2 ** 31 }, fresh), false);
    assert.equal(areUsedUp(limits, { ...fresh, packets: 2 ** 31 + 1 }, fresh), true);
  });

  it('is false before a packet has passed', () => {
    assert.equal(areUsedUp({ bytes: 1, seconds: 0 }, { ...fresh, bytes: 5 }, { ...fresh, bytes: 5 }), false);
  });
});
