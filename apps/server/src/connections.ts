import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import type { Configuration } from './configuration.ts';
import { errorBody } from './errors.ts';

/** Limits connections in all and, unless a proxy makes them all, of each address. */
export function limitConnections(server: Server, { limits, trustProxy }: Configuration): void {
  server.maxConnections = limits.maxConnections;
  if (trustProxy) return;
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const count = (open.get(address) ?? 0) + 1;
    if (count > limits.connectionsPerAddress) {
      socket.destroy();
      return;
    }
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
  });
}

/** What Node.js says of a request that is none, and what it has for too late and too long. */
const brokenRequests: Readonly<Record<string, readonly [string, string, string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'too-large', 'its headers are too long'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'timeout', 'it took too long'],
};

/** Answers what cannot be read as HTTP in the form of all other errors. */
export function answerBrokenRequests(server: Server): void {
  server.on('clientError', (error: Error & { code?: string }, socket: Duplex) => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const [status, code, why] = brokenRequests[error.code ?? ''] ?? [
      '400 Bad Request',
      'malformed',
      'it is not HTTP',
    ];
    const body = errorBody(code, `Cannot read request: ${why}`);
    const headers = [
      `HTTP/1.1 ${status}`,
      `Date: ${new Date().toUTCString()}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      'Connection: close',
    ];
    socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`);
  });
}
