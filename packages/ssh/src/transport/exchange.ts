// One key exchange, from both KEXINITs to the secret (RFC 4253, sections 7 and 8; RFC 5656, section 4).
import { encode, FormatError, string, struct, utf8 } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import { algorithmNamesOf, parsePublicKeyBlob, signatureNameOf, verifySignature } from '@orrery/keys';
import { SshError } from '../ssh-error.ts';
import type { ExchangeResult } from './derive-keys.ts';
import type { KexAttempt, KexMethod } from './kex.ts';
import { decodeMessage, encodeMessage, exchangeInit, exchangeReply, Msg } from './messages.ts';

/** Longest item of the exchange hash, in bytes: a KEXINIT. */
const MAX_ITEM = 256 * 1024;

/** What was said before: identifications without line ends, and the payloads of both KEXINITs. */
export interface Preamble {
  readonly clientLine: string;
  readonly serverLine: string;
  readonly clientInit: Uint8Array;
  readonly serverInit: Uint8Array;
}

/** One side of an exchange. */
export interface Exchange {
  /** What this side answers to the other's message, and what both then know. @throws {SshError} */
  receive(payload: Uint8Array): Promise<Exchanged>;
}

export interface Exchanged extends Omit<ExchangeResult, 'sessionId'> {
  readonly answer: Uint8Array | undefined;
}

/** A host key that proved itself, or a certificate whose key did, unless `check` has objections. */
export interface HostKey {
  readonly algorithm: string;
  /** The blob of the key, or of the certificate: of that, nothing but its key was verified. */
  readonly publicKey: Uint8Array;
}

/** A host key, and what it proved itself by. */
export interface ProvenHostKey extends HostKey {
  /** Of the first exchange, it is the identifier of the session. */
  readonly exchangeHash: Uint8Array;
  /** Of the exchange hash. */
  readonly signature: Uint8Array;
}

/** Says whether the host may have this key. @throws what then becomes the reason of the failure. */
export type CheckHostKey = (hostKey: ProvenHostKey) => void | Promise<void>;

/** Signs an exchange hash with the host key of an algorithm. */
export interface HostKeySigner {
  readonly publicKey: Uint8Array;
  /** @param input What was hashed, with the secret at its end: wiped afterwards. */
  sign(exchangeHash: Uint8Array, input: Uint8Array): Promise<Uint8Array>;
}

/** The message with which the client begins. */
export function openingOf({ init }: KexAttempt): Uint8Array {
  return encodeMessage(exchangeInit, { init });
}

export function clientExchange(
  method: KexMethod,
  attempt: KexAttempt,
  preamble: Preamble,
  hostKeyAlgorithm: string,
  check: CheckHostKey,
): Exchange {
  return {
    receive: async (payload) => {
      demandNumber(payload, Msg.kexExchangeReply);
      const { hostKey, reply, signature } = decodeMessage(exchangeReply, payload);
      const secret = attempt.finish(reply);
      const exchangeHash = method.hash(hashInput(preamble, hostKey, attempt.init, reply, secret));
      if (!isSigned(hostKey, hostKeyAlgorithm, exchangeHash, signature)) {
        wipe(secret);
        throw new SshError('keyExchangeFailed', 'Cannot trust the host key: its signature does not verify');
      }
      await check({ algorithm: hostKeyAlgorithm, publicKey: hostKey, exchangeHash, signature });
      return { answer: undefined, hash: method.hash, secret, exchangeHash };
    },
  };
}

/** The key in a certificate signs as if it had none; the algorithm tells whether there is one. */
function isSigned(shown: Uint8Array, algorithm: string, hash: Uint8Array, signature: Uint8Array): boolean {
  try {
    const { type, certifiedKey } = parsePublicKeyBlob(shown);
    return (
      algorithmNamesOf(type).includes(algorithm) &&
      verifySignature(certifiedKey ?? shown, signatureNameOf(algorithm), hash, signature)
    );
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

export function serverExchange(method: KexMethod, preamble: Preamble, signer: HostKeySigner): Exchange {
  return {
    receive: async (payload) => {
      demandNumber(payload, Msg.kexExchangeInit);
      const { init } = decodeMessage(exchangeInit, payload);
      const { reply, secret } = await method.answer(init);
      const hostKey = signer.publicKey;
      const input = hashInput(preamble, hostKey, init, reply, secret);
      const exchangeHash = method.hash(input);
      const signature = await signer.sign(exchangeHash, input).finally(() => wipe(input));
      const answer = encodeMessage(exchangeReply, { hostKey, reply, signature });
      return { answer, hash: method.hash, secret, exchangeHash };
    },
  };
}

const item = string(MAX_ITEM);
const hashItems = struct({
  clientLine: item,
  serverLine: item,
  clientInit: item,
  serverInit: item,
  hostKey: item,
  init: item,
  reply: item,
});

function hashInput(
  { clientLine, serverLine, clientInit, serverInit }: Preamble,
  hostKey: Uint8Array,
  init: Uint8Array,
  reply: Uint8Array,
  secret: Uint8Array,
): Uint8Array {
  const items = encode(hashItems, {
    clientLine: utf8(clientLine),
    serverLine: utf8(serverLine),
    clientInit,
    serverInit,
    hostKey,
    init,
    reply,
  });
  const input = new Uint8Array(items.length + secret.length);
  input.set(items);
  input.set(secret, items.length);
  return input;
}

function demandNumber(payload: Uint8Array, number: number): void {
  if (payload[0] !== number)
    throw new SshError(
      'protocolError',
      `Cannot exchange keys: found message ${payload[0]}, ${number} expected`,
    );
}
