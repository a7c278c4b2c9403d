import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What went through a meter since it was reset: bytes with headers. */
export interface Reading {
  requests: number;
  sent: number;
  received: number;
  mostInFlight: number;
}

/** A proxy on loopback that counts. */
export interface Meter {
  readonly url: string;
  /** What was counted since the last call. */
  take(): Reading;
  stop(): void;
}

/** Passes every request on to `target` as it is. */
export async function startMeter(target: string, port = 0): Promise<Meter> {
  let reading: Reading = empty();
  let inFlight = 0;
  const server = createServer((incoming, answer) => {
    inFlight++;
    reading.requests++;
    reading.mostInFlight = Math.max(reading.mostInFlight, inFlight);
    answer.on('close', () => inFlight--);
    reading.sent += headBytes(`${incoming.method} ${incoming.url} HTTP/1.1`, incoming.rawHeaders);
    pass(target, incoming, answer, reading);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    take() {
      const taken = reading;
      reading = empty();
      return taken;
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function pass(target: string, incoming: IncomingMessage, answer: ServerResponse, reading: Reading): void {
  const url = new URL(incoming.url ?? '/', target);
  const onward = request(url, { method: incoming.method ?? 'GET', headers: incoming.headers }, (response) => {
    reading.received += headBytes(
      `HTTP/1.1 ${response.statusCode} ${response.statusMessage}`,
      response.rawHeaders,
    );
    response.on('data', (part: Buffer) => (reading.received += part.length));
    answer.writeHead(response.statusCode ?? 502, response.rawHeaders);
    response.pipe(answer);
  });
  onward.on('error', () => answer.destroy());
  incoming.on('data', (part: Buffer) => (reading.sent += part.length));
  incoming.pipe(onward);
}

function headBytes(firstLine: string, rawHeaders: readonly string[]): number {
  // Each name is followed by ": ", each value by CR LF; two lines' ends more.
  return firstLine.length + 4 + rawHeaders.reduce((sum, text) => sum + text.length + 2, 0);
}

function empty(): Reading {
  return { requests: 0, sent: 0, received: 0, mostInFlight: 0 };
}
