// One process that reads users' files, asked one thing after the other. Users take turns: nobody waits for
// many files of another.
import { decode } from '@orrery/bytes';
import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { FrameLink } from '../frame-link.ts';
import type { Log } from '../log.ts';
import { fileAnswer, MAX_FILE_MESSAGE, type FileAnswer } from '../reader/file-request.ts';
import { startRole } from '../role.ts';
import { logErrors } from './log-errors.ts';
import { linkOf } from './signer-client.ts';

/** How long the process may take to start, in milliseconds. */
const PATIENCE = 60_000;

/** Questions about the files of one user that may wait. Whoever asked may be gone meanwhile. */
const MAX_WAITING = 1024;

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

/** Who has the questions. */
export interface FileReaderUser {
  /** It was asked another question, or has answered all of them. */
  readonly changed: (reader: FileReader) => void;
  /** It has ended by itself, and these it was not asked yet. */
  readonly lost: (reader: FileReader, questions: readonly FileQuestion[]) => void;
  /** The system has let go of it. */
  readonly gone: (reader: FileReader) => void;
}

export const UNREADABLE = { kind: 'refused', reason: 'it cannot be read' } as const;

export class FileReader {
  readonly #child: ChildProcess;
  readonly #link: FrameLink;
  readonly #errors: Socket | undefined;
  readonly #user: FileReaderUser;
  readonly #start: NodeJS.Timeout;
  #asked: FileQuestion | undefined;
  /** By user. */
  readonly #waiting = new Map<number, readonly FileQuestion[]>();
  #isReady = false;
  #isOver = false;

  /** @throws {Error} if the system has no room for another process. */
  constructor(log: Log, user: FileReaderUser) {
    const child = startRole('reader', [], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      nodeOptions: ['--permission', '--allow-fs-read=*', '--no-experimental-sqlite'],
    });
    logErrors('reader', child, log);
    child.on('error', () => undefined);
    child.once('exit', () => {
      this.#end();
      user.gone(this);
    });
    this.#child = child;
    this.#errors = child.stderr instanceof Socket ? child.stderr : undefined;
    this.#user = user;
    this.#start = setTimeout(() => this.stop(), PATIENCE).unref();
    const take = (frame: Uint8Array): void => this.#take(frame);
    this.#link = new FrameLink(linkOf(child), { take, closed: () => this.#end() }, MAX_FILE_MESSAGE);
  }

  /** What it is doing. */
  get asked(): FileQuestion | undefined {
    return this.#asked;
  }

  /** Whether nobody waits for it. */
  get isIdle(): boolean {
    return this.#asked === undefined && this.#waiting.size === 0;
  }

  /** Whether it answers nothing any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  ask(question: FileQuestion): void {
    const own = this.#waiting.get(question.uid) ?? [];
    if (this.#isOver || own.length === MAX_WAITING) return question.answer(UNREADABLE);
    this.#waiting.set(question.uid, [...own, question]);
    this.#askNext();
  }

  /** Takes away what it was not asked yet. */
  takeWaiting(): readonly FileQuestion[] {
    const waiting = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    return waiting;
  }

  /** Ends the process. What it was asked is answered: it cannot be read. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#start);
    this.#link.close();
    this.#child.kill('SIGKILL');
    // The system may not be able to end it, and nobody waits for that.
    this.#child.unref();
    this.#errors?.unref();
    this.#asked?.answer(UNREADABLE);
    this.#asked = undefined;
    for (const { answer } of this.takeWaiting()) answer(UNREADABLE);
  }

  /** It has ended by itself. Whatever it was that it could not read, others did not ask for it. */
  #end(): void {
    if (this.#isOver) return;
    const others = this.#isReady ? this.takeWaiting() : [];
    this.stop();
    this.#user.lost(this, others);
  }

  #take(frame: Uint8Array): void {
    const said = decode(fileAnswer, frame);
    if (said.kind === 'ready') {
      this.#isReady = true;
      clearTimeout(this.#start);
    } else {
      this.#asked?.answer(said);
      this.#asked = undefined;
    }
    this.#askNext();
  }

  #askNext(): void {
    if (!this.#isReady || this.#asked !== undefined) return;
    this.#asked = this.#takeNext();
    if (this.#asked !== undefined) this.#link.send(this.#asked.frame);
    this.#user.changed(this);
  }

  /** Its user is the last one then. */
  #takeNext(): FileQuestion | undefined {
    const [turn] = this.#waiting;
    if (turn === undefined) return undefined;
    const [uid, [next, ...others]] = turn;
    this.#waiting.delete(uid);
    if (others.length > 0) this.#waiting.set(uid, others);
    return next;
  }
}
