// RFC 4254, section 4: what is asked for of the whole connection. Answers come in the order of the requests.
import { SshError } from '../ssh-error.ts';
import { bare, decodeMessage, encodeMessage } from '../transport/messages.ts';
import { globalRequest, REQUEST_FAILURE, requestSuccess } from './messages.ts';
import { RequestQueue } from './request-queue.ts';

/** Answers a global request: data of the answer, or undefined to refuse. `data` is valid only during the call. */
export type GlobalHandler = (data: Uint8Array) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

export interface GlobalLink {
  send(payload: Uint8Array): void;
  /** Something here went wrong for good. */
  fail(error: unknown): void;
}

export class GlobalRequests {
  readonly #link: GlobalLink;
  readonly #handlers: ReadonlyMap<string, GlobalHandler>;
  readonly #queue: RequestQueue;
  readonly #replies: ((data: Uint8Array | undefined) => void)[] = [];
  #isOver = false;

  constructor(link: GlobalLink, handlers: ReadonlyMap<string, GlobalHandler>) {
    this.#link = link;
    this.#handlers = handlers;
    this.#queue = new RequestQueue((error) => link.fail(error));
  }

  /** The answer's data; undefined if the other side refuses, or is gone. */
  ask(type: string, rest: Uint8Array): Promise<Uint8Array | undefined> {
    if (this.#isOver) return Promise.resolve(undefined);
    const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
    this.#replies.push(resolve);
    this.#link.send(encodeMessage(globalRequest, { type, wantReply: true, rest }));
    return promise;
  }

  /** Sends a request that needs no answer. */
  tell(type: string, rest: Uint8Array): void {
    this.#link.send(encodeMessage(globalRequest, { type, wantReply: false, rest }));
  }

  /** Handles messages from 80 to 82; false for others. @throws {SshError} @throws {FormatError} */
  receive(payload: Uint8Array): boolean {
    switch (payload[0] ?? 0) {
      case globalRequest.number:
        this.#answer(payload);
        return true;
      case requestSuccess.number:
        this.#takeReply()(decodeMessage(requestSuccess, payload).rest.slice());
        return true;
      case REQUEST_FAILURE:
        this.#takeReply()(undefined);
        return true;
      default:
        return false;
    }
  }

  /** The connection is over. */
  close(): void {
    this.#isOver = true;
    for (const resolve of this.#replies.splice(0)) resolve(undefined);
  }

  #answer(payload: Uint8Array): void {
    const { type, wantReply, rest } = decodeMessage(globalRequest, payload);
    this.#queue.add(type, rest, (data) => {
      const answer = this.#handlers.get(type)?.(data);
      if (!(answer instanceof Promise)) return this.#reply(wantReply, answer);
      return answer.then((value) => this.#reply(wantReply, value));
    });
  }

  #reply(wanted: boolean, answer: Uint8Array | undefined): void {
    if (!wanted) return;
    this.#link.send(
      answer === undefined ? bare(REQUEST_FAILURE) : encodeMessage(requestSuccess, { rest: answer }),
    );
  }

  #takeReply(): (data: Uint8Array | undefined) => void {
    const resolve = this.#replies.shift();
    if (resolve === undefined)
      throw new SshError('protocolError', 'Cannot accept an answer to a global request: nothing was asked');
    return resolve;
  }
}
