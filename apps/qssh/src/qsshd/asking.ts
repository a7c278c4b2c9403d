// The side of a link that asks: one answer for each question, in order.
import { decode, encode, type Codec } from '@orrery/bytes';
import type { Duplex } from 'node:stream';
import { FrameLink } from './frame-link.ts';

/** Questions that may be on their way; others wait here, so that whoever answers need not keep them. */
const MAX_ASKED = 16;

/** Questions on their way, and those before it. */
class Questions<Answer> {
  readonly #send: (frame: Uint8Array) => void;
  readonly #asked: PromiseWithResolvers<Answer>[] = [];
  readonly #waiting: { readonly frame: Uint8Array; readonly pending: PromiseWithResolvers<Answer> }[] = [];
  #end: Error | undefined;

  constructor(send: (frame: Uint8Array) => void) {
    this.#send = send;
  }

  ask(frame: Uint8Array): Promise<Answer> {
    const pending = Promise.withResolvers<Answer>();
    if (this.#end !== undefined) pending.reject(this.#end);
    else {
      this.#waiting.push({ frame, pending });
      this.#sendMore();
    }
    return pending.promise;
  }

  /** The answer to the oldest of them. */
  answer(answer: Answer): void {
    this.#asked.shift()?.resolve(answer);
    this.#sendMore();
  }

  /** Nobody answers any more. */
  close(error = new Error('Cannot ask: the other process is gone')): void {
    this.#end = error;
    for (const { reject } of this.#asked.splice(0)) reject(error);
    for (const { pending } of this.#waiting.splice(0)) pending.reject(error);
  }

  #sendMore(): void {
    while (this.#asked.length < MAX_ASKED) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#asked.push(next.pending);
      this.#send(next.frame);
    }
  }
}

export interface Asking<Question, Answer> {
  ask(question: Question): Promise<Answer>;
  /** Says something that has no answer. */
  tell(question: Question): void;
  /** Ends the link once all that was said has gone. */
  end(): Promise<void>;
}

/** @param closed Is called when the other process is gone. */
export function askOver<Question, Answer>(
  stream: Duplex,
  questions: Codec<Question>,
  answers: Codec<Answer>,
  closed: () => void,
): Asking<Question, Answer> {
  const pending = new Questions<Answer>((frame) => link.send(frame));
  const link = new FrameLink(stream, {
    take: (frame) => pending.answer(decode(answers, frame)),
    closed: (error) => {
      pending.close(error);
      closed();
    },
  });
  return {
    tell: (question) => link.send(encode(questions, question)),
    ask: (question) => pending.ask(encode(questions, question)),
    end: () => link.end(),
  };
}
