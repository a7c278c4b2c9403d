/** Something to be measured beside others that do the same. */
export interface Contender {
  readonly name: string;
  readonly run: () => unknown;
}

/** CPU milliseconds that one round of a contender takes at the least: fewer would be lost in the counting. */
const ROUND = 10;
/** Odd, so that the median is one of the rounds. */
const ROUNDS = 21;
/** For what takes long. */
const FEW_ROUNDS = 5;
/** CPU milliseconds from which something takes long. */
const LONG = 100;

/**
 * Runs all contenders in turn, and gives the median CPU milliseconds of one run of each.
 * @param clock CPU milliseconds so far.
 */
export async function inTurn(
  contenders: readonly Contender[],
  clock: () => number,
  rounds?: number,
): Promise<readonly number[]> {
  const plans = [];
  for (const { run } of contenders) {
    const first = await several(run, 1, clock);
    if (first < LONG) await several(run, 3, clock); // functions are compiled when they have run
    const once = first < LONG ? await several(run, 1, clock) : first;
    plans.push({ run, count: Math.ceil(ROUND / Math.max(once, ROUND / 1000)), once, times: [] as number[] });
  }
  const isLong = plans.some(({ once }) => once > LONG);
  for (let left = rounds ?? (isLong ? FEW_ROUNDS : ROUNDS); left > 0; left--)
    for (const { run, count, times } of plans) times.push(await several(run, count, clock));
  return plans.map(({ times }) => median(times));
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function several(run: () => unknown, count: number, clock: () => number): Promise<number> {
  const start = clock();
  for (let left = count; left > 0; left--) await run();
  return (clock() - start) / count;
}

/** `0.80 ms; 1.10 x OpenSSL`: the first, then how many times as long as each of the others it takes. */
export function beside(contenders: readonly Contender[], times: readonly number[]): string {
  const [own = Number.NaN, ...others] = times;
  const ratios = others.map(
    (time, index) => `${inDigits(own / time)} x ${contenders[index + 1]?.name ?? ''}`,
  );
  return [`${inDigits(own)} ms`, ...ratios].join('; ');
}

function inDigits(value: number): string {
  return value.toFixed(value < 0.1 ? 3 : value < 10 ? 2 : 0);
}
