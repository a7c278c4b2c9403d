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
import type { Authenticator, Offer } from './authenticator.ts';
import { FAILURE, type Attempt, type Outcome } from './server-method.ts';

interface Request {
  readonly offer: Offer;
  /** What is signed, without the session's identifier; undefined for a question. */
  readonly unsigned: Uint8Array | undefined;
  readonly signature: Uint8Array;
  /** The signature is of a kind that is taken, and for this server or for none in particular. */
  readonly isUsable: boolean;
}

/** A key that may log in, and the proof that the other side has it. */
export async function publicKeyMethod(attempt: Attempt): Promise<Outcome> {
  const { authenticator, sessionId } = attempt;
  const { offer, unsigned, signature, isUsable } = read(attempt);
  if (unsigned === undefined) {
    const isAllowed = (await authenticator.allowsKey?.(offer)) ?? false;
    if (!isAllowed || !isUsable) return FAILURE;
    return { kind: 'asked', reply: encodeMessage(keyOk, offer) };
  }
  const message = concat(encode(string(64), sessionId), unsigned);
  const isProven =
    authenticator.provesKey === undefined
      ? await provesHere(authenticator, offer, message, signature)
      : await authenticator.provesKey(offer, message, signature);
  return isProven && isUsable ? { kind: 'success', key: offer.key.slice() } : FAILURE;
}

/** The signature is verified even if the key may not log in: how long the answer takes must not tell. */
async function provesHere(
  authenticator: Authenticator,
  offer: Offer,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const isAllowed = (await authenticator.allowsKey?.(offer)) ?? false;
  const isProven = verifySignature(offer.key, offer.algorithm, message, signature);
  return isAllowed && isProven;
}

function read({ payload, hostKey, signatures }: Attempt): Request {
  const body = payload.subarray(1);
  const isBound = requestHead.read(new Reader(body)).method === HOST_BOUND;
  const reader = new Reader(body);
  const request = isBound
    ? requestKeyForHost.codec.read(reader)
    : { ...requestKey.codec.read(reader), hostKey };
  const { user, algorithm, key, signed } = request;
  const isForThisHost =
    !isBound || (hostKey !== undefined && request.hostKey !== undefined && equal(request.hostKey, hostKey));
  if (!signed) reader.end();
  return {
    offer: { user, algorithm, key },
    unsigned: signed ? payload.subarray(0, 1 + reader.offset) : undefined,
    signature: signed ? decode(signatureString, reader.rest()) : new Uint8Array(),
    isUsable: isForThisHost && (signatures?.includes(algorithm) ?? true),
  };
}
