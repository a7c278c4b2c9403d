// Messages on a stream: a length, then as many bytes (RFC 9987, section 3).
import { Writer } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import { AgentError } from './agent-error.ts';
import { MAX_MESSAGE } from './messages.ts';

const LENGTH = 4;

/** A message with its length in front. */
export function frame(message: Uint8Array): Uint8Array {
  return new Writer().string(message).finish();
}

/**
 * The messages that come, each in an array of its own; what came on the stream is wiped, for it may be secret.
 * @throws {AgentError} for a length that is none, and for an end inside of a message
 */
export async function* readFrames(stream: AsyncIterable<unknown>): AsyncGenerator<Uint8Array, void, void> {
  const gathered = new Gathered();
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array))
      throw new TypeError('Cannot read messages: the stream gives no bytes');
    gathered.push(chunk);
    for (let message = gathered.next(); message !== undefined; message = gathered.next()) yield message;
  }
  if (!gathered.isEmpty)
    throw new AgentError('closed', 'Cannot read message: the connection ended inside of it');
}

/** Bytes that wait for the rest of their message. */
class Gathered {
  #chunks: Uint8Array[] = [];
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** @throws {AgentError} */
  next(): Uint8Array | undefined {
    if (this.#length < LENGTH) return undefined;
    const length = this.#peekLength();
    if (length === 0 || length > MAX_MESSAGE)
      throw new AgentError(
        'malformed',
        `Cannot read message: found ${length} bytes, 1 to ${MAX_MESSAGE} expected`,
      );
    if (this.#length < LENGTH + length) return undefined;
    this.#take(LENGTH);
    return this.#take(length);
  }

  #peekLength(): number {
    if ((this.#chunks[0]?.length ?? 0) < LENGTH) {
      const joined = this.#take(this.#length);
      this.#chunks = [joined];
      this.#length = joined.length;
    }
    const [first = new Uint8Array(LENGTH)] = this.#chunks;
    return new DataView(first.buffer, first.byteOffset, LENGTH).getUint32(0);
  }

  #take(length: number): Uint8Array {
    const taken = new Uint8Array(length);
    let at = 0;
    let used = 0;
    // What is used up is taken off at once: bytes may come one by one.
    for (const [index, chunk] of this.#chunks.entries()) {
      if (at === length) break;
      const part = chunk.subarray(0, length - at);
      taken.set(part, at);
      at += part.length;
      wipe(part);
      if (part.length === chunk.length) used = index + 1;
      else this.#chunks[index] = chunk.subarray(part.length);
    }
    this.#chunks.splice(0, used);
    this.#length -= length;
    return taken;
  }
}
