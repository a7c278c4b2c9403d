import { encode } from '@orrery/bytes';
import {
  appendCodec,
  classicSuite,
  Device,
  hybridSuite,
  ledgerPageCodec,
  MAX_BODY_BYTES,
} from '@orrery/vault';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { repeat, send } from '../testing/http.ts';
import { Machine, makeObject, type Twist } from '../testing/machine.ts';
import { startTestServer } from '../testing/test-server.ts';

const server = await startTestServer();
const machine = await Machine.found(server);
const classic = await Machine.found(server, classicSuite);
const other = await Machine.found(server);

const FORBIDDEN = 'Cannot accept request token: its signature does not verify';

test('a request token of an admitted device is accepted, of either suite', async () => {
  assert.equal((await machine.ledger()).status, 200);
  assert.equal((await classic.ledger()).status, 200);
});

test('a request without a token of the protocol is refused', async () => {
  const get = (headers: Record<string, string>) => send(`${server.url}/v1/ledger`, { headers });
  for (const authorization of ['', 'Bearer', 'Bearer a b', 'Basic YTpi', `bearer ${'x'.repeat(20)}`])
    assert.equal((await get({ authorization })).refusal, '401 malformed');
  const refused = await get({});
  assert.equal(refused.refusal, '401 malformed');
  assert.equal(refused.headers['www-authenticate'], 'Bearer');
  for (const token of ['a.b.c', 'a.b', 'e30.e30.e30', '...', `${'a'.repeat(9_000)}.b.c`])
    assert.equal((await machine.ledger(0, { token })).refusal, '401 malformed');
});

test('who is not known and who cannot sign hear the same', async () => {
  const stranger = Device.generate(hybridSuite);
  const classicStranger = Device.generate(classicSuite);
  const twists: readonly Twist[] = [
    { device: stranger },
    { device: classicStranger },
    { device: stranger, username: 'nobody' },
    { username: 'nobody' },
    { username: other.username },
    { username: 'No Username!' },
    { device: other.device },
    { device: other.device, account: other.account },
    { machine: 'desktop' },
  ];
  const answers = await Promise.all(twists.map((twist) => machine.ledger(0, twist)));
  for (const answer of answers) {
    assert.equal(answer.refusal, '401 forbidden');
    assert.match(answer.text, new RegExp(FORBIDDEN));
  }
});

test('an altered signature is refused', async () => {
  const [header = '', claims = '', signature = ''] = (await machine.token('GET', '/v1/ledger')).split('.');
  const bytes = Uint8Array.fromBase64(signature, { alphabet: 'base64url' });
  for (const altered of [bytes.with(100, (bytes[100] ?? 0) ^ 1), bytes.subarray(1), new Uint8Array()]) {
    const part = altered.toBase64({ alphabet: 'base64url', omitPadding: true });
    const answer = await machine.ledger(undefined, { token: `${header}.${claims}.${part}` });
    assert.equal(answer.refusal, '401 forbidden');
  }
});

test('the algorithm in the header of a token chooses nothing', async () => {
  const rewrite = async (signer: Machine, alg: string): Promise<string> => {
    const [, claims = '', signature = ''] = (await signer.token('GET', '/v1/ledger')).split('.');
    const header = new TextEncoder().encode(JSON.stringify({ alg, typ: 'JWT' }));
    const encoded = header.toBase64({ alphabet: 'base64url', omitPadding: true });
    return `${encoded}.${claims}.${alg === 'none' ? '' : signature}`;
  };
  for (const alg of ['none', 'ES256', 'HS256', 'ML-DSA-44', 'EdDSA'])
    assert.equal(
      (await machine.ledger(undefined, { token: await rewrite(machine, alg) })).refusal,
      '401 forbidden',
    );
  for (const alg of ['none', 'ML-DSA-65', 'HS256'])
    assert.equal(
      (await classic.ledger(undefined, { token: await rewrite(classic, alg) })).refusal,
      '401 forbidden',
    );
});

test('a token is good for one method, path, query, account and server', async () => {
  const twists: readonly Twist[] = [
    { signedMethod: 'POST' },
    { signedTarget: '/v1/ledger?after=1' },
    { signedTarget: '/v1/ledger' },
    { signedTarget: '/v1/devices' },
    { account: other.account },
  ];
  for (const twist of twists) assert.equal((await machine.ledger(0, twist)).refusal, '401 forbidden');
  const https = server.url.replace('http:', 'https:');
  for (const origin of ['http://127.0.0.1:1', https, 'http://evil.example', 'not a url'])
    assert.equal((await machine.ledger(0, { origin })).refusal, '401 origin');
});

test('a server on loopback answers to each of its names, however they are spelt', async () => {
  const { port } = new URL(server.url);
  for (const origin of [`http://localhost:${port}`, `http://[::1]:${port}`, `HTTP://LocalHost:${port}/`])
    assert.equal((await machine.ledger(0, { origin })).status, 200, origin);
});

test('a token that expired or is not yet good is refused for the clock, with the time here', async () => {
  for (const time of [server.clock.now - 120, server.clock.now + 31, server.clock.now - 100_000]) {
    const answer = await machine.ledger(0, { time });
    assert.equal(answer.refusal, '401 clock');
    assert.match(answer.headers.date ?? '', / GMT$/);
  }
  for (const time of [server.clock.now - 119, server.clock.now + 30])
    assert.equal((await machine.ledger(0, { time })).status, 200);
});

test('a body that its token was not signed for has no effect', async () => {
  const object = makeObject(100);
  const changed = { ...object, bytes: object.bytes.with(0, (object.bytes[0] ?? 0) ^ 1) };
  const signedBody = encode(appendCodec, []);
  assert.equal((await machine.upload([changed], { signedBody })).refusal, '401 forbidden');
  const found = await machine.download([object.id]);
  assert.deepEqual(found.body.slice(-1), Uint8Array.of(0));
});

test('a token of a write is good for one request', async () => {
  const target = '/v1/objects';
  const body = new Uint8Array(4);
  const token = await machine.token('POST', target, body);
  assert.equal((await machine.request('POST', target, body, { token })).status, 204);
  assert.equal((await machine.request('POST', target, body, { token })).refusal, '401 replayed');
  server.clock.now += 60;
  await server.store.collect(server.clock.now);
  assert.equal((await machine.request('POST', target, body, { token })).refusal, '401 replayed');
  server.clock.now += 60;
  await server.store.collect(server.clock.now);
  assert.equal((await machine.request('POST', target, body, { token })).refusal, '401 clock');
});

test('a token of a read may be used again', async () => {
  const token = await machine.token('GET', '/v1/ledger');
  await repeat(2, async () => (await machine.ledger(undefined, { token })).read(ledgerPageCodec));
  const body = new Uint8Array(4);
  const reading = await machine.token('POST', '/v1/objects/read', body);
  await repeat(2, async () =>
    assert.equal((await machine.request('POST', '/v1/objects/read', body, { token: reading })).status, 200),
  );
});

test('a body longer than the protocol allows is refused, declared or not', async () => {
  const body = new Uint8Array(MAX_BODY_BYTES + 1);
  assert.equal((await machine.request('POST', '/v1/objects', body)).refusal, '413 too-large');
  const chunked = { headers: { 'transfer-encoding': 'chunked' } };
  assert.equal((await machine.request('POST', '/v1/objects', body, chunked)).refusal, '413 too-large');
});

test('a refusal is heard although its long body is not read', async () => {
  const body = new Uint8Array(MAX_BODY_BYTES);
  const answer = await machine.request('POST', '/v1/objects', body, { time: server.clock.now - 500 });
  assert.equal(answer.refusal, '401 clock');
});

test('one machine may ask so often in a minute, and appends are counted apart', async () => {
  const strict = await startTestServer({ requestsPerMinute: '3', appendsPerMinute: '1' });
  const busy = await Machine.found(strict);
  await repeat(3, async () => assert.equal((await busy.ledger(0)).status, 200));
  const refused = await busy.ledger(0);
  assert.equal(refused.refusal, '429 limit');
  assert.equal(refused.headers['retry-after'], '60');
  strict.clock.now += 60;
  assert.equal((await busy.ledger(0)).status, 200);
});

test('with --origin only tokens for it are accepted', async () => {
  const named = await startTestServer({ origin: ['https://Sync.Example:443/', 'http://10.0.0.1:3000'] });
  const at = new Machine({ ...named, url: named.url }, 'alice', 'laptop', Device.generate(hybridSuite));
  const genesis = await at.genesis();
  at.account = (await at.register(genesis)).body.slice(-32);
  for (const origin of ['https://sync.example', 'https://sync.example:443', 'http://10.0.0.1:3000'])
    assert.equal((await at.ledger(0, { origin })).status, 200, origin);
  for (const origin of [named.url, 'http://sync.example', 'https://sync.example:444'])
    assert.equal((await at.ledger(0, { origin })).refusal, '401 origin', origin);
});

test('with --origin nobody begins under another address: the request says where it was sent', async () => {
  const named = await startTestServer({ origin: ['https://sync.example'] });
  const founder = new Machine(named, 'alice', 'laptop', Device.generate(hybridSuite));
  const genesis = await founder.genesis();
  for (const origin of [named.url, 'http://sync.example', 'nothing', ''])
    assert.equal(
      (await founder.register(genesis, { 'server-origin': origin })).refusal,
      '421 origin',
      origin,
    );
  const room = { method: 'POST', headers: { 'server-origin': named.url }, body: new Uint8Array(128) };
  assert.equal((await send(`${named.url}/v1/rooms/${'0'.repeat(64)}`, room)).refusal, '421 origin');
  const right = { 'server-origin': 'https://Sync.example:443/' };
  assert.equal((await founder.register(genesis, right)).status, 201);
});

test('without --origin a server for others takes the origin that the client names, and warns', async () => {
  const open = await startTestServer({ listen: '0.0.0.0:0' });
  const { port } = new URL(open.url);
  const url = `http://127.0.0.1:${port}`;
  const there = await Machine.found({ ...open, url });
  assert.equal((await there.ledger(0)).status, 200);
  assert.equal((await there.ledger(0, { origin: 'http://other.example' })).refusal, '401 origin');
  const host = { host: 'other.example' };
  assert.equal((await there.ledger(0, { origin: 'http://other.example', headers: host })).status, 200);
  const forwarded = { 'x-forwarded-host': 'sync.example', 'x-forwarded-proto': 'https' };
  const behind = { origin: 'https://sync.example', headers: forwarded };
  assert.equal((await there.ledger(0, behind)).refusal, '401 origin');
  assert.equal(open.log.filter((line) => line.includes('--origin')).length, 1);

  const proxied = await startTestServer({ listen: '0.0.0.0:0', trustProxy: true });
  const hidden = await Machine.found({ ...proxied, url: `http://127.0.0.1:${new URL(proxied.url).port}` });
  assert.equal((await hidden.ledger(0, behind)).status, 200);
});
