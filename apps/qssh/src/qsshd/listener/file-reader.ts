// One process that reads users' files, asked one thing after the other.
import { decode } from '@orrery/bytes';
import type { ChildProcess } from 'node:child_process';
import { FrameLink } from '../frame-link.ts';
import type { Log } from '../log.ts';
import { fileAnswer, MAX_FILE_MESSAGE, type FileAnswer } from '../reader/file-request.ts';
import { startRole } from '../role.ts';
import { logErrors } from './log-errors.ts';
import { linkOf } from './signer-client.ts';

/** What is said of a file. */
export type Heard = Exclude<FileAnswer, { readonly kind: 'ready' }>;

/** Somebody's question, until it is answered. */
export interface FileQuestion {
  readonly path: string;
  /** Whose files these are. */
  readonly uid: number;
  /** As the process is asked. */
  readonly frame: Uint8Array;
  readonly answer: (answer: Heard) => void;
}

export const UNREADABLE = { kind: 'refused', reason: 'it cannot be read' } as const;

export class FileReader {
  readonly #child: ChildProcess;
  readonly #link: FrameLink;
  readonly #changed: (reader: FileReader) => void;
  #asked: FileQuestion | undefined;
  #waiting: FileQuestion[] = [];
  #isReady = false;
  #isOver = false;

  /**
   * @param changed Is called when it was asked another question, or has answered all of them.
   * @param gone It answers nothing any more, and the system has let go of it.
   * @throws {Error} if the system has no room for another process.
   */
  constructor(log: Log, changed: (reader: FileReader) => void, gone: (reader: FileReader) => void) {
    const child = startRole('reader', [], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      nodeOptions: ['--permission', '--allow-fs-read=*', '--no-experimental-sqlite'],
    });
    logErrors('reader', child, log);
    child.on('error', () => undefined);
    child.once('exit', () => {
      this.stop();
      gone(this);
    });
    this.#child = child;
    this.#changed = changed;
    const user = { take: (frame: Uint8Array) => this.#take(frame), closed: () => this.stop() };
    this.#link = new FrameLink(linkOf(child), user, MAX_FILE_MESSAGE);
  }

  /** What it is doing. */
  get asked(): FileQuestion | undefined {
    return this.#asked;
  }

  /** Whether it answers nothing any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  ask(question: FileQuestion): void {
    if (this.#isOver) return question.answer(UNREADABLE);
    this.#waiting.push(question);
    this.#askNext();
  }

  /** Takes away what it was not asked yet. */
  takeWaiting(): readonly FileQuestion[] {
    return this.#waiting.splice(0);
  }

  /** Ends the process. What it was asked is answered: it cannot be read. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#link.close();
    this.#child.kill('SIGKILL');
    this.#asked?.answer(UNREADABLE);
    this.#asked = undefined;
    for (const { answer } of this.takeWaiting()) answer(UNREADABLE);
  }

  #take(frame: Uint8Array): void {
    const said = decode(fileAnswer, frame);
    if (said.kind === 'ready') this.#isReady = true;
    else {
      this.#asked?.answer(said);
      this.#asked = undefined;
    }
    this.#askNext();
  }

  #askNext(): void {
    if (!this.#isReady || this.#asked !== undefined) return;
    this.#asked = this.#waiting.shift();
    if (this.#asked !== undefined) this.#link.send(this.#asked.frame);
    this.#changed(this);
  }
}
