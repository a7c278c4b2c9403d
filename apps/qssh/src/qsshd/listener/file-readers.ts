// Who reads users' files: one process for everybody, as long as it answers. What takes long is left with the process that
// does it, as is all else that is asked about files of the same user; others go on with a new process.
import { encode } from '@orrery/bytes';
import type { Log } from '../log.ts';
import { fileRequest, type FileRequest, type LinesRequest } from '../reader/file-request.ts';
import { FileReader, UNREADABLE, type FileQuestion, type FileReaderUser, type Heard } from './file-reader.ts';
import { SlowReader } from './slow-reader.ts';
import { tryToStart } from './try-to-start.ts';

/** How long everybody waits for one file, in milliseconds. */
const PATIENCE = 200;

/** Users whose files take long at the same time. Each has a process, which the system may not be able to end. */
const MAX_SLOW = 16;

export class FileReaders {
  readonly #log: Log;
  #shared: FileReader | undefined;
  readonly #slow = new Map<number, SlowReader>();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  /** A process that hangs would not see that the listener is gone. */
  readonly #end = (): void => this.stop();

  constructor(log: Log) {
    this.#log = log;
    process.once('exit', this.#end);
    this.#shared = this.#start();
  }

  /** What the file says, of the lines that are wanted; why it does not count, as text. */
  async read(request: LinesRequest): Promise<Uint8Array | string> {
    const heard = await this.#hear({ kind: 'lines', ...request });
    if (heard.kind === 'lines') return heard.lines;
    return heard.kind === 'refused' ? heard.reason : UNREADABLE.reason;
  }

  /** Which folder a user's ChrootDirectory is. @throws {Error} if it will not do. */
  async identifyRoot(path: string, uid: number): Promise<string> {
    const heard = await this.#hear({ kind: 'root', path, uid });
    if (heard.kind === 'root') return heard.identity;
    const isSaid = heard.kind === 'refused' && heard !== UNREADABLE;
    throw new Error(isSaid ? heard.reason : `Cannot change the root to "${path}": ${UNREADABLE.reason}`);
  }

  /** Ends the process that waits: few more questions will come, and one of them would start another. */
  rest(): void {
    if (this.#shared?.isIdle === false) return;
    this.#shared?.stop();
    this.#shared = undefined;
  }

  stop(): void {
    this.#isStopped = true;
    process.off('exit', this.#end);
    clearTimeout(this.#timer);
    this.#shared?.stop();
    for (const { reader } of this.#slow.values()) reader.stop();
  }

  async #hear(request: FileRequest): Promise<Heard> {
    const { path, uid } = request;
    const frame = encode(fileRequest, request);
    return new Promise((answer) => this.#ask({ path, uid, frame, answer }));
  }

  #ask(question: FileQuestion): void {
    if (this.#isStopped) return question.answer(UNREADABLE);
    const own = this.#slow.get(question.uid)?.reader;
    if (own !== undefined) return own.ask(question);
    if (this.#shared === undefined || this.#shared.isOver) this.#shared = this.#start();
    if (this.#shared === undefined) question.answer(UNREADABLE);
    else this.#shared.ask(question);
  }

  #start(): FileReader | undefined {
    const user: FileReaderUser = {
      changed: (reader) => (reader === this.#shared ? this.#watch(reader) : this.#slowOf(reader)?.watch()),
      lost: (reader, questions) => {
        if (reader === this.#shared) clearTimeout(this.#timer);
        for (const question of questions) this.#ask(question);
      },
      gone: (reader) => this.#forget(reader),
    };
    return tryToStart(() => new FileReader(this.#log, user), this.#log);
  }

  #watch(shared: FileReader): void {
    clearTimeout(this.#timer);
    const { asked } = shared;
    if (asked !== undefined) this.#timer = setTimeout(() => this.#setAside(shared, asked), PATIENCE);
  }

  #setAside(reader: FileReader, { path, uid }: FileQuestion): void {
    this.#log.info(`File "${path}" takes long to be read`);
    this.#shared = undefined;
    const others = reader.takeWaiting();
    if (this.#slow.size >= MAX_SLOW)
      this.#slow
        .values()
        .find((slow) => slow.isIdle)
        ?.retire();
    const isFull = this.#slow.size >= MAX_SLOW;
    const slow = new SlowReader(reader, this.#log, () => this.#slow.delete(uid));
    this.#slow.set(uid, slow);
    if (isFull) slow.giveUp();
    for (const question of others) this.#ask(question);
  }

  #slowOf(reader: FileReader): SlowReader | undefined {
    return this.#slow.values().find((slow) => slow.reader === reader);
  }

  #forget(reader: FileReader): void {
    if (this.#shared === reader) this.#shared = undefined;
    this.#slowOf(reader)?.retire();
  }
}
