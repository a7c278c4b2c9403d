// The side of a link that asks: one answer for each question, in order.
import { decode, encode, type Codec } from '@orrery/bytes';
import type { Duplex } from 'node:stream';
import { FrameLink } from './frame-link.ts';

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
  const waiting: PromiseWithResolvers<Answer>[] = [];
  const link = new FrameLink(stream, {
    take: (frame) => waiting.shift()?.resolve(decode(answers, frame)),
    closed: (error) => {
      for (const { reject } of waiting.splice(0))
        reject(error ?? new Error('Cannot ask: the other process is gone'));
      closed();
    },
  });
  const tell = (question: Question): void => link.send(encode(questions, question));
  return {
    tell,
    ask: (question) => {
      const pending = Promise.withResolvers<Answer>();
      waiting.push(pending);
      tell(question);
      return pending.promise;
    },
    end: () => link.end(),
  };
}
