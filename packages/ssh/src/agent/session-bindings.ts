// Which sessions one connection to an agent serves (OpenSSH's PROTOCOL.agent, section 1).
import { FormatError, Reader, equal } from '@orrery/bytes';
import { parsePublicKeyBlob, verifySignature } from '@orrery/keys';
import { type SessionBinding } from './messages.ts';

/** Bindings of one connection, which are hosts on the way. */
const MAX_BINDINGS = 16;

/** The hosts on the way, as far as they have proven to be there. */
export class SessionBindings {
  readonly #bindings: SessionBinding[] = [];
  #hasFailed = false;

  /** In the order of the way. */
  get all(): readonly SessionBinding[] {
    return this.#bindings;
  }

  /** Somebody tried to bind and could not: the connection is not one of this machine alone. */
  get isBroken(): boolean {
    return this.#hasFailed && this.#bindings.length === 0;
  }

  /** Adds a binding. @returns false if it proves nothing, or cannot follow those before it. */
  bind(binding: SessionBinding): boolean {
    const isBound = this.#mayFollow(binding) && this.#add(binding);
    if (!isBound) this.#hasFailed = true;
    return isBound;
  }

  /** What was sent as a binding was none. */
  fail(): void {
    this.#hasFailed = true;
  }

  /** Nothing follows a binding for a login, and a session has one host key. */
  #mayFollow({ sessionId, hostKey }: SessionBinding): boolean {
    return this.#bindings.every(
      (former) =>
        former.isForwarding && (!equal(former.sessionId, sessionId) || equal(former.hostKey, hostKey)),
    );
  }

  #add(binding: SessionBinding): boolean {
    if (!isProven(binding)) return false;
    if (this.#bindings.some(({ sessionId }) => equal(sessionId, binding.sessionId))) return true;
    if (this.#bindings.length === MAX_BINDINGS) return false;
    this.#bindings.push({
      hostKey: binding.hostKey.slice(),
      sessionId: binding.sessionId.slice(),
      signature: binding.signature.slice(),
      isForwarding: binding.isForwarding,
    });
    return true;
  }
}

/** Whether the host signed the session's identifier. */
function isProven({ hostKey, sessionId, signature }: SessionBinding): boolean {
  try {
    const key = parsePublicKeyBlob(hostKey).certifiedKey ?? hostKey;
    const algorithm = new Reader(signature).text(64);
    return sessionId.length > 0 && verifySignature(key, algorithm, sessionId, signature);
  } catch (cause) {
    if (cause instanceof FormatError) return false;
    throw cause;
  }
}
