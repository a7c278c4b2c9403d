import { request as httpRequest, type IncomingMessage } from 'node:http';
import { MAX_BODY_BYTES } from '../limits.ts';

/** Milliseconds without a byte after which a request is given up. */
const SILENCE_LIMIT = 40_000;

/** Milliseconds after which a request is given up however it trickles. */
const TOTAL_LIMIT = 180_000;

export interface HttpAnswer {
  readonly status: number;
  readonly body: Uint8Array;
  /** The server's `Date` header in Unix seconds, if it sent one. */
  readonly date: number | undefined;
  /** Seconds after which the server wants to be asked again, if it said so. */
  readonly retryAfter: number | undefined;
}

/** The server could not be reached, or broke off, or sent too much or too slowly. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  /** The origin of its URL. */
  readonly server: string;

  constructor(server: string, message: string, options: ErrorOptions) {
    super(message, options);
    this.server = server;
  }
}

/**
 * Sends one HTTP request and reads the whole answer within the limits.
 * @throws {TransportError}
 */
export async function exchange(
  url: URL,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  signal?: AbortSignal,
): Promise<HttpAnswer> {
  const send = url.protocol === 'https:' ? (await import('node:https')).request : httpRequest;
  const limit = AbortSignal.timeout(TOTAL_LIMIT);
  const signals = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = send(url, {
        method,
        headers: { ...headers, 'content-length': String(body.length) },
        signal: signals,
        timeout: SILENCE_LIMIT,
      });
      request.on('response', resolve).on('error', reject);
      request.on('timeout', () => request.destroy(new Error(`no byte for ${SILENCE_LIMIT / 1000} s`)));
      request.end(body);
    });
    return {
      status: answer.statusCode ?? 0,
      body: await readBody(answer),
      date: parseDate(answer.headers.date),
      retryAfter: parseSeconds(answer.headers['retry-after']),
    };
  } catch (cause) {
    // What its user has to know is that it took too long, not how it was broken off.
    const reason: unknown = limit.aborted ? limit.reason : cause;
    const late = `no whole answer within ${TOTAL_LIMIT / 1000} s`;
    const why = limit.aborted ? late : cause instanceof Error ? cause.message : String(cause);
    throw new TransportError(url.origin, `Cannot ${method} ${url.origin}${url.pathname}: ${why}`, {
      cause: reason,
    });
  }
}

async function readBody(answer: IncomingMessage): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of answer) {
    if (!(part instanceof Uint8Array)) continue;
    length += part.length;
    if (length > MAX_BODY_BYTES) {
      answer.destroy();
      throw new RangeError(`the answer has more than ${MAX_BODY_BYTES} bytes`);
    }
    parts.push(part);
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts, length);
}

function parseDate(header: string | undefined): number | undefined {
  const time = Date.parse(header ?? '');
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}

/** Whole seconds; the other form of Retry-After, a date (RFC 9110, 10.2.3), is not waited for. */
function parseSeconds(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
}
