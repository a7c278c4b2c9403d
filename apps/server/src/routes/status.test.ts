import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../testing/http.ts';
import { Machine } from '../../testing/machine.ts';
import { startTestServer } from '../../testing/test-server.ts';

test('GET / names the program', async () => {
  const server = await startTestServer();
  const answer = await send(server.url);
  assert.equal(answer.status, 200);
  assert.match(answer.text, /^ssh-sync-server \d+\.\d+\.\d+\n$/);
});

test('GET /healthz answers as long as the store does', async () => {
  const server = await startTestServer();
  assert.equal((await send(`${server.url}/healthz`)).text, 'ok\n');
  server.store.check = () => Promise.reject(new Error('gone'));
  assert.equal((await send(`${server.url}/healthz`)).refusal, '503 unavailable');
});

test('GET /metrics counts without names, for this machine alone', async () => {
  const server = await startTestServer();
  const machine = await Machine.found(server);
  await machine.admit('desktop');
  await machine.addObjects(1000, 24);
  await send(`${server.url}/no/such/path`, { method: 'PROPFIND' });
  const { text, headers } = await send(`${server.url}/metrics`);
  assert.match(headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(text, /^ssh_sync_accounts 1$/m);
  assert.match(text, /^ssh_sync_devices 2$/m);
  assert.match(text, /^ssh_sync_objects 2$/m);
  assert.match(text, /^ssh_sync_object_bytes 1024$/m);
  assert.match(text, /^ssh_sync_requests_total\{method="POST",route="\/v1\/ledger",status="200"\} 2$/m);
  assert.match(text, /^ssh_sync_requests_total\{method="other",route="[^"]*\*",status="404"\} 1$/m);
  for (const secret of [machine.username, 'desktop', machine.account.toHex()])
    assert.ok(!text.includes(secret));
  for (const header of ['x-forwarded-for', 'forwarded', 'via', 'x-forwarded-host'])
    assert.equal(
      (await send(`${server.url}/metrics`, { headers: { [header]: '127.0.0.1' } })).refusal,
      '404 not-found',
    );
  const shown = await startTestServer({ metrics: 'all' });
  assert.equal((await send(`${shown.url}/metrics`, { headers: { via: '1.1 proxy' } })).status, 200);
});

test('what is not there is a 404', async () => {
  const server = await startTestServer();
  for (const [method, path] of [
    ['GET', '/v1'],
    ['GET', '/v1/accounts'],
    ['DELETE', '/v1/ledger'],
    ['PUT', '/v1/objects'],
    ['GET', '/v1/ledger/'],
    ['OPTIONS', '/'],
  ] as const)
    assert.equal((await send(`${server.url}${path}`, { method })).refusal, '404 not-found');
});
