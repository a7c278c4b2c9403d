// What an agent is asked to sign, as far as it is an SSH login (RFC 4252, section 7; OpenSSH's PROTOCOL, section 3.1).
import { FormatError, Reader, equal } from '@orrery/bytes';
import { algorithmNamesOf, parsePublicKeyBlob } from '@orrery/keys';
import { CONNECTION, HOST_BOUND, requestHead, requestKey, requestKeyForHost } from '../auth/messages.ts';
import { MAX_SESSION_ID } from './messages.ts';

/** A login that a key proves. */
export interface SignedLogin {
  readonly user: string;
  readonly sessionId: Uint8Array;
  /** The host key that the login is bound to, if it is. */
  readonly hostKey: Uint8Array | undefined;
}

/** The login with this key that the data are for; undefined for all other data. */
export function signedLogin(data: Uint8Array, publicKey: Uint8Array): SignedLogin | undefined {
  try {
    return readLogin(new Reader(data), publicKey);
  } catch (cause) {
    if (cause instanceof FormatError) return undefined;
    throw cause;
  }
}

function readLogin(reader: Reader, publicKey: Uint8Array): SignedLogin | undefined {
  const sessionId = reader.string(MAX_SESSION_ID);
  if (sessionId.length === 0 || reader.byte() !== requestKey.number) return undefined;
  const body = reader.rest();
  const { user, service, method } = requestHead.read(new Reader(body));
  const isBound = method === HOST_BOUND;
  if (service !== CONNECTION || (!isBound && method !== 'publickey')) return undefined;
  const fields = new Reader(body);
  const { signed, algorithm, key } = requestKey.codec.read(fields);
  const hostKey = isBound ? readHostKey(body) : undefined;
  if (!isBound) fields.end();
  const names = algorithmNamesOf(parsePublicKeyBlob(publicKey).type);
  if (!signed || !equal(key, publicKey) || !names.includes(algorithm)) return undefined;
  return { user, sessionId, hostKey };
}

function readHostKey(body: Uint8Array): Uint8Array {
  const reader = new Reader(body);
  const { hostKey } = requestKeyForHost.codec.read(reader);
  reader.end();
  return hostKey;
}
