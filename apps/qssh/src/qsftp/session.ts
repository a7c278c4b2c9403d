import type { Terminal } from '@orrery/terminal';
import type { TreeOptions } from '../copy/copy-tree.ts';
import { escapedPattern, glob, unescaped } from '../copy/glob.ts';
import { LocalPlace } from '../copy/local-place.ts';
import { absolute, baseOf, shown } from '../copy/names.ts';
import type { RemotePlace } from '../copy/remote-place.ts';
import { failureOf } from '../copy/target-error.ts';

/** What the options of the program say about every transfer. */
export interface SessionOptions {
  readonly preserve: boolean;
  readonly sync: boolean;
  readonly resume: boolean;
  readonly recursive: boolean;
  readonly quiet: boolean;
  readonly chunk?: number;
  readonly outstanding?: number;
  readonly pace?: (bytes: number) => Promise<void> | undefined;
}

/** What the commands of one session work on. */
export class Session {
  readonly remote: RemotePlace;
  readonly local = new LocalPlace();
  readonly terminal: Terminal;
  readonly options: SessionOptions;
  /** Where the session began. */
  readonly home: string;
  /** The folder on the server, an absolute path. */
  folder: string;
  showsProgress = true;
  /** Whether something failed since the command began. */
  hasFailed = false;
  #interrupt = new AbortController();

  constructor(remote: RemotePlace, home: string, terminal: Terminal, options: SessionOptions) {
    this.remote = remote;
    this.home = home;
    this.folder = home;
    this.terminal = terminal;
    this.options = options;
  }

  /** Begins a command. */
  begin(): void {
    this.hasFailed = false;
    this.#interrupt = new AbortController();
  }

  /** Ends the transfer that is under way. */
  interrupt(): void {
    this.#interrupt.abort();
  }

  get isInterrupted(): boolean {
    return this.#interrupt.signal.aborted;
  }

  /** Says that something failed, of which the rest of the command does not depend. */
  fail(what: string, error: unknown): void {
    this.hasFailed = true;
    this.terminal.fail(new Error(failureOf(what, error)));
  }

  say(text: string): void {
    if (!this.options.quiet) this.terminal.print(text);
  }

  /** The path on the server that a word names. */
  path(word: string): string {
    return absolute(unescaped(word), this.folder);
  }

  /** The paths on the server that a word finds. @throws {Error} if there is none. */
  async paths(word: string): Promise<string[]> {
    const found = await glob(this.remote, absolute(word, escapedPattern(this.folder)));
    if (found.length === 0) throw new Error(`File "${shown(word)}" not found.`);
    return found;
  }

  /** A path that a word found, as it is shown: from the folder of the session on, if the word began there. */
  shownPath(path: string, word: string): string {
    const prefix = this.folder.endsWith('/') ? this.folder : `${this.folder}/`;
    const isRelative = !word.startsWith('/') && path.startsWith(prefix) && path !== prefix;
    return shown(isRelative ? path.slice(prefix.length) : path);
  }

  /** How something is copied, with the flags of one command. */
  copying(flags: ReadonlySet<string>): TreeOptions {
    const { preserve, sync, resume, chunk, outstanding, pace } = this.options;
    const has = (...letters: string[]): boolean => letters.some((letter) => flags.has(letter));
    return {
      preserve: preserve || has('p', 'P'),
      sync: sync || has('f'),
      resume: resume || has('a'),
      inPlace: false,
      followLinks: false,
      signal: this.#interrupt.signal,
      ...(chunk !== undefined && { chunk }),
      ...(outstanding !== undefined && { outstanding }),
      ...(pace && { pace }),
      begin: (from, _, size) => this.#meter(from.path, size),
      enter: (from) => this.say(`Entering ${shown(from.path)}`),
      failed: (path, error) => this.fail(path, error),
    };
  }

  #meter(path: string, size: number): ReturnType<TreeOptions['begin']> {
    if (!this.showsProgress || this.options.quiet) return { tick: () => {}, end: () => {} };
    return this.terminal.transfer(shown(baseOf(path)), size);
  }
}
