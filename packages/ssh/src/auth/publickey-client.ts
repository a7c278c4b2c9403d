// RFC 4252, section 7, the client's side: a key that signs for the login.
import { concat, encode, string, equal } from '@orrery/bytes';
import { signatureNameOf, type KeySigner } from '@orrery/keys';
import { SshError } from '../ssh-error.ts';
import { decodeMessage, encodeMessage } from '../transport/messages.ts';
import type { AuthExchange, AuthMethod } from './client.ts';
import { CONNECTION, HOST_BOUND, keyOk, requestKey, requestKeyForHost, signatureString } from './messages.ts';

export interface PublicKeyOptions {
  /** Signs without asking first whether the key would do: one round trip less, for the key that worked before. */
  readonly isSure?: boolean;
  /** Names of signatures that may be used; absent: all that the key can make. */
  readonly algorithms?: readonly string[];
  /** Told why the key did not sign, which then counts as given up; absent: the login fails with it. */
  readonly onSignError?: (error: unknown) => void;
}

/**
 * Logs in with a key, by the first signature that the server takes, too. The key signs only after the server has
 * accepted it, unless it is sure.
 */
export function publicKey(key: KeySigner, options: PublicKeyOptions = {}): AuthMethod {
  return {
    name: 'publickey',
    attempt: async (exchange) => {
      const algorithm = chooseAlgorithm(key, options.algorithms, exchange.signatures);
      if (algorithm === undefined) return undefined;
      if (options.isSure !== true) {
        const refusal = await askForKey(exchange, key, algorithm);
        if (refusal !== undefined) return refusal;
      }
      const unsigned = unsignedRequest(exchange, key, algorithm);
      const message = concat(encode(string(64), exchange.sessionId), unsigned);
      const signature = await sign(key, message, algorithm, options.onSignError);
      if (signature === undefined) return undefined;
      return exchange.ask(concat(unsigned, encode(signatureString, signature)));
    },
  };
}

/** RFC 8332, section 3.1: the server may have told which signatures it takes; it does not name those with certificates. */
function chooseAlgorithm(
  key: KeySigner,
  allowed: readonly string[] | undefined,
  taken: readonly string[] | undefined,
): string | undefined {
  const isTaken = (name: string): boolean =>
    taken === undefined || taken.includes(name) || taken.includes(signatureNameOf(name));
  return key.algorithms.find((name) => (allowed?.includes(name) ?? true) && isTaken(name));
}

/** Undefined: the server would take the key. */
async function askForKey({ user, ask }: AuthExchange, key: KeySigner, algorithm: string) {
  const request = { user, service: CONNECTION, method: 'publickey', algorithm, key: key.publicKey };
  const answer = await ask(encodeMessage(requestKey, { ...request, signed: false }));
  if (answer.kind !== 'method') return answer;
  const accepted = decodeMessage(keyOk, answer.payload);
  if (accepted.algorithm !== algorithm || !equal(accepted.key, key.publicKey))
    throw new SshError(
      'protocolError',
      'Cannot authenticate: the server accepted a key that was not offered',
    );
  return undefined;
}

/** Bound to the host's key where the server understands that: then it is of no use anywhere else. */
function unsignedRequest({ user, hostKey }: AuthExchange, key: KeySigner, algorithm: string): Uint8Array {
  const request = { user, service: CONNECTION, signed: true, algorithm, key: key.publicKey };
  return hostKey === undefined
    ? encodeMessage(requestKey, { ...request, method: 'publickey' })
    : encodeMessage(requestKeyForHost, { ...request, method: HOST_BOUND, hostKey });
}

async function sign(
  key: KeySigner,
  message: Uint8Array,
  algorithm: string,
  onError: ((error: unknown) => void) | undefined,
): Promise<Uint8Array | undefined> {
  try {
    return await key.sign(message, algorithm);
  } catch (error) {
    if (onError === undefined) throw error;
    onError(error);
    return undefined;
  }
}
