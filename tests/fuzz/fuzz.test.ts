// A short run of every target, the same each time, and what shows that such runs find something.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FormatError } from '@orrery/bytes';
import { fuzz } from './fuzzer.ts';
import { Random } from './mutate.ts';
import type { LoadTarget } from './target.ts';
import { targets } from './targets.ts';

/** Inputs for a target: with all of them it takes seconds. */
const INPUTS = 192;

/** Enough for the planted defect. */
const MANY_INPUTS = 100_000;

/** Targets so small that the seeds reach all of them. */
const hasNoMore = ['key-proofs'];

const planted: LoadTarget = async () => {
  const { readPlanted } = await import('./planted.ts');
  return {
    run: (input) => void readPlanted(input),
    refuses: (error) => error instanceof FormatError,
    seeds: [new Uint8Array(8)],
  };
};

describe('coverage-guided fuzzing', () => {
  it('finds a planted defect behind two conditions', async () => {
    const { findings } = await fuzz(planted, {
      seed: 1,
      goesOn: ({ inputs, findings: found }) => inputs < MANY_INPUTS && found === 0,
    });
    assert.match(findings[0]?.what ?? '', /^TypeError: the planted defect/);
  });

  for (const [name, load] of Object.entries(targets))
    it(`finds no defect in ${name}, and reaches more than the seeds`, async () => {
      const { findings, fromSeeds, reached } = await fuzz(load, {
        seed: 1,
        goesOn: ({ inputs }) => inputs < INPUTS,
      });
      assert.deepEqual(
        findings.map(({ input, what }) => `${what}: ${Buffer.from(input).toString('base64')}`),
        [],
      );
      assert.ok(reached > fromSeeds || hasNoMore.includes(name), `${reached}, ${fromSeeds} by the seeds`);
    });
});

describe('random bytes', () => {
  it('do not find it', async () => {
    const { run, refuses } = await planted();
    const random = new Random(1);
    for (let left = MANY_INPUTS; left > 0; left -= 1) {
      try {
        await run(random.bytes(random.below(24)));
      } catch (error) {
        assert.ok(refuses(error));
      }
    }
  });
});
