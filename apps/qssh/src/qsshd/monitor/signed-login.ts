// RFC 4252, section 7: what a user signs to log in.
import { equal, FormatError, Reader } from '@orrery/bytes';

const USERAUTH_REQUEST = 50;
const HOST_BOUND = 'publickey-hostbound-v00@openssh.com';

/** The login that is meant to be signed. */
export interface ExpectedLogin {
  /** undefined as long as no keys were exchanged: nothing can be signed then. */
  readonly sessionId: Uint8Array | undefined;
  readonly user: string;
  readonly algorithm: string;
  /** The blob of the user's key. */
  readonly key: Uint8Array;
  /** Blobs, also of certificates, for a user who signs for one host alone (OpenSSH's PROTOCOL, section 1.4). */
  readonly hostKeys: readonly Uint8Array[];
}

/** Whether what was signed is this login and nothing else. */
export function isAbout(message: Uint8Array, expected: ExpectedLogin): boolean {
  const { algorithm, hostKeys, key, sessionId, user } = expected;
  try {
    const reader = new Reader(message);
    const signedSession = reader.string(64);
    const isRequest = reader.byte() === USERAUTH_REQUEST;
    const isUser = reader.text(1024) === user;
    const isService = reader.text(64) === 'ssh-connection';
    const method = reader.text(64);
    const isSigned = reader.boolean();
    const isKey = reader.text(128) === algorithm && equal(reader.string(65_536), key);
    const isHere =
      method === 'publickey' || (method === HOST_BOUND && isAmong(reader.string(65_536), hostKeys));
    reader.end();
    const isSession = sessionId !== undefined && equal(signedSession, sessionId);
    return isSession && isRequest && isUser && isService && isSigned && isKey && isHere;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

function isAmong(blob: Uint8Array, hostKeys: readonly Uint8Array[]): boolean {
  return hostKeys.some((own) => equal(own, blob));
}
