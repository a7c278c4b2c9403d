// Messages that wait until keys are exchanged (RFC 4253, section 7.1).
import { SshError } from '../ssh-error.ts';

/** Of waiting messages, in bytes; more is a user that does not look at `isFull`. */
const MAX_HELD = 64 * 1024 * 1024;

export class Outbox {
  #messages: (readonly Uint8Array[])[] = [];
  #bytes = 0;

  /** Keeps a copy of a message that is in parts. @throws {SshError} if there are too many. */
  hold(parts: readonly Uint8Array[]): void {
    for (const { length } of parts) this.#bytes += length;
    if (this.#bytes > MAX_HELD)
      throw new SshError('protocolError', 'Cannot send: keys are exchanged for too long');
    // A slice() of a Buffer would be no copy.
    this.#messages.push(parts.map((part) => Uint8Array.from(part)));
  }

  /** All of them, in order; there are none then. */
  take(): readonly (readonly Uint8Array[])[] {
    const messages = this.#messages;
    this.#messages = [];
    this.#bytes = 0;
    return messages;
  }
}
