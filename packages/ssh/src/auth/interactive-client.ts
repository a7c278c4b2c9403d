// RFC 4256, the client's side: the server asks whatever it wants to know.
import { wipe } from '@orrery/crypto';
import { SshError } from '../ssh-error.ts';
import { decodeMessage, encodeMessage } from '../transport/messages.ts';
import type { AuthMethod } from './client.ts';
import { CONNECTION, infoRequest, infoResponse, requestInteractive, type Question } from './messages.ts';

/** Questions in one dialogue; a server could go on for ever. */
const MAX_QUESTIONS = 100;

const METHOD = 'keyboard-interactive';

/** Answers all prompts of a question, in order; the answers are wiped once they are sent. Undefined gives up. */
export type AnswerQuestion = (question: Question) => Promise<readonly Uint8Array[] | undefined>;

/** @throws {RangeError} from the login if there are not as many answers as prompts. */
export function keyboardInteractive(respond: AnswerQuestion, submethods: readonly string[] = []): AuthMethod {
  return {
    name: METHOD,
    attempt: async ({ user, ask }) => {
      const request = { user, service: CONNECTION, method: METHOD, submethods: submethods.join(',') };
      let answer = await ask(encodeMessage(requestInteractive, { ...request, language: new Uint8Array() }));
      for (let asked = 0; answer.kind === 'method'; asked++) {
        if (asked === MAX_QUESTIONS)
          throw new SshError('protocolError', `Cannot authenticate: more than ${MAX_QUESTIONS} questions`);
        const question = decodeMessage(infoRequest, answer.payload);
        const responses = await respond(question);
        if (responses === undefined) return undefined;
        answer = await ask(encodeAnswers(question, responses));
      }
      return answer;
    },
  };
}

function encodeAnswers({ prompts }: Question, responses: readonly Uint8Array[]): Uint8Array {
  if (responses.length !== prompts.length)
    throw new RangeError(`Cannot answer: found ${responses.length} answers, ${prompts.length} expected`);
  const payload = encodeMessage(infoResponse, { responses: [...responses] });
  wipe(...responses);
  return payload;
}
