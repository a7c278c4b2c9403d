import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReceiveWindow, SendWindow } from './window.ts';

const MIB = 1024 * 1024;

/** A window over a link of so many milliseconds, whose clock the test moves. */
function make(max: number, milliseconds: number | undefined) {
  const clock = { now: 0 };
  const window = new ReceiveWindow(max, { milliseconds }, () => clock.now);
  /** Receives and takes so many bytes; what was given back. */
  const pass = (bytes: number): number => {
    let credit = 0;
    for (let left = bytes; left > 0; left -= MIB / 8) {
      assert.equal(window.receive(MIB / 8), true);
      credit += window.take(MIB / 8);
    }
    return credit;
  };
  return { clock, window, pass };
}

describe('ReceiveWindow', () => {
  it('begins with 2 MiB and refuses a byte more', () => {
    const { window } = make(32 * MIB, undefined);
    assert.equal(window.initial, 2 * MIB);
    assert.equal(window.receive(2 * MIB), true);
    assert.equal(window.receive(1), false);
  });

  it('gives back what was taken once it is a quarter of the window, and nothing that was not', () => {
    const { window } = make(32 * MIB, undefined);
    window.receive(2 * MIB);
    assert.equal(window.take(MIB / 2 - 1), 0);
    assert.equal(window.take(1), MIB / 2);
    assert.equal(window.receive(MIB / 2 + 1), false);
  });

  it('grows to twice what the line carries in a round trip', () => {
    const { clock, window } = make(32 * MIB, 50);
    let size = 2 * MIB;
    const sizes: number[] = [];
    for (let trip = 0; trip < 6; trip++) {
      // A sender that only the window holds up sends one window in each round trip, at the pace of the line.
      const begun = clock.now;
      for (let left = size; left > 0; left -= MIB / 8) {
        clock.now += 1;
        window.receive(MIB / 8);
        size += window.take(MIB / 8);
        size -= MIB / 8;
      }
      clock.now = Math.max(clock.now, begun + 50);
      sizes.push(size / MIB);
    }
    assert.deepEqual(sizes, [7.5, 11.625, 12.5, 12.5, 12.5, 12.5]);
  });

  it('grows no further than its maximum', () => {
    const { clock, window } = make(3 * MIB, 1000);
    const credits = Array.from({ length: 8 }, () => {
      clock.now += 1;
      window.receive(MIB / 4);
      return window.take(MIB / 4);
    });
    assert.equal(credits.reduce((sum, credit) => sum + credit) / MIB, 3);
  });

  it('stays as it is on a link without delay, or one whose delay is not known', () => {
    for (const milliseconds of [undefined, 0.1]) {
      const { clock, pass } = make(32 * MIB, milliseconds);
      for (let turn = 0; turn < 100; turn++) {
        clock.now += 10;
        assert.equal(pass(2 * MIB), 2 * MIB);
      }
    }
  });

  it('is no larger at first than its maximum', () => {
    assert.equal(make(65_536, 50).window.initial, 65_536);
  });
});

describe('SendWindow', () => {
  it('refuses to become larger than 2^32 - 1', () => {
    const window = new SendWindow(0xffff_ffff);
    assert.equal(window.add(0), true);
    window.use(10);
    assert.equal(window.left, 0xffff_fff5);
    assert.equal(window.add(10), true);
    assert.equal(window.add(1), false);
  });
});
