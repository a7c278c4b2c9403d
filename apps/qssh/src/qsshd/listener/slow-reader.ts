// A process that reads the files of one user, as it has to do with nothing else for long.
import type { Log } from '../log.ts';
import type { FileReader } from './file-reader.ts';

/** How long its user waits for a file, in milliseconds: as LoginGraceTime has it by default. */
const PATIENCE = 120_000;

/** How long the process stays without a question, in milliseconds. */
const LINGER = 10_000;

export class SlowReader {
  readonly reader: FileReader;
  readonly #log: Log;
  readonly #free: () => unknown;
  #timer: NodeJS.Timeout | undefined;

  /** @param free Its user's files are read like all others from now on. */
  constructor(reader: FileReader, log: Log, free: () => unknown) {
    this.reader = reader;
    this.#log = log;
    this.#free = free;
    this.watch();
  }

  /** Whether its user waits for nothing, and the system can end it. */
  get isIdle(): boolean {
    return !this.reader.isOver && this.reader.isIdle;
  }

  /** Begins to wait anew: for the next answer, or for the next question. */
  watch(): void {
    clearTimeout(this.#timer);
    this.#timer = this.isIdle
      ? setTimeout(() => this.retire(), LINGER)
      : setTimeout(() => this.giveUp(), PATIENCE);
    this.#timer.unref();
  }

  /** Its user's files are read like all others again. */
  retire(): void {
    clearTimeout(this.#timer);
    this.#free();
    this.reader.stop();
  }

  /** Until the system has let go of it, there is no other for this user. */
  giveUp(): void {
    clearTimeout(this.#timer);
    this.#log.error(`File "${this.reader.asked?.path ?? ''}" cannot be read: it takes too long`);
    this.reader.stop();
  }
}
