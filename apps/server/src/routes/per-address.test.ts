import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../testing/http.ts';
import { startTestServer } from '../../testing/test-server.ts';

test('a customer with thousands of IPv6 networks opens no more rooms than a site may', async () => {
  const server = await startTestServer({ trustProxy: true, newRoomsPerAddress: '2' });
  const opened = new Map<number, number>();
  for (let network = 0; network < 20; network++) {
    const headers = { 'X-Forwarded-For': `2001:db8:7:${(network * 256).toString(16)}::1` };
    const { status } = await send(`${server.url}/v1/rooms/${'00'.repeat(32)}`, { method: 'POST', headers });
    opened.set(status, (opened.get(status) ?? 0) + 1);
  }
  assert.equal(opened.get(429), 12);
  const elsewhere = { 'X-Forwarded-For': '2001:db8:8::1' };
  const { status } = await send(`${server.url}/v1/rooms/${'00'.repeat(32)}`, {
    method: 'POST',
    headers: elsewhere,
  });
  assert.notEqual(status, 429);
});
