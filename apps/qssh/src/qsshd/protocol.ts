// What the processes of the server ask each other. All that comes from a process which reads from the network is one of
// these questions, with limits; answers come in the order of the questions.
import {
  boolean,
  byte,
  list,
  optional,
  string,
  struct,
  text,
  uint32,
  variant,
  type Value,
} from '@orrery/bytes';
import { MAX_PASSWORD } from '../passwords/password-hash.ts';
import { MAX_FRAME } from './frame-link.ts';

/** Longest banner that is shown, in bytes. */
export const MAX_BANNER = 200_000;

/** Lengths in bytes. */
const user = text(1024);
const algorithm = text(128);
const key = string(65_536);

/**
 * The hash of a key exchange: what is hashed (RFC 5656, section 4), whose lists of names are the longest part, and the length
 * of the hash, which says by which function.
 */
const exchange = struct({ algorithm, input: string(150_000), hashLength: byte });

/** A worker, who is not trusted, asks the monitor. */
export const question = variant('kind', {
  /** To sign with a host key. */
  sign: exchange,
  /** Which methods the user needs. */
  policy: struct({ user }),
  /** Whether a key would do. */
  key: struct({ user, algorithm, key }),
  /** That the user has the key: `message` is what was signed, from the session's identifier on. */
  proof: struct({ user, algorithm, key, message: string(256 * 1024), signature: string(65_536) }),
  /** Whether the user may log in without any proof. */
  nothing: struct({ user }),
  /** Whether it is the user's password, for this method. */
  password: struct({ user, method: text(64), password: string(MAX_PASSWORD) }),
  /** An attempt has failed. */
  failed: struct({ user, method: text(64) }),
  /** All that was asked for is proven; here is the connection. */
  loggedIn: struct({ user, state: string(MAX_FRAME - 4096) }),
});
export type Question = Value<typeof question>;

/** What the monitor says. */
export const answer = variant('kind', {
  signature: struct({ signature: string(65_536) }),
  policy: struct({
    lists: list(list(text(64), 16), 64),
    /** What the user's keys may sign with. */
    algorithms: list(algorithm, 64),
    banner: optional(text(MAX_BANNER)),
  }),
  verdict: struct({ isAllowed: boolean }),
  refused: struct({}),
});
export type Answer = Value<typeof answer>;

/** A session process tells the listener. */
export const sessionNews = variant('kind', {
  closed: struct({ connection: uint32 }),
  /** It is its user now, and takes connections. */
  ready: struct({}),
  /** It is below another root and needs the keeper of a terminal. */
  terminal: struct({}),
});

/** Longest news of a session process, in bytes. */
export const MAX_NEWS = 64;

/** The listener or a session process asks the signer. */
export const signatureRequest = variant('kind', {
  exchange,
  /** That the server has a host key which the client does not know yet. */
  proof: struct({ algorithm, message: string(70_000) }),
});
export type SignatureRequest = Value<typeof signatureRequest>;
/** Longest such question, in bytes. */
export const MAX_SIGNATURE_REQUEST = 152_000;
const signature = string(65_536);
/** To a session process. Empty if it is refused. */
export const signatureReply = struct({ signature });

/** The listener asks for many connections at once, and an agent may take its time: answers come in any order. */
export const listenerRequest = struct({ id: uint32, request: signatureRequest });

/** A host key as everybody may know it, or a certificate of one. */
export const hostKeyList = list(struct({ blob: key, algorithms: list(algorithm, 16) }), 128);
export type HostKeyList = Value<typeof hostKeyList>;

/** The signer tells the listener. */
export const signerNews = variant('kind', {
  /** Once, at first. */
  keys: struct({ keys: hostKeyList }),
  /** Empty if it is refused. */
  signature: struct({ id: uint32, signature }),
  /** It needs a connection to the agent. */
  agentWanted: struct({}),
});
