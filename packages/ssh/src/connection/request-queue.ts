// Requests are answered in their order (RFC 4254, sections 4 and 5.4), also when an answer takes time.
import { SshError } from '../ssh-error.ts';

/** Requests that wait for answers to earlier ones, and their data in bytes. */
const MAX_WAITING = 1024;
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

interface Waiting {
  readonly type: string;
  readonly data: Uint8Array;
  readonly answer: (data: Uint8Array) => void | Promise<void>;
}

/** While one request takes time, the others of its kind wait, and nothing else does. */
export class RequestQueue {
  readonly #fail: (error: unknown) => void;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #isBusy = false;

  /** @param fail Is told what an answer throws later. */
  constructor(fail: (error: unknown) => void) {
    this.#fail = fail;
  }

  /** Answers a request now, or after those before it. @throws {SshError} if too many wait. */
  add(type: string, data: Uint8Array, answer: (data: Uint8Array) => void | Promise<void>): void {
    if (!this.#isBusy) return this.#run({ type, data, answer });
    this.#waitingBytes += data.length;
    if (this.#waiting.length === MAX_WAITING || this.#waitingBytes > MAX_WAITING_BYTES)
      throw new SshError('protocolError', `Cannot accept request "${type}": too many wait`);
    this.#waiting.push({ type, data: data.slice(), answer });
  }

  #run({ data, answer }: Waiting): void {
    const done = answer(data);
    if (done === undefined) return;
    this.#isBusy = true;
    done.then(() => this.#next()).catch(this.#fail);
  }

  #next(): void {
    this.#isBusy = false;
    while (!this.#isBusy) {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) return;
      this.#waitingBytes -= waiting.data.length;
      this.#run(waiting);
    }
  }
}
