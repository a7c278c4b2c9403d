import { encode } from '@orrery/bytes';
import { randomBytes, sha256 } from '@orrery/crypto';
import { MAX_ROOM_MESSAGE, roomTokensCodec, type Role } from '@orrery/rendezvous';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, repeat, send } from '../../testing/http.ts';
import { startTestServer, type TestServer } from '../../testing/test-server.ts';

interface TestRoom {
  readonly id: string;
  readonly tokens: Readonly<Record<Role, readonly Uint8Array[]>>;
}

function makeRoom(): TestRoom {
  const pair = () => [randomBytes(32), randomBytes(32)];
  return { id: randomBytes(32).toHex(), tokens: { newcomer: pair(), admitter: pair() } };
}

function open({ url }: TestServer, { id, tokens }: TestRoom): Promise<Answer> {
  const hashes = { newcomer: tokens.newcomer.map(sha256), admitter: tokens.admitter.map(sha256) };
  return send(`${url}/v1/rooms/${id}`, { method: 'POST', body: encode(roomTokensCodec, hashes) });
}

function write(
  { url }: TestServer,
  room: TestRoom,
  role: Role,
  slot: number,
  message: Uint8Array,
): Promise<Answer> {
  const headers = { 'room-token': room.tokens[role][slot]?.toHex() ?? '' };
  return send(`${url}/v1/rooms/${room.id}/${role}/${slot}`, { method: 'PUT', headers, body: message });
}

function read({ url }: TestServer, { id }: TestRoom, role: Role, slot: number, wait = 0): Promise<Answer> {
  return send(`${url}/v1/rooms/${id}/${role}/${slot}?wait=${wait}`);
}

const hello = new TextEncoder().encode('hello');

test('two parties meet in a room, each slot is written once, and repeating changes nothing', async () => {
  const server = await startTestServer();
  const room = makeRoom();
  assert.equal((await open(server, room)).status, 201);
  assert.equal((await open(server, room)).status, 200);
  assert.equal((await open(server, { ...makeRoom(), id: room.id })).refusal, '409 taken');

  assert.equal((await read(server, room, 'newcomer', 0)).status, 204);
  assert.equal((await write(server, room, 'newcomer', 0, hello)).status, 204);
  assert.equal((await write(server, room, 'newcomer', 0, hello)).status, 204);
  assert.equal((await write(server, room, 'newcomer', 0, hello.subarray(1))).refusal, '409 taken');
  const answer = await read(server, room, 'newcomer', 0);
  assert.deepEqual([answer.status, answer.text], [200, 'hello']);
  assert.equal((await read(server, room, 'newcomer', 1)).status, 204);
  assert.equal((await write(server, room, 'admitter', 1, hello)).status, 204);
  assert.equal((await read(server, room, 'admitter', 1)).text, 'hello');
});

test('of two writers of a slot at once one wins', async () => {
  const server = await startTestServer();
  const room = makeRoom();
  await open(server, room);
  const answers = await Promise.all(
    ['a', 'b'].map((text) => write(server, room, 'admitter', 0, new TextEncoder().encode(text))),
  );
  assert.deepEqual(answers.map(({ status }) => String(status)).toSorted(), ['204', '409']);
});

test('only the write token of its very slot fills a slot', async () => {
  const server = await startTestServer();
  const room = makeRoom();
  await open(server, room);
  const put = (token: string) =>
    send(`${server.url}/v1/rooms/${room.id}/newcomer/0`, {
      method: 'PUT',
      headers: { 'room-token': token },
      body: hello,
    });
  for (const token of [room.tokens.newcomer[1], room.tokens.admitter[0], randomBytes(32)])
    assert.equal((await put(token?.toHex() ?? '')).refusal, '403 forbidden');
  assert.equal((await put(sha256(room.tokens.newcomer[0] ?? hello).toHex())).refusal, '403 forbidden');
  assert.equal((await put('')).refusal, '400 malformed');
  assert.equal((await put('ff')).refusal, '400 malformed');
  assert.equal((await read(server, room, 'newcomer', 0)).status, 204);
});

test('what is no room, no slot, no message or no wait is refused', async () => {
  const server = await startTestServer();
  const room = makeRoom();
  await open(server, room);
  const at = (path: string, method = 'GET', body?: Uint8Array) =>
    send(`${server.url}/v1/rooms/${path}`, body === undefined ? { method } : { method, body });
  for (const path of [
    '/newcomer/2',
    '/newcomer/00',
    '/newcomer/-1',
    '/server/0',
    '/newcomer/x',
    '/constructor/0',
  ])
    assert.equal((await at(room.id + path)).refusal, '404 no-room', path);
  assert.equal((await at(`${randomBytes(32).toHex()}/newcomer/0`)).refusal, '404 no-room');
  for (const id of ['00', 'x'.repeat(64), room.id.toUpperCase(), `${room.id}00`])
    assert.equal((await at(`${id}/newcomer/0`)).refusal, '400 malformed');
  assert.equal((await at('00', 'POST', new Uint8Array(128))).refusal, '400 malformed');
  assert.equal((await at(randomBytes(32).toHex(), 'POST', new Uint8Array(127))).refusal, '400 malformed');
  assert.equal((await at(randomBytes(32).toHex(), 'POST', new Uint8Array(2000))).refusal, '413 too-large');
  for (const wait of ['x', '-1', '1.5', '1000'])
    assert.equal((await at(`${room.id}/newcomer/0?wait=${wait}`)).refusal, '400 malformed');
  assert.equal(
    (await write(server, room, 'newcomer', 0, new Uint8Array(MAX_ROOM_MESSAGE + 1))).refusal,
    '413 too-large',
  );
  assert.equal((await write(server, room, 'newcomer', 0, new Uint8Array())).refusal, '400 malformed');
  assert.equal((await write(server, room, 'newcomer', 0, new Uint8Array(MAX_ROOM_MESSAGE))).status, 204);
});

test('a reader that waits gets the message as soon as it is written', async () => {
  const server = await startTestServer();
  const room = makeRoom();
  await open(server, room);
  const waiting = [read(server, room, 'newcomer', 0, 25), read(server, room, 'newcomer', 0, 25)];
  const elsewhere = read(server, room, 'newcomer', 1, 25);
  await untilPolls(server, 3);
  await write(server, room, 'newcomer', 0, hello);
  for (const answer of await Promise.all(waiting)) assert.equal(answer.text, 'hello');
  // A message in another slot ends the wait, and the reader asks again.
  assert.equal((await elsewhere).status, 204);
  await untilPolls(server, 0);
});

test('a reader that waits in vain hears "not yet", also when the server stops', async () => {
  const server = await startTestServer();
  const room = makeRoom();
  await open(server, room);
  assert.equal((await read(server, room, 'newcomer', 0, 1)).status, 204);
  const waiting = read(server, room, 'newcomer', 0, 25);
  await untilPolls(server, 1);
  await server.close();
  assert.equal((await waiting).status, 204);
});

test('a reader that goes away waits no longer', async () => {
  const server = await startTestServer();
  const room = makeRoom();
  await open(server, room);
  const leaving = new AbortController();
  const { signal } = leaving;
  const waiting = send(`${server.url}/v1/rooms/${room.id}/newcomer/0?wait=25`, { signal });
  await untilPolls(server, 1);
  leaving.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
  await untilPolls(server, 0);
});

test('a room lives ten minutes, and its id is free then', async () => {
  const server = await startTestServer();
  const room = makeRoom();
  await open(server, room);
  server.clock.now += 599;
  await server.store.collect(server.clock.now);
  assert.equal((await read(server, room, 'newcomer', 0)).status, 204);
  server.clock.now += 1;
  assert.equal((await read(server, room, 'newcomer', 0)).refusal, '404 expired');
  assert.equal((await write(server, room, 'newcomer', 0, hello)).refusal, '404 expired');
  assert.equal((await server.store.collect(server.clock.now)).rooms, 1);
  assert.equal((await read(server, room, 'newcomer', 0)).refusal, '404 no-room');
  assert.equal((await open(server, { ...makeRoom(), id: room.id })).status, 201);
});

test('who guesses ids of rooms is soon refused, and who polls a real room is not', async () => {
  const server = await startTestServer({
    trustProxy: true,
    roomMissesPerAddress: '3',
    roomRequestsPerAddress: '50',
  });
  const room = makeRoom();
  await open(server, room);
  const from = (address: string, id: string) =>
    send(`${server.url}/v1/rooms/${id}/newcomer/0`, {
      headers: { 'x-forwarded-for': `203.0.113.9, ${address}` },
    });
  await repeat(20, async () => assert.equal((await from('192.0.2.1', room.id)).status, 204));
  await repeat(3, async () =>
    assert.equal((await from('192.0.2.2', randomBytes(32).toHex())).refusal, '404 no-room'),
  );
  const refused = await from('192.0.2.2', randomBytes(32).toHex());
  assert.equal(refused.refusal, '429 limit');
  assert.equal(refused.headers['retry-after'], '600');
  assert.equal((await from('192.0.2.2', room.id)).refusal, '429 limit');
  assert.equal((await from('192.0.2.1', room.id)).status, 204);
  server.clock.now += 599;
  await open(server, makeRoom());
  assert.equal((await from('192.0.2.2', randomBytes(32).toHex())).refusal, '429 limit');
  server.clock.now += 1;
  assert.equal((await from('192.0.2.2', randomBytes(32).toHex())).refusal, '404 no-room');
});

test('a network of IPv6 counts as one address', async () => {
  const server = await startTestServer({ trustProxy: true, roomMissesPerAddress: '2' });
  const guess = (address: string) =>
    send(`${server.url}/v1/rooms/${randomBytes(32).toHex()}/newcomer/0`, {
      headers: { 'x-forwarded-for': address },
    });
  assert.equal((await guess('2001:db8:1:2::1')).status, 404);
  assert.equal((await guess('2001:db8:1:2:ffff::9')).status, 404);
  assert.equal((await guess('2001:db8:1:2:3:4:5:6')).status, 429);
  assert.equal((await guess('2001:db8:1:102::1')).status, 404);
});

test('when all together guess too much, one miss is enough to be refused', async () => {
  const server = await startTestServer({ trustProxy: true, roomMisses: '2' });
  const room = makeRoom();
  await open(server, room);
  const from = (address: string, id: string) =>
    send(`${server.url}/v1/rooms/${id}/newcomer/0`, { headers: { 'x-forwarded-for': address } });
  assert.equal((await from('192.0.2.1', randomBytes(32).toHex())).status, 404);
  assert.equal((await from('192.0.2.2', randomBytes(32).toHex())).status, 404);
  assert.equal((await from('192.0.2.1', randomBytes(32).toHex())).status, 429);
  assert.equal((await from('192.0.2.3', randomBytes(32).toHex())).status, 404);
  assert.equal((await from('192.0.2.3', randomBytes(32).toHex())).status, 429);
  assert.equal((await from('192.0.2.4', room.id)).status, 204);
  assert.equal((await from('192.0.2.4', room.id)).status, 204);
});

test('rooms are limited in all and for each address, and so are requests and readers that wait', async () => {
  for (const limit of ['maxRooms', 'newRooms', 'newRoomsPerAddress']) {
    const server = await startTestServer({ [limit]: '2' });
    for (const expected of [201, 201, 429])
      assert.equal((await open(server, makeRoom())).status, expected, limit);
  }
  for (const limit of ['maxPolls', 'pollsPerAddress']) {
    const server = await startTestServer({ [limit]: '1' });
    const room = makeRoom();
    await open(server, room);
    const first = read(server, room, 'newcomer', 0, 25);
    await untilPolls(server, 1);
    assert.equal((await read(server, room, 'newcomer', 0, 25)).refusal, '429 limit');
    await write(server, room, 'newcomer', 0, hello);
    assert.equal((await first).text, 'hello');
  }
  const server = await startTestServer({ roomRequestsPerAddress: '2' });
  const room = makeRoom();
  await open(server, room);
  for (const expected of [204, 204, 429])
    assert.equal((await read(server, room, 'newcomer', 0)).status, expected);
});

/** Waits until so many requests wait, as /metrics tells. */
async function untilPolls({ url }: TestServer, count: number): Promise<void> {
  for (;;) {
    const { text } = await send(`${url}/metrics`);
    if (new RegExp(`^ssh_sync_waiting_requests ${count}$`, 'm').test(text)) return;
  }
}
