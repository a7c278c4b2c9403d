// npm run fuzz [-- TARGET...] [SECONDS]: fuzzes each target so long, and says what it found. Exit code 1: a defect.
import { Worker } from 'node:worker_threads';
import { fuzz } from './fuzzer.ts';
import { MAX_INPUT } from './mutate.ts';
import { targets } from './targets.ts';

const DEFAULT_SECONDS = 30;

const words = process.argv.slice(2);
const seconds = Number(words.find((word) => /^\d+$/.test(word)) ?? DEFAULT_SECONDS);
const named = words.filter((word) => !/^\d+$/.test(word));
for (const name of named)
  if (!Object.hasOwn(targets, name))
    throw new RangeError(`Cannot fuzz "${name}": one of ${Object.keys(targets).join(', ')} expected`);

/** What is tried now, for the thread that ends the process when it takes too long: its number, its length, its bytes. */
const shared = new SharedArrayBuffer(8 + MAX_INPUT);
const head = new Uint32Array(shared, 0, 2);
const body = new Uint8Array(shared, 8);
new Worker(new URL('watchdog.ts', import.meta.url), { workerData: shared }).unref();

for (const [name, load] of Object.entries(targets)) {
  if (named.length > 0 && !named.includes(name)) continue;
  const end = performance.now() + seconds * 1000;
  const seed = Date.now();
  const { findings, fromSeeds, inputs, kept, reached } = await fuzz(load, {
    seed,
    goesOn: () => performance.now() < end,
    watch: (input) => {
      body.set(input.subarray(0, MAX_INPUT));
      Atomics.store(head, 1, input.length);
      Atomics.add(head, 0, 1);
    },
  });
  console.log(
    `${name}: ${inputs} inputs (seed ${seed}), ${kept} kept, reached ${reached}, ${fromSeeds} by seeds`,
  );
  for (const { input, what } of findings)
    console.log(`  ${what}\n    ${Buffer.from(input).toString('base64')}`);
  if (findings.length > 0) process.exitCode = 1;
}
