// Messages between two processes of the server: a length of four bytes, then as many bytes.
import type { Duplex } from 'node:stream';

/** Longest message, in bytes: the state of a connection with what it has not read. */
export const MAX_FRAME = 4 * 1024 * 1024;

/** Messages that may wait here; a process that sends more without hearing an answer is not one of ours. */
const MAX_WAITING = 64;

/** Bytes that may wait for a process that does not read its answers. */
const MAX_UNSENT = 1024 * 1024;

/** Takes one message; the next comes when it is done. */
export type TakeFrame = (frame: Uint8Array) => void | Promise<void>;

export interface FrameUser {
  readonly take: TakeFrame;
  /** The other process broke the rules, or is gone (undefined). */
  readonly closed: (error: Error | undefined) => void;
}

export class FrameLink {
  readonly #stream: Duplex;
  readonly #user: FrameUser;
  readonly #maxBytes: number;
  #bytes: Uint8Array = new Uint8Array();
  #waiting = 0;
  #waitingBytes = 0;
  #handled: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** @param maxBytes Of one message, and of all that wait here. */
  constructor(stream: Duplex, user: FrameUser, maxBytes = MAX_FRAME) {
    this.#maxBytes = maxBytes;
    this.#stream = stream;
    this.#user = user;
    stream.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    stream.on('error', () => this.close());
    stream.on('close', () => this.close());
  }

  send(frame: Uint8Array): void {
    if (this.#isClosed) return;
    const head = new Uint8Array(4);
    new DataView(head.buffer).setUint32(0, frame.length);
    this.#stream.write(Buffer.concat([head, frame]));
    if (this.#stream.writableLength > Math.max(MAX_UNSENT, 2 * frame.length))
      this.close(new RangeError('Cannot answer: the other process does not read'));
  }

  /** Ends the link once all that was sent has gone. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      this.#stream.end(resolve);
    });
  }

  close(reason?: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stream.destroy();
    // After what waits: a last message counts although its sender has gone.
    this.#handled = this.#handled.finally(() => this.#user.closed(reason));
  }

  #receive(chunk: Uint8Array): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    while (this.#bytes.length >= 4 && !this.#isClosed) {
      const length = new DataView(this.#bytes.buffer, this.#bytes.byteOffset).getUint32(0);
      if (length > this.#maxBytes)
        return this.close(new RangeError(`Cannot read a message of ${length} bytes`));
      if (this.#bytes.length < 4 + length) return;
      const frame = this.#bytes.slice(4, 4 + length);
      this.#bytes = this.#bytes.subarray(4 + length);
      this.#hand(frame);
    }
  }

  /** What is done at once never waits, however much of it comes. */
  #hand(frame: Uint8Array): void {
    if (this.#waiting === 0) {
      const done = this.#try(frame);
      if (done !== undefined) this.#wait(frame.length, () => done);
    } else this.#wait(frame.length, () => this.#try(frame));
  }

  #wait(bytes: number, act: () => void | Promise<void>): void {
    this.#waiting += 1;
    this.#waitingBytes += bytes;
    if (this.#waiting > MAX_WAITING || this.#waitingBytes > this.#maxBytes)
      return this.close(new RangeError('Cannot read more messages: too many'));
    this.#handled = this.#handled.then(act).finally(() => {
      this.#waiting -= 1;
      this.#waitingBytes -= bytes;
    });
  }

  #try(frame: Uint8Array): void | Promise<void> {
    const fail = (error: unknown): void =>
      this.close(error instanceof Error ? error : new Error(String(error)));
    try {
      const done = this.#user.take(frame);
      return done?.catch(fail);
    } catch (error) {
      fail(error);
    }
  }
}
