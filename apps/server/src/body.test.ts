import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Machine } from '../testing/machine.ts';
import { RawConnection } from '../testing/raw.ts';
import { startTestServer } from '../testing/test-server.ts';

test('a body that hardly moves is cut off long before the request has used up its time', async () => {
  const server = await startTestServer();
  const machine = await Machine.found(server);
  const connection = await RawConnection.open(server.url);
  const token = await machine.token('POST', '/v1/objects');
  connection.sendHead('/v1/objects', 1024 * 1024, token);
  const trickle = setInterval(() => connection.send('x'), 500);
  const answer = await connection.end();
  clearInterval(trickle);
  assert.match(answer, /^(HTTP\/1\.1 408 .*"timeout".*)?$/s);
});
