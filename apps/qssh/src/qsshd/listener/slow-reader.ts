// A process that reads the files of one user, as it has to do with nothing else for long.
import type { Log } from '../log.ts';
import type { FileQuestion, FileReader } from './file-reader.ts';

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

  /** Begins to wait anew: for the next answer, or for the next question. */
  watch(): void {
    clearTimeout(this.#timer);
    const { asked } = this.reader;
    this.#timer =
      asked === undefined
        ? setTimeout(() => this.#retire(), LINGER)
        : setTimeout(() => this.#giveUp(asked), PATIENCE);
    this.#timer.unref();
  }

  #retire(): void {
    this.#free();
    this.reader.stop();
  }

  /** Until the system has let go of it, there is no other for this user. */
  #giveUp({ path }: FileQuestion): void {
    this.#log.error(`File "${path}" cannot be read: it takes too long`);
    this.reader.stop();
  }
}
