import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection over which anything can be sent, HTTP or not. */
export class RawConnection {
  readonly socket: Socket;
  #received = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (this.#received += text));
    // What a server that hangs up leads to; what it said before counts.
    socket.on('error', () => socket.destroy());
  }

  static async open(url: string): Promise<RawConnection> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  send(...lines: readonly string[]): void {
    this.socket.write(lines.join('\r\n'));
  }

  /** The beginning of a request whose body is still to come. */
  sendHead(path: string, length: number, token: string, ...headers: readonly string[]): void {
    const lines = [
      `POST ${path} HTTP/1.1`,
      'Host: x',
      `Content-Length: ${length}`,
      `Authorization: Bearer ${token}`,
    ];
    this.send(...lines, ...headers, '', '');
  }

  /** What was received until the server closed the connection. */
  async end(): Promise<string> {
    if (!this.socket.closed) await once(this.socket, 'close');
    return this.#received;
  }

  /** Resolves as soon as `pattern` was received. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#received)) await once(this.socket, 'data');
    return this.#received;
  }
}
