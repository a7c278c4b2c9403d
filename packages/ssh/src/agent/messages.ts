// The messages of the agent protocol (RFC 9987), in the order of their numbers.
import {
  type Codec,
  FormatError,
  type Reader,
  Writer,
  boolean,
  list,
  string,
  struct,
  text,
  uint32,
} from '@orrery/bytes';

/** Longest message, in bytes without its length: what OpenSSH's agent and its clients take. */
export const MAX_MESSAGE = 256 * 1024;
/** Longest public key or signature, in bytes. */
export const MAX_BLOB = 65_536;
/** Keys in one list, which a client reads. */
export const MAX_KEYS = 2048;
/** Longest comment and passphrase, in bytes. */
const MAX_TEXT = 4096;
/** Longest name of an extension, in bytes. */
const MAX_NAME = 256;
/** Longest session identifier, in bytes: that of SHA-512 has 64. */
export const MAX_SESSION_ID = 128;
/** Names in the answer to a query. */
const MAX_EXTENSIONS = 256;

/** Section 7.1. Those of smart cards are refused. */
export const AgentMsg = {
  failure: 5,
  success: 6,
  requestIdentities: 11,
  identitiesAnswer: 12,
  signRequest: 13,
  signResponse: 14,
  addIdentity: 17,
  removeIdentity: 18,
  removeAllIdentities: 19,
  lock: 22,
  unlock: 23,
  addIdentityConstrained: 25,
  extension: 27,
  extensionFailure: 28,
  extensionResponse: 29,
} as const;

/** Section 7.3. */
export const SignFlag = { rsaSha2With256: 2, rsaSha2With512: 4 } as const;

/** Section 3.5. */
export const identities = list(struct({ publicKey: string(MAX_BLOB), comment: text(MAX_TEXT) }), MAX_KEYS);

/** Section 3.6. */
export const signRequest = struct({ publicKey: string(MAX_BLOB), data: string(MAX_MESSAGE), flags: uint32 });
export const signResponse = string(MAX_BLOB);

/** Section 3.4. */
export const publicKeyString = string(MAX_BLOB);

/** What stands behind the numbers of a private key that is added (section 3.2). */
export const commentText = text(MAX_TEXT);

/** Section 3.7. */
export const passphraseString = string(MAX_TEXT);

/** Section 3.8. What follows is the extension's. */
export const extensionName = text(MAX_NAME);

export const QUERY = 'query';

/** OpenSSH's PROTOCOL.agent, section 1. */
export const SESSION_BIND = 'session-bind@openssh.com';

/** What a host signed in a key exchange: its key, and the identifier of the session. */
export interface SessionProof {
  /** The host key's blob. */
  readonly hostKey: Uint8Array;
  readonly sessionId: Uint8Array;
  /** Of the session's identifier, by the host key. */
  readonly signature: Uint8Array;
}

export interface SessionBinding extends SessionProof {
  /** The agent is forwarded to this host, which does not log in itself. */
  readonly isForwarding: boolean;
}

export const sessionBinding: Codec<SessionBinding> = struct({
  hostKey: string(MAX_BLOB),
  sessionId: string(MAX_SESSION_ID),
  signature: string(MAX_BLOB),
  isForwarding: boolean,
});

/** The message that binds a connection to a session. */
export function bindRequest(binding: SessionBinding): Uint8Array {
  const writer = new Writer().byte(AgentMsg.extension).text(SESSION_BIND);
  sessionBinding.write(writer, binding);
  return writer.finish();
}

/** Section 3.8.1: all names, up to the end of the message. @throws {FormatError} */
export function readExtensionNames(reader: Reader): readonly string[] {
  const names: string[] = [];
  while (reader.remaining > 0) {
    if (names.length === MAX_EXTENSIONS)
      throw new FormatError(`Cannot read names of extensions: more than ${MAX_EXTENSIONS}`);
    names.push(extensionName.read(reader));
  }
  return names;
}
