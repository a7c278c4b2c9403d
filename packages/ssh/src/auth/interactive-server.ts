// RFC 4256, the server's side.
import { wipe } from '@orrery/crypto';
import { decodeMessage, encodeMessage } from '../transport/messages.ts';
import { SshError } from '../ssh-error.ts';
import type { Interview, Turn } from './authenticator.ts';
import { infoRequest, infoResponse, requestInteractive, type Question } from './messages.ts';
import { FAILURE, SUCCESSFUL, type Attempt, type Outcome } from './server-method.ts';

/** A dialogue that the program leads. */
export async function interactiveMethod({ user, payload, authenticator }: Attempt): Promise<Outcome> {
  decodeMessage(requestInteractive, payload);
  const interview = authenticator.interview?.(user);
  return interview === undefined ? FAILURE : outcome(interview, await interview.next([]));
}

function outcome(interview: Interview, turn: Turn): Outcome {
  if (turn === true) return SUCCESSFUL;
  if (turn === false) return FAILURE;
  return {
    kind: 'asked',
    reply: encodeMessage(infoRequest, {
      name: turn.name,
      instruction: turn.instruction,
      language: new Uint8Array(),
      prompts: [...turn.prompts],
    }),
    resume: (payload) => resume(interview, turn, payload),
  };
}

async function resume(interview: Interview, { prompts }: Question, payload: Uint8Array): Promise<Outcome> {
  const { responses } = decodeMessage(infoResponse, payload);
  if (responses.length !== prompts.length)
    throw new SshError(
      'protocolError',
      `Cannot authenticate: found ${responses.length} answers, ${prompts.length} expected`,
    );
  try {
    return outcome(interview, await interview.next(responses));
  } finally {
    wipe(...responses);
  }
}
