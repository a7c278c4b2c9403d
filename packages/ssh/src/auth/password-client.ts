// RFC 4252, section 8, the client's side.
import { concat, encode } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import { decodeMessage, encodeMessage } from '../transport/messages.ts';
import type { Answer, AuthExchange, AuthMethod } from './client.ts';
import { CONNECTION, passwordChange, replacementString, requestPassword } from './messages.ts';

/** Times that a server may ask for yet another new password. */
const MAX_CHANGES = 16;

const METHOD = 'password';

/** Gives a password, which is wiped once it is sent; undefined gives up. */
export type GivePassword = () => Promise<Uint8Array | undefined>;

/** Gives the present password and a new one; undefined gives up. `prompt` is not to be printed as it is. */
export type ChangePassword = (
  prompt: string,
) => Promise<{ readonly password: Uint8Array; readonly replacement: Uint8Array } | undefined>;

/** Logs in with a password. Without `change`, one that has to be changed first is given up. */
export function password(give: GivePassword, change?: ChangePassword): AuthMethod {
  return {
    name: METHOD,
    attempt: async (exchange) => {
      const secret = await give();
      if (secret === undefined) return undefined;
      let answer: Answer | undefined = await exchange.ask(request(exchange, false, secret));
      for (let times = 0; answer?.kind === 'method' && times < MAX_CHANGES; times++)
        answer = await askAgain(exchange, decodeMessage(passwordChange, answer.payload).prompt, change);
      return answer;
    },
  };
}

async function askAgain(
  exchange: AuthExchange,
  prompt: string,
  change: ChangePassword | undefined,
): Promise<Answer | undefined> {
  const changed = await change?.(prompt);
  if (changed === undefined) return undefined;
  const head = request(exchange, true, changed.password);
  const payload = concat(head, encode(replacementString, changed.replacement));
  wipe(head, changed.replacement);
  return exchange.ask(payload);
}

/** Wipes the password that it writes. */
function request({ user }: AuthExchange, change: boolean, secret: Uint8Array): Uint8Array {
  const fields = { user, service: CONNECTION, method: METHOD, change, password: secret };
  const payload = encodeMessage(requestPassword, fields);
  wipe(secret);
  return payload;
}
