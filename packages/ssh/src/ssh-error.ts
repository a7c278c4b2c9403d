import { FormatError } from '@orrery/bytes';

/** Reasons of SSH_MSG_DISCONNECT (RFC 4253, section 11.1). */
export const DisconnectReason = {
  hostNotAllowed: 1,
  protocolError: 2,
  keyExchangeFailed: 3,
  macError: 5,
  compressionError: 6,
  serviceNotAvailable: 7,
  versionNotSupported: 8,
  hostKeyNotVerifiable: 9,
  connectionLost: 10,
  byApplication: 11,
  tooManyConnections: 12,
  cancelledByUser: 13,
  noMoreMethods: 14,
  illegalUserName: 15,
} as const;

export type SshErrorCode = keyof typeof DisconnectReason;

/** A connection that cannot go on. `code` says why, in the words of RFC 4253, section 11.1. */
export class SshError extends Error {
  override readonly name = 'SshError';
  readonly code: SshErrorCode;

  constructor(code: SshErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The other side ended the connection. `description` is its text: not to be trusted, and not printed as it is. */
export class DisconnectedError extends SshError {
  readonly description: string;
  readonly reason: number;

  constructor(reason: number, description: string) {
    super('connectionLost', `Cannot go on: the other side disconnected for reason ${reason}`);
    this.reason = reason;
    this.description = description;
  }
}

/**
 * What ends a connection: malformed bytes break the protocol. Whatever else a handler throws is the program's own affair,
 * of which the other side learns nothing; it is the `cause`.
 */
export function protocolErrorOf(cause: unknown): SshError {
  if (cause instanceof SshError) return cause;
  if (cause instanceof FormatError) return new SshError('protocolError', cause.message, { cause });
  return new SshError('byApplication', 'Cannot go on: the program failed', { cause });
}
