// What a peer may send that nobody knows yet.
import { SshError } from '../ssh-error.ts';

/** Enough for many keys, signatures and questions; a flood ends here. */
const MAX_PACKETS = 4096;
const MAX_BYTES = 8 * 1024 * 1024;

/** Key exchanges after the first: OpenSSH begins none before authentication. */
const MAX_EXCHANGES = 8;

/** Counts what comes before authentication. */
export class Allowance {
  #packets = 0;
  #bytes = 0;
  #exchanges = 0;

  /** @throws {SshError} if it is too much. */
  usePacket(bytes: number): void {
    this.#packets++;
    this.#bytes += bytes;
    if (this.#packets > MAX_PACKETS || this.#bytes > MAX_BYTES)
      throw new SshError('protocolError', 'Cannot go on: too much was sent before authentication');
  }

  /** @throws {SshError} if it is one too many. */
  useExchange(): void {
    this.#exchanges++;
    if (this.#exchanges > 1 + MAX_EXCHANGES)
      throw new SshError('protocolError', 'Cannot go on: too many key exchanges before authentication');
  }
}
