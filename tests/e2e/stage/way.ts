import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** The way between clients and a server, on which a test can stop what clients send. */
export class Way {
  /** What clients know as the server. */
  readonly url: string;
  readonly #listener: Server;
  readonly #open = new Set<Socket>();
  #port = 0;
  #left = Number.POSITIVE_INFINITY;
  #held = Promise.withResolvers<void>();
  #released = Promise.resolve();
  #release = (): void => undefined;

  static async open(): Promise<Way> {
    const listener = createServer();
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new Way(listener);
  }

  private constructor(listener: Server) {
    const address = listener.address();
    if (address === null || typeof address === 'string') throw new Error('Cannot listen: no port');
    this.url = `http://127.0.0.1:${address.port}`;
    this.#listener = listener;
    listener.on('connection', (client) => this.#forward(client));
  }

  /** Says where the server is. */
  lead(port: number): void {
    this.#port = port;
  }

  /** Lets so many bytes pass towards the server, and then holds the rest back. The promise tells when. */
  holdAfter(bytes: number): Promise<void> {
    this.#left = bytes;
    this.#held = Promise.withResolvers();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#released = promise;
    this.#release = resolve;
    return this.#held.promise;
  }

  release(): void {
    this.#left = Number.POSITIVE_INFINITY;
    this.#release();
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    this.#listener.close();
    await once(this.#listener, 'close');
  }

  #forward(client: Socket): void {
    const server = connect(this.#port, '127.0.0.1');
    for (const socket of [client, server]) {
      this.#open.add(socket);
      socket.on('close', () => {
        this.#open.delete(socket);
        client.destroy();
        server.destroy();
      });
      // Whoever breaks off closes both sides; the client says what that meant to it.
      socket.on('error', () => undefined);
    }
    server.pipe(client);
    let last = Promise.resolve();
    client.on('data', (chunk: Buffer) => {
      last = last.then(() => this.#pass(chunk, server));
    });
  }

  async #pass(chunk: Buffer, server: Socket): Promise<void> {
    const passing = Math.min(this.#left, chunk.length);
    server.write(chunk.subarray(0, passing));
    this.#left -= passing;
    if (passing === chunk.length) return;
    this.#held.resolve();
    await this.#released;
    server.write(chunk.subarray(passing));
  }
}
