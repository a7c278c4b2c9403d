import { decode, FormatError, type Codec } from '@orrery/bytes';
import { MAX_BODY_BYTES } from '@orrery/vault';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodyMemory, Owner } from './body-memory.ts';
import { brokenOff, Refusal } from './errors.ts';

/**
 * The body of a request, at most `maxBytes`.
 * @throws {Refusal} 413, 408 after `seconds` or if it hardly moves, 429 if memory is short, 400 if the client breaks off.
 */
export async function readBody(
  { incoming, outgoing }: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse },
  memory: BodyMemory,
  owners: readonly Owner[],
  maxBytes: number,
  seconds: number,
): Promise<Uint8Array> {
  const declared = declaredLength(incoming);
  if (declared !== undefined && declared > maxBytes) throw tooLarge(maxBytes);
  if (declared === 0) return new Uint8Array();
  await memory.hold(outgoing, declared ?? maxBytes, owners);
  const late = new Refusal(408, 'timeout', `Cannot read request: its body took more than ${seconds} s`);
  const timer = setTimeout(() => incoming.destroy(late), seconds * 1000);
  const pace = keepPace(incoming);
  try {
    return await collect(incoming, maxBytes);
  } catch (cause) {
    throw cause instanceof Refusal ? cause : brokenOff();
  } finally {
    clearTimeout(timer);
    clearInterval(pace);
  }
}

/** Seconds after which a body must have come at `LEAST_RATE`, and bytes per second: memory is held for all of it. */
const GRACE_SECONDS = 10;
const LEAST_RATE = 8 * 1024;

function keepPace(incoming: IncomingMessage): NodeJS.Timeout {
  const { socket } = incoming;
  const [start, before] = [performance.now(), socket.bytesRead];
  return setInterval(() => {
    const due = ((performance.now() - start) / 1000 - GRACE_SECONDS) * LEAST_RATE;
    if (socket.bytesRead - before >= due) return;
    incoming.destroy(
      new Refusal(
        408,
        'timeout',
        `Cannot read request: its body came slower than ${LEAST_RATE} bytes a second`,
      ),
    );
  }, 1000);
}

/** Lets the rest of a body pass that nobody will read, so that the client gets to hear why; false if it is too long. */
export async function discardBody(incoming: IncomingMessage): Promise<boolean> {
  if (incoming.readableEnded || incoming.complete) return true;
  if (incoming.destroyed || (declaredLength(incoming) ?? 0) > MAX_BODY_BYTES) return false;
  let length = 0;
  try {
    for await (const chunk of chunksOf(incoming)) {
      length += chunk.length;
      if (length > MAX_BODY_BYTES) return false;
    }
    return true;
  } catch {
    return false;
  }
}

/** Reads a message. @throws {Refusal} 400 if the bytes are not one. */
export function readMessage<T>(codec: Codec<T>, body: Uint8Array): T {
  try {
    return decode(codec, body);
  } catch (cause) {
    if (cause instanceof FormatError) throw new Refusal(400, 'malformed', cause.message);
    throw cause;
  }
}

async function collect(incoming: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunksOf(incoming)) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length);
}

/** The chunks as they come; leaving early keeps the connection, so that an answer can still be sent. */
function chunksOf(incoming: IncomingMessage): AsyncIterable<Uint8Array> {
  return incoming.iterator({ destroyOnReturn: false });
}

function declaredLength(incoming: IncomingMessage): number | undefined {
  const header = incoming.headers['content-length'];
  if (header !== undefined) return Number(header);
  return incoming.headers['transfer-encoding'] === undefined ? 0 : undefined;
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(413, 'too-large', `Cannot read request: its body has more than ${maxBytes} bytes`);
}
