// What one method of the server does with one request.
import type { Authenticator } from './authenticator.ts';

/** A request to authenticate, whose method is known. */
export interface Attempt {
  readonly user: string;
  /** The whole message. */
  readonly payload: Uint8Array;
  readonly sessionId: Uint8Array;
  /** The server's key that the other side knows it by. */
  readonly hostKey: Uint8Array | undefined;
  /** Signatures that keys may make; undefined: all that are known. */
  readonly signatures: readonly string[] | undefined;
  readonly authenticator: Authenticator;
}

export type Outcome =
  | { readonly kind: 'success'; /** The blob of the key that proved itself. */ readonly key?: Uint8Array }
  | { readonly kind: 'failure' }
  /** Something has to come first; `resume` takes the message of the method that answers `reply`. */
  | {
      readonly kind: 'asked';
      readonly reply: Uint8Array;
      readonly resume?: (payload: Uint8Array) => Promise<Outcome>;
    };

/** @throws {FormatError} for a message that is malformed. */
export type ServerMethod = (attempt: Attempt) => Promise<Outcome>;

export const FAILURE: Outcome = { kind: 'failure' };
export const SUCCESSFUL: Outcome = { kind: 'success' };
