import { decode, encode, type Codec } from '@orrery/bytes';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** A request as the client sent it. */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * What the liar does with a request. `honest` passes it (or another one) on to the real server. A lie that answers
 * through `response` itself returns undefined.
 */
export type Lie = (
  asked: Asked,
  honest: (instead?: Asked) => Promise<Answer>,
  response: ServerResponse,
) => Promise<Answer | undefined> | Answer | undefined;

const tellTheTruth: Lie = (_asked, honest) => honest();

/** A server whose every answer a test controls: it stands before the real one, and clients know only it. */
export class Liar {
  /** Every request, in the order of arrival. */
  readonly heard: Asked[] = [];
  readonly url: string;
  readonly #server: Server;
  #behind = '';
  #lie = tellTheTruth;

  static async start(): Promise<Liar> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Liar(server);
  }

  private constructor(server: Server) {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('Cannot listen: no port');
    this.url = `http://127.0.0.1:${address.port}`;
    this.#server = server;
    server.on('request', (incoming, response) => {
      // What a test breaks off on purpose is the client's to complain about.
      this.#serve(incoming, response).catch((error: unknown) => response.destroy(asError(error)));
    });
  }

  /** Names the real server. */
  hide(url: string): void {
    this.#behind = url;
  }

  /** Lies while `action` runs, and is honest again afterwards. */
  async during<T>(lie: Lie, action: () => Promise<T>): Promise<T> {
    this.#lie = lie;
    try {
      return await action();
    } finally {
      this.#lie = tellTheTruth;
    }
  }

  /** Asks the real server. */
  async pass(asked: Asked): Promise<Answer> {
    const { method, headers } = asked;
    const outgoing = request(this.#behind, {
      path: asked.target,
      method,
      headers: { ...headers, 'content-length': String(asked.body.length) },
      agent: false,
    });
    outgoing.end(asked.body);
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    return {
      status: incoming.statusCode ?? 0,
      headers: texts(incoming),
      body: await readAll(incoming),
    };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked: Asked = {
      method: incoming.method ?? '',
      target: incoming.url ?? '',
      headers: texts(incoming),
      body: await readAll(incoming),
    };
    this.heard.push(asked);
    const answer = await this.#lie(asked, (instead = asked) => this.pass(instead), response);
    if (answer === undefined) return;
    response.writeHead(answer.status, { ...answer.headers, 'content-length': String(answer.body.length) });
    response.end(answer.body);
  }
}

/** Changes the answers to one kind of request, and passes on all others. */
export function changing<T>(
  method: string,
  path: string,
  codec: Codec<T>,
  change: (honest: T, asked: Asked) => T | Promise<T>,
): Lie {
  return async (asked, honest) => {
    const answer = await honest();
    if (!concerns(asked, method, path) || answer.status !== 200) return answer;
    return { ...answer, body: encode(codec, await change(decode(codec, answer.body), asked)) };
  };
}

/** True for a request of that method and path, whatever its query. */
export function concerns({ method, target }: Asked, expected: string, path: string): boolean {
  return method === expected && target.split('?')[0] === path;
}

/** An answer that was never asked of the real server. */
export function invented<T>(codec: Codec<T>, value: T): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/octet-stream' },
    body: encode(codec, value),
  };
}

/** An error as the server words them. */
export function refusal(status: number, code: string, message: string): Answer {
  const body = new TextEncoder().encode(JSON.stringify({ error: { code, message } }));
  return { status, headers: { 'content-type': 'application/json' }, body };
}

async function readAll(stream: IncomingMessage): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for await (const part of stream) if (part instanceof Buffer) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

/** Headers that concern one connection and not the message. */
const HOP_BY_HOP: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding']);

function texts({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && !HOP_BY_HOP.has(name) ? [[name, value]] : [],
    ),
  );
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
