// Coverage-guided fuzzing: an input that runs code which no other ran, or runs it more often, is kept and changed on.
import { utf8 } from '@orrery/bytes';
import { Coverage } from './coverage.ts';
import { mutate, Random } from './mutate.ts';
import type { LoadTarget, Target } from './target.ts';

/** Inputs between two looks at the coverage, which cost as much as several of them. */
const BATCH = 32;

/** An input may take so long, in milliseconds of this processor, and the process may have so much memory, in bytes. */
const MAX_TIME = 2000;
const MAX_MEMORY = 1024 * 1024 * 1024;

/** A defect: an input, and what went wrong with it. */
export interface Finding {
  readonly input: Uint8Array;
  readonly what: string;
}

export interface FuzzOptions {
  readonly seed: number;
  /** Whether to go on, asked after every batch. */
  readonly goesOn: (state: { readonly inputs: number; readonly findings: number }) => boolean;
  /** Hears of every input before it is tried. */
  readonly watch?: (input: Uint8Array) => void;
}

export interface FuzzResult {
  readonly inputs: number;
  /** Inputs that reached something. */
  readonly kept: number;
  /** What the seeds reached, and what all did (see Coverage). */
  readonly fromSeeds: number;
  readonly reached: number;
  /** One for each place in the code. */
  readonly findings: readonly Finding[];
}

export async function fuzz(load: LoadTarget, options: FuzzOptions): Promise<FuzzResult> {
  const coverage = new Coverage();
  const fuzzer = new Fuzzer(coverage, await load(), options);
  const stray = (error: unknown): void => fuzzer.findStray(error);
  process.on('unhandledRejection', stray).on('uncaughtException', stray);
  try {
    return await fuzzer.run();
  } finally {
    process.off('unhandledRejection', stray).off('uncaughtException', stray);
  }
}

class Fuzzer {
  readonly #coverage: Coverage;
  readonly #target: Target;
  readonly #options: FuzzOptions;
  readonly #random: Random;
  readonly #corpus: Uint8Array[] = [];
  readonly #words: readonly Uint8Array[];
  readonly #findings = new Map<string, Finding>();
  #inputs = 0;
  #last: Uint8Array = new Uint8Array();

  constructor(coverage: Coverage, target: Target, options: FuzzOptions) {
    this.#coverage = coverage;
    this.#target = target;
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#words = (target.words ?? []).map(utf8);
  }

  async run(): Promise<FuzzResult> {
    this.#coverage.skip();
    for (const seed of [new Uint8Array(), ...this.#target.seeds]) await this.#consider(seed);
    const fromSeeds = this.#coverage.reached;
    while (this.#options.goesOn({ inputs: this.#inputs, findings: this.#findings.size }))
      await this.#tryBatch();
    return {
      inputs: this.#inputs,
      kept: this.#corpus.length,
      fromSeeds,
      reached: this.#coverage.reached,
      findings: [...this.#findings.values()],
    };
  }

  /** An error that nobody waits for, while the last input or one shortly before it was tried. */
  findStray(error: unknown): void {
    this.#find(this.#last, `nobody handles ${describe(error)}`);
  }

  /** Looks at the inputs one by one only if together they reached something. */
  async #tryBatch(): Promise<void> {
    const material = { words: this.#words, other: () => this.#any() };
    const batch = Array.from({ length: BATCH }, () => mutate(this.#any(), this.#random, material));
    for (const input of batch) await this.#try(input);
    if (this.#coverage.mayBeNew(BATCH)) await this.#divide(batch);
    const { rss } = process.memoryUsage();
    if (rss > MAX_MEMORY) this.#find(batch[0] ?? new Uint8Array(), `the process has ${rss} bytes`);
  }

  async #divide(batch: readonly Uint8Array[]): Promise<void> {
    if (batch.length === 1) return this.#consider(batch[0] ?? new Uint8Array());
    const middle = batch.length >> 1;
    for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
      for (const input of half) await this.#try(input);
      if (this.#coverage.mayBeNew(half.length)) await this.#divide(half);
    }
  }

  async #consider(input: Uint8Array): Promise<void> {
    await this.#try(input);
    if (this.#coverage.note()) this.#corpus.push(input);
  }

  /** Half of the time one of the newest. */
  #any(): Uint8Array {
    const { length } = this.#corpus;
    const newest = Math.min(8, length);
    const at =
      this.#random.below(2) === 0 ? this.#random.below(length) : length - 1 - this.#random.below(newest);
    return this.#corpus[at] ?? new Uint8Array();
  }

  async #try(input: Uint8Array): Promise<void> {
    this.#inputs += 1;
    this.#last = input;
    this.#options.watch?.(input);
    const start = process.cpuUsage();
    try {
      const done = this.#target.run(input.slice());
      if (done !== undefined) await done;
    } catch (error) {
      if (!this.#target.refuses(error)) this.#find(input, describe(error));
    }
    const { user } = process.cpuUsage(start);
    if (user > MAX_TIME * 1000) this.#find(input, `it takes ${Math.round(user / 1_000_000)} s`);
  }

  #find(input: Uint8Array, what: string): void {
    const place = what.replaceAll(/\d+/g, '#');
    const former = this.#findings.get(place);
    if (former === undefined || input.length < former.input.length)
      this.#findings.set(place, { input, what });
  }
}

/** The message, and the place that it comes from. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${String(error)}`;
  const place = (error.stack ?? '').split('\n').find((line) => /^\s+at /.test(line)) ?? '';
  return `${error.name}: ${error.message.slice(0, 200)}${place.replace(/^\s+/, ' ').replace(/file:.*\/(packages|apps)\//, '$1/')}`;
}
