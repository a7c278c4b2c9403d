/** A key exchange of one message each way (RFC 5656, section 4; draft-ietf-sshm-mlkem-hybrid-kex). */
export interface KexMethod {
  readonly name: string;
  readonly postQuantum: boolean;
  readonly hash: (bytes: Uint8Array) => Uint8Array;
  /** The client's side. It takes time where the method has to be loaded first. */
  start(): KexAttempt | Promise<KexAttempt>;
  /** The server's side. @throws {SshError} for what has a wrong length or leads to no secret. */
  answer(init: Uint8Array): KexAnswer | Promise<KexAnswer>;
}

export interface KexAttempt {
  /** What the client sends. */
  readonly init: Uint8Array;
  /** What it makes of the answer, once: the secret. @throws {SshError} */
  finish(reply: Uint8Array): Uint8Array;
}

export interface KexAnswer {
  readonly reply: Uint8Array;
  /** K as it goes into the exchange hash and the derivation of keys, with its length: a string or an mpint. To be wiped. */
  readonly secret: Uint8Array;
}
