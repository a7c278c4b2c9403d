// Which blocks of the code under test run, and how often: V8 counts, the inspector tells.
import { Session, type Profiler } from 'node:inspector';

/** Code that does not count: what belongs to Node, and the fuzzer itself. */
const OWN = /^(?!file:)|\/tests\/fuzz\/(?!planted)/;

interface Counted {
  /** The most often that one input ran it. */
  most: number;
}

/** Blocks of a function that did not run in some run of it: whoever runs them is new. */
type Missed = Map<string, readonly [start: number, end: number]>;

/** One for the process, for good: what ran while nobody counted has no counters for its blocks afterwards. */
let running: Session | undefined;

/** What all inputs so far have reached. The first must begin before any code under test runs. */
export class Coverage {
  readonly #session = (running ??= startCounting());
  readonly #counted = new Map<string, Counted>();
  readonly #missed = new Map<string, Missed>();
  #reached = 0;

  /** Functions, blocks and doublings of their counts that some input has reached. */
  get reached(): number {
    return this.#reached;
  }

  /** Forgets what ran since the last call. */
  skip(): void {
    this.#take();
  }

  /** Whether what ran since the last call may have reached something new: it was as many inputs. */
  mayBeNew(inputs: number): boolean {
    return this.#look(inputs, false);
  }

  /** Whether what ran since the last call, one input, reached something new; it is none then any more. */
  note(): boolean {
    return this.#look(1, true);
  }

  /** Looks at all functions that ran; notes what is new, or stops at the first that may be. */
  #look(inputs: number, notes: boolean): boolean {
    let isNew = false;
    for (const { url, functions } of this.#take()) {
      if (OWN.test(url)) continue;
      for (const { ranges } of functions) {
        isNew = this.#isNewIn(url, ranges, inputs, notes) || isNew;
        if (isNew && !notes) return true;
      }
    }
    return isNew;
  }

  #isNewIn(url: string, ranges: readonly Profiler.CoverageRange[], inputs: number, notes: boolean): boolean {
    const [whole] = ranges;
    if (whole === undefined || whole.count === 0) return false;
    const id = `${url}:${whole.startOffset}:${whole.endOffset}`;
    const idle = ranges.filter(({ count }) => count === 0);
    let isNew = this.#isNewBlock(id, idle, notes);
    for (const { startOffset, endOffset, count } of ranges)
      if (count > 0) isNew = this.#isMore(`${id}:${startOffset}:${endOffset}`, count, inputs, notes) || isNew;
    return isNew;
  }

  /** Whether a block runs that has not run before. A block counts as one since it was first seen not to run. */
  #isNewBlock(id: string, idle: readonly Profiler.CoverageRange[], notes: boolean): boolean {
    let missed = this.#missed.get(id);
    if (missed === undefined) {
      if (!notes) return true;
      missed = new Map();
      this.#missed.set(id, missed);
    }
    let isNew = false;
    for (const [key, [start, end]] of missed) {
      if (idle.some(({ startOffset, endOffset }) => startOffset <= start && end <= endOffset)) continue;
      if (!notes) return true;
      missed.delete(key);
      this.#reached += 1;
      isNew = true;
    }
    if (notes) for (const block of idle) this.#miss(id, missed, block);
    return isNew;
  }

  #miss(id: string, missed: Missed, { startOffset, endOffset }: Profiler.CoverageRange): void {
    const key = `${startOffset}:${endOffset}`;
    if (this.#counted.has(`${id}:${key}`) || this.#counted.has(`${id}:${key}:missed`)) return;
    this.#counted.set(`${id}:${key}:missed`, { most: 0 });
    missed.set(key, [startOffset, endOffset]);
  }

  /** Whether an input runs a block at least twice as often as any before. */
  #isMore(key: string, count: number, inputs: number, notes: boolean): boolean {
    const counted = this.#counted.get(key);
    if (counted === undefined) {
      if (!notes) return true;
      this.#counted.set(key, { most: count });
      this.#reached += 1;
      return true;
    }
    if (count < (inputs + 1) * counted.most) return false;
    if (notes) {
      counted.most = count;
      this.#reached += 1;
    }
    return true;
  }

  #take(): readonly Profiler.ScriptCoverage[] {
    let taken: readonly Profiler.ScriptCoverage[] = [];
    this.#session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error !== null) throw new Error('Cannot take the coverage', { cause: error });
      taken = result;
    });
    return taken;
  }
}

function startCounting(): Session {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return session;
}
