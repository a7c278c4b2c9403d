import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Household, MERGED, type Step } from '../../testing/household.ts';

const plain = fc.constantFrom('a', 'b', 'k', 'k.pub');
const merged = fc.constantFrom(...MERGED);
const anything = fc.oneof(plain, merged);
const answer = fc.constantFrom('overwrite', 'skip', 'duplicate');
const machine = fc.nat(3);

/** Ages in seconds: equal ones, old ones, and a time in the future. */
const age = fc.constantFrom(-3600, 5, 5, 50, 5000);
const syncing = fc.record({ machine, kind: fc.constant('sync') });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: syncing },
  { weight: 5, arbitrary: fc.record({ machine, kind: fc.constant('write'), name: plain, age }) },
  { weight: 4, arbitrary: fc.record({ machine, kind: fc.constant('add-line'), name: merged }) },
  {
    weight: 2,
    arbitrary: fc.record({ machine, kind: fc.constant('remove-line'), name: merged, line: fc.nat(5) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      machine,
      kind: fc.constant('chmod'),
      name: anything,
      mode: fc.constantFrom(0o600, 0o644, 0o755),
    }),
  },
  { weight: 2, arbitrary: fc.record({ machine, kind: fc.constant('delete'), name: anything }) },
  { weight: 1, arbitrary: fc.record({ machine, kind: fc.constant('rename'), name: plain, to: plain }) },
  { weight: 1, arbitrary: fc.record({ machine, kind: fc.constant('rotate') }) },
  { weight: 1, arbitrary: fc.record({ machine, kind: fc.constant('upload'), answer }) },
  { weight: 1, arbitrary: fc.record({ machine, kind: fc.constant('download'), answer }) },
  {
    weight: 2,
    arbitrary: fc.record({
      machine,
      kind: fc.constant('interrupted'),
      request: fc.nat(8),
      lost: fc.boolean(),
    }),
  },
);

/** Syncs one machine after the other until none finds anything to do. */
async function untilQuiet(household: Household): Promise<void> {
  for (let round = 0; round < 6; round++) {
    let decisions = 0;
    for (const each of household.machines) decisions += (await household.sync(each)).decisions.length;
    if (decisions === 0) return;
  }
  assert.fail('the machines never come to rest');
}

async function play(size: number, steps: readonly Step[]): Promise<void> {
  const household = await Household.found(size);
  try {
    for (const each of steps) await household.do(each);
    await untilQuiet(household);
    const [first, ...others] = household.machines.map((each) =>
      Object.entries(each.files()).filter(([name]) => !name.includes('.duplicate')),
    );
    for (const other of others) assert.deepEqual(other, first);
    for (const each of household.machines) {
      assert.deepEqual(household.missing(each), []);
      assert.deepEqual(household.invented(each), []);
    }
  } finally {
    household.remove();
  }
}

describe('the engine', () => {
  it('brings two to four machines to the same files and loses no edit that no rule beat', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 4 }), fc.array(step, { maxLength: 30 }), play),
      { numRuns: 25 },
    );
  });
});
