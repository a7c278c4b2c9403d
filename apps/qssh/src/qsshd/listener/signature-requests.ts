// Questions to the signer, whose answers come in any order.
import type { Socket } from 'node:net';
import type { SignatureRequest } from '../protocol.ts';

/** Bytes that may wait in the pipe: of more than a mebibyte it would be said that the signer does not read. */
const MAX_UNSENT = 512 * 1024;

export class SignatureRequests {
  readonly #pipe: Socket;
  readonly #send: (id: number, request: SignatureRequest) => void;
  readonly #waiting: { readonly id: number; readonly request: SignatureRequest }[] = [];
  readonly #asked = new Map<number, (signature: Uint8Array) => void>();
  #lastId = 0;
  #isClosed = false;

  /** @param send Writes to the pipe. */
  constructor(pipe: Socket, send: (id: number, request: SignatureRequest) => void) {
    this.#pipe = pipe;
    this.#send = send;
    pipe.on('drain', () => this.#sendMore());
  }

  /** A signature; empty if there is none. */
  ask(request: SignatureRequest): Promise<Uint8Array> {
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    if (this.#isClosed) resolve(new Uint8Array());
    else {
      const id = (this.#lastId = (this.#lastId + 1) >>> 0);
      this.#asked.set(id, resolve);
      this.#waiting.push({ id, request });
      this.#sendMore();
    }
    return promise;
  }

  answer(id: number, signature: Uint8Array): void {
    this.#asked.get(id)?.(signature);
    this.#asked.delete(id);
  }

  /** Nobody answers any more. */
  close(): void {
    this.#isClosed = true;
    for (const resolve of this.#asked.values()) resolve(new Uint8Array());
    this.#asked.clear();
    this.#waiting.length = 0;
  }

  #sendMore(): void {
    while (this.#pipe.writableLength < MAX_UNSENT) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#send(next.id, next.request);
    }
  }
}
