import { decode, type Codec } from '@orrery/bytes';
import assert from 'node:assert/strict';
import { request, type IncomingHttpHeaders } from 'node:http';

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal;
}

/** An answer, read to its end. */
export class Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;

  constructor(status: number, headers: IncomingHttpHeaders, body: Uint8Array) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  get text(): string {
    return new TextDecoder().decode(this.body);
  }

  /** The status and the word of the error. Fails unless it is an error as all errors are. */
  get refusal(): string {
    assert.equal(this.headers['content-type'], 'application/json');
    const form = /^\{"error":\{"code":"([a-z-]+)","message":"[A-Z](?:[^"\\]|\\.){10,}"\}\}\n$/;
    const code = form.exec(this.text)?.[1];
    assert.ok(code !== undefined, this.text);
    return `${this.status} ${code}`;
  }

  /** The message of a success. */
  read<T>(codec: Codec<T>): T {
    assert.ok(this.status < 300, `${this.status} ${this.text}`);
    return decode(codec, this.body);
  }
}

/** Sends one request on a connection of its own. */
export function send(
  url: URL | string,
  { method = 'GET', headers = {}, body, signal }: Sent = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = 'transfer-encoding' in headers ? {} : { 'content-length': String(body?.length ?? 0) };
    const options = { method, headers: { ...length, ...headers }, agent: false };
    const outgoing = request(url, signal === undefined ? options : { ...options, signal }, (incoming) => {
      const chunks: Uint8Array[] = [];
      incoming.on('data', (chunk: Uint8Array) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve(
          new Answer(incoming.statusCode ?? 0, incoming.headers, new Uint8Array(Buffer.concat(chunks))),
        ),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Does the same several times, one after the other. */
export async function repeat(count: number, action: () => Promise<unknown>): Promise<void> {
  for (let done = 0; done < count; done += 1) await action();
}
