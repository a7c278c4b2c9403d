import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { after } from 'node:test';
import { decode, encode } from '@orrery/bytes';
import { headCodec, recordCodec } from '../src/ledger/entry.ts';
import { ServerError } from '../src/remote/server-error.ts';
import { unverifiedClaims } from '../src/request/token.ts';
import {
  appendCodec,
  appendedCodec,
  foundCodec,
  ledgerPageCodec,
  objectsCodec,
  seenCodec,
  wantedCodec,
} from '../src/request/wire.ts';
import { MemoryServer } from './memory-remote.ts';

/** A request as it came, its token included. */
export interface Received {
  readonly method: string;
  readonly target: string;
  readonly authorization: string;
  readonly body: Uint8Array;
}

export interface Reply {
  readonly status: number;
  readonly body?: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A server of one account over HTTP, on a loopback port, that believes every token: what tokens are worth is the real
 * server's to test. A test may answer in its place, or break the connection off.
 */
export class HttpServer {
  readonly memory = new MemoryServer();
  readonly received: Received[] = [];
  readonly url: URL;
  /** Answers in place of the server, or not (undefined). */
  instead: (request: Received) => Reply | 'reset' | undefined = () => undefined;
  /** Whether an answer is lost after the request took effect. */
  loses: (request: Received) => boolean = () => false;

  static async start(): Promise<HttpServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    after(() => {
      server.closeAllConnections();
      server.close();
    });
    return new HttpServer(server);
  }

  private constructor(server: Server) {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TypeError('Cannot listen: no port');
    this.url = new URL(`http://127.0.0.1:${address.port}`);
    server.on('request', (incoming, response) => {
      void this.#serve(incoming).then((reply) => {
        if (reply === 'reset') return void incoming.socket.destroy();
        response.writeHead(reply.status, { ...reply.headers });
        response.end(reply.body);
      });
    });
  }

  async #serve(incoming: IncomingMessage): Promise<Reply | 'reset'> {
    const parts: Buffer[] = [];
    for await (const part of incoming) if (part instanceof Buffer) parts.push(part);
    const request: Received = {
      method: incoming.method ?? '',
      target: incoming.url ?? '',
      authorization: incoming.headers.authorization ?? '',
      body: new Uint8Array(Buffer.concat(parts)),
    };
    this.received.push(request);
    const reply = this.instead(request) ?? (await this.#answer(request));
    return this.loses(request) ? 'reset' : reply;
  }

  async #answer(request: Received): Promise<Reply> {
    try {
      return request.target === '/v1/accounts' ? this.#found(request) : await this.#serveMember(request);
    } catch (cause) {
      if (!(cause instanceof ServerError)) return { status: 500, body: String(cause) };
      return errorReply(cause.status, cause.code);
    }
  }

  #found({ body }: Received): Reply {
    if (this.memory.records.length > 0) throw new ServerError(409, 'username-taken', 'taken');
    this.memory.found(decode(recordCodec, body));
    return { status: 201, body: encode(headCodec, this.memory.state.head) };
  }

  async #serveMember({ method, target, authorization, body }: Received): Promise<Reply> {
    const { sub } = unverifiedClaims(authorization.replace(/^Bearer /, ''));
    const device = Uint8Array.fromHex(sub);
    const remote = this.memory.remote({ id: device });
    const url = new URL(target, this.url);
    switch (`${method} ${url.pathname}`) {
      case 'GET /v1/ledger':
        return ok(encode(ledgerPageCodec, await remote.ledger(Number(url.searchParams.get('after')))));
      case 'POST /v1/ledger': {
        const accepted = await remote.append(decode(appendCodec, body));
        if (!accepted) throw new ServerError(409, 'conflict', 'moved');
        return ok(encode(appendedCodec, { head: this.memory.state.head, accepted }));
      }
      case 'POST /v1/objects':
        await remote.putObjects(decode(objectsCodec, body));
        return { status: 204 };
      case 'POST /v1/objects/read': {
        const wanted = decode(wantedCodec, body);
        const found = await remote.getObjects(wanted);
        // Never more than two at once, so that the client has to ask again.
        return ok(
          encode(
            foundCodec,
            wanted.slice(0, 2).map((id) => ({ id, bytes: found.get(id.toHex()) })),
          ),
        );
      }
      case 'GET /v1/devices':
        return ok(encode(seenCodec, [{ device, seen: 1_800_000_000n }]));
      default:
        throw new ServerError(404, 'not-found', 'no such path');
    }
  }
}

function ok(body: Uint8Array): Reply {
  return { status: 200, body };
}

/** An error as the server words them. */
export function errorReply(status: number, code: string, headers: Reply['headers'] = {}): Reply {
  return { status, headers, body: JSON.stringify({ error: { code, message: `the words of ${code}` } }) };
}
