import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { exchange } from './http.ts';

test('exchange gives up an answer that takes too long, and names that and not what it did about it', async (context) => {
  const server = createServer((_request, response) => {
    response.writeHead(200).flushHeaders();
    // The client has the headers by then, and waits for the body.
    setTimeout(() => context.mock.timers.tick(180_000), 50);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  // The types of Node.js do not name this one yet.
  const timers: { enable(options?: { readonly apis: readonly string[] }): void } = context.mock.timers;
  timers.enable({ apis: ['AbortSignal.timeout'] });
  try {
    const url = new URL(`http://127.0.0.1:${address.port}/path`);
    await assert.rejects(exchange(url, 'GET', {}, new Uint8Array()), (error: Error) => {
      assert.equal(error.message, `Cannot GET ${url.href}: no whole answer within 180 s`);
      assert.ok(
        error.cause instanceof DOMException,
        'not ECONNRESET, which would be told as the fault of the server',
      );
      return true;
    });
  } finally {
    context.mock.timers.reset();
    server.closeAllConnections();
    server.close();
  }
});
