// RFC 4252, section 7, the server's side.
import { concat, decode, encode, equal, Reader, string } from '@orrery/bytes';
import { verifySignature } from '@orrery/keys';
import { encodeMessage } from '../transport/messages.ts';
import {
  HOST_BOUND,
  keyOk,
  requestHead,
  requestKey,
  requestKeyForHost,
  signatureString,
} from './messages.ts';
import { FAILURE, type Attempt, type Outcome } from './server-method.ts';

interface Request {
  readonly algorithm: string;
  readonly key: Uint8Array;
  /** What is signed, without the session's identifier; undefined for a question. */
  readonly unsigned: Uint8Array | undefined;
  readonly signature: Uint8Array;
  /** The signature is for this server, or for no server in particular. */
  readonly isForThisHost: boolean;
}

/** A key that may log in, and the proof that the other side has it. */
export async function publicKeyMethod(attempt: Attempt): Promise<Outcome> {
  const { user, authenticator } = attempt;
  const { algorithm, key, unsigned, signature, isForThisHost } = read(attempt);
  const offer = { user, algorithm, key };
  if (unsigned !== undefined && authenticator.provesKey !== undefined) {
    const message = concat(encode(string(64), attempt.sessionId), unsigned);
    const isProven = await authenticator.provesKey(offer, message, signature);
    return isProven && isForThisHost ? { kind: 'success', key: key.slice() } : FAILURE;
  }
  const isAllowed = (await authenticator.allowsKey?.(offer)) ?? false;
  if (unsigned === undefined) {
    if (!isAllowed || !isForThisHost) return FAILURE;
    return { kind: 'asked', reply: encodeMessage(keyOk, { algorithm, key }) };
  }
  // Verified even if the key may not log in: how long the answer takes must not tell.
  const message = concat(encode(string(64), attempt.sessionId), unsigned);
  const isProven = verifySignature(key, algorithm, message, signature);
  return isAllowed && isProven && isForThisHost ? { kind: 'success', key: key.slice() } : FAILURE;
}

function read({ payload, hostKey }: Attempt): Request {
  const body = payload.subarray(1);
  const { method } = requestHead.read(new Reader(body));
  const reader = new Reader(body);
  const request =
    method === HOST_BOUND
      ? requestKeyForHost.codec.read(reader)
      : { ...requestKey.codec.read(reader), hostKey };
  const { algorithm, key, signed } = request;
  const isForThisHost =
    method !== HOST_BOUND ||
    (hostKey !== undefined && request.hostKey !== undefined && equal(request.hostKey, hostKey));
  if (!signed) reader.end();
  return {
    algorithm,
    key,
    unsigned: signed ? payload.subarray(0, 1 + reader.offset) : undefined,
    signature: signed ? decode(signatureString, reader.rest()) : new Uint8Array(),
    isForThisHost,
  };
}
