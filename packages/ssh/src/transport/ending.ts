// Why a connection ends.
import { FormatError } from '@orrery/bytes';
import { DisconnectedError, SshError } from '../ssh-error.ts';
import { decodeMessage, disconnect } from './messages.ts';

/** Nobody hears a goodbye any more. */
export function lost(why: string, cause?: Error): SshError {
  return new SshError('connectionLost', `Cannot go on: ${why}`, cause && { cause });
}

/** What SSH_MSG_DISCONNECT tells. Its text is for people, in whatever encoding. */
export function disconnected(payload: Uint8Array): DisconnectedError {
  const { reason, description } = decodeMessage(disconnect, payload);
  return new DisconnectedError(reason, new TextDecoder().decode(description));
}

/** What is malformed breaks the protocol; anything else is told as it is. */
export function asError(cause: unknown): Error {
  if (cause instanceof FormatError) return new SshError('protocolError', cause.message, { cause });
  return cause instanceof Error ? cause : new SshError('protocolError', String(cause));
}
