// RFC 4252, section 8, the server's side.
import { decode, Reader } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import { encodeMessage } from '../transport/messages.ts';
import { passwordChange, replacementString, requestPassword } from './messages.ts';
import { FAILURE, SUCCESSFUL, type Attempt, type Outcome } from './server-method.ts';

const CHANGE = 'The password has expired: choose a new one.';

/** A password, or a change of one that has expired. */
export async function passwordMethod({ user, payload, authenticator }: Attempt): Promise<Outcome> {
  const reader = new Reader(payload.subarray(1));
  const { change, password } = requestPassword.codec.read(reader);
  const replacement = change ? decode(replacementString, reader.rest()) : new Uint8Array();
  reader.end();
  try {
    const verdict = change
      ? await authenticator.changePassword?.(user, password, replacement)
      : await authenticator.checkPassword?.(user, password);
    if (verdict === true) return SUCCESSFUL;
    if (verdict !== 'expired' || authenticator.changePassword === undefined) return FAILURE;
    const reply = encodeMessage(passwordChange, { prompt: CHANGE, language: new Uint8Array() });
    return { kind: 'asked', reply };
  } finally {
    wipe(password, replacement);
  }
}
