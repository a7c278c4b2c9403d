import { encode } from '@orrery/bytes';
import { randomBytes } from '@orrery/crypto';
import { classicSuite, Device, hybridSuite, wantedCodec } from '@orrery/vault';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { repeat, send } from '../testing/http.ts';
import { Machine, makeObject } from '../testing/machine.ts';
import { RawConnection } from '../testing/raw.ts';
import { startTestServer, temporaryFolder } from '../testing/test-server.ts';

const MiB = 1024 * 1024;

test('the log tells of requests, and no secret and no path', async () => {
  const secret = `secret${randomBytes(8).toHex()}`;
  const server = await startTestServer({ registration: `token:${secret}` });
  const authorization = `Registration ${secret}`;
  const wrong = new Machine(server, 'alice', 'laptop', Device.generate(classicSuite));
  const refused = await wrong.register(await wrong.genesis(), { authorization: `Registration x${secret}` });
  assert.equal(refused.refusal, '403 registration-closed');
  const machine = await Machine.found(server, hybridSuite, 'alice', { authorization });
  const object = makeObject(100);
  const token = await machine.token('GET', '/v1/ledger?after=0');
  await machine.ledger(0, { token });
  await machine.ledger(0, { token: `${token.slice(0, -5)}AAAAA` });
  await machine.uploadOwn([object]);
  await machine.appendOwn([await machine.commit([object.id])]);
  const room = randomBytes(32).toHex();
  const roomToken = randomBytes(32).toHex();
  await send(`${server.url}/v1/rooms/${room}`, { method: 'POST', body: new Uint8Array(128) });
  await send(`${server.url}/v1/rooms/${room}/newcomer/0`, {
    method: 'PUT',
    headers: { 'room-token': roomToken },
    body: object.id,
  });
  await send(`${server.url}/v1/${secret}?q=${secret}`, { headers: { cookie: secret, authorization } });
  // An error that nobody foresaw, whose message holds what was sent.
  server.store.findRoom = () => Promise.reject(new Error(`no room ${room}`));
  const failed = await send(`${server.url}/v1/rooms/${room}/newcomer/0`);
  assert.equal(failed.refusal, '500 internal');
  await server.close();

  const log = server.log.join('');
  const [, claims = '', signature = ''] = token.split('.');
  for (const hidden of [
    secret,
    token,
    claims,
    signature.slice(0, 40),
    room,
    roomToken,
    object.id.toHex(),
    machine.account.toHex(),
  ])
    assert.ok(!log.includes(hidden), hidden);
  const lines = server.log.map((line) => JSON.parse(line) as Record<string, unknown>);
  const short = machine.account.toHex().slice(0, 8);
  assert.ok(
    lines.some(
      ({ method, route, status, account }) =>
        method === 'POST' && route === '/v1/ledger' && status === 200 && account === short,
    ),
  );
  const failure = lines.find(({ msg }) => msg === 'unexpected error');
  assert.ok(typeof failure?.['id'] === 'string' && failed.text.includes(failure['id']));
  assert.match(JSON.stringify(failure['at']), /server\.test\.ts/);
  assert.ok(lines.some(({ route, status }) => route === '/*' && status === 404));
});

test('what is no HTTP, or no valid target, is answered like every other error', async () => {
  const server = await startTestServer();
  const cases: readonly (readonly [string, RegExp])[] = [
    ['NOT HTTP\r\n\r\n', /^HTTP\/1\.1 400 .*"malformed"/s],
    ['GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 400 .*"malformed"/s],
    ['GET / HTTP/1.1\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['GET http:// HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 400 .*"malformed"/s],
    [
      'GET /\\ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      /^HTTP\/1\.1 4\d\d .*"(malformed|not-found)"/s,
    ],
    [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 .*"too-large"/s],
    [
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      /^HTTP\/1\.1 400 .*"malformed"/s,
    ],
  ];
  for (const [text, expected] of cases) {
    const connection = await RawConnection.open(server.url);
    connection.send(text);
    const answer = await connection.end();
    assert.match(answer, expected, text.slice(0, 60));
    assert.match(answer, /\r\nDate: .* GMT\r\n/);
  }
  assert.equal((await send(server.url)).status, 200);
});

test('a client that is slow with its headers is cut off', async () => {
  const server = await startTestServer({ headerSeconds: '1' });
  const connection = await RawConnection.open(server.url);
  connection.send('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  assert.match(await connection.end(), /^HTTP\/1\.1 408 .*"timeout"/s);
});

test('a client that is slow with a body is cut off', async () => {
  const server = await startTestServer({ headerSeconds: '1', requestSeconds: '1' });
  const machine = await Machine.found(server);
  const paths = ['/v1/accounts', `/v1/rooms/${randomBytes(32).toHex()}`];
  const slow = await Promise.all(
    [...paths, '/v1/objects'].map(async (path) => {
      const token = await machine.token('POST', path);
      const connection = await RawConnection.open(server.url);
      const head = [
        `POST ${path} HTTP/1.1`,
        'Host: x',
        'Content-Length: 100',
        `Authorization: Bearer ${token}`,
      ];
      connection.send(...head, '', '12345');
      return connection.end();
    }),
  );
  for (const answer of slow) assert.match(answer, /^(HTTP\/1\.1 408 .*"timeout".*)?$/s);
  assert.equal((await machine.ledger(0)).status, 200);
});

test('large bodies wait for each other when memory is short', async () => {
  const server = await startTestServer({ bodyMemory: String(MiB) });
  const machine = await Machine.found(server);
  const stuck = await RawConnection.open(server.url);
  const token = await machine.token('POST', '/v1/objects');
  stuck.sendHead('/v1/objects', MiB, token);
  stuck.send('x');
  await untilHeld(server.url, MiB);
  const objects = [makeObject(300_000), makeObject(300_000), makeObject(900_000)];
  const uploads = objects.map((object) => machine.upload([object]));
  const first = Promise.race(uploads.map((upload) => upload.then(() => 'uploaded')));
  assert.equal(await Promise.race([first, askTwice(server.url)]), 'asked');
  stuck.socket.destroy();
  for (const upload of uploads) assert.equal((await upload).status, 204);
  const answers = await Promise.all(objects.map(({ id }) => machine.download([id])));
  for (const answer of answers) assert.equal(answer.status, 200);
  await untilHeld(server.url, 0);
});

test('who holds all memory that it may have does not stop anybody else', async () => {
  const server = await startTestServer();
  const [greedy, other] = [await Machine.found(server), await Machine.found(server)];
  const stuck = await Promise.all(
    Array.from({ length: 30 }, async () => {
      const connection = await RawConnection.open(server.url);
      connection.sendHead('/v1/objects', 8 * MiB, await greedy.token('POST', '/v1/objects'));
      connection.send('x');
      return connection;
    }),
  );
  await untilHeld(server.url, 16 * MiB);
  for (let round = 0; round < 3; round++)
    assert.equal((await other.upload([makeObject(4 * MiB)])).status, 204);
  await Machine.found(server);
  for (const { socket } of stuck) socket.destroy();
  await untilHeld(server.url, 0);
});

test('a client that does not take a large answer is cut off, and its memory is free again', async () => {
  const server = await startTestServer({ answerSeconds: '1' });
  const machine = await Machine.found(server);
  const objects = [makeObject(4 * MiB), makeObject(4 * MiB - 2048)];
  for (const object of objects) await machine.uploadOwn([object]);
  const body = encode(
    wantedCodec,
    objects.map(({ id }) => id),
  );
  const token = await machine.token('POST', '/v1/objects/read', body);
  const connection = await RawConnection.open(server.url);
  connection.socket.pause();
  connection.sendHead('/v1/objects/read', body.length, token);
  connection.socket.write(body);
  await untilHeld(server.url, 8 * MiB - 2048 + 4 + 2 * (16 + 1 + 4) + body.length);
  await untilHeld(server.url, 0);
  connection.socket.resume();
  assert.ok((await connection.end()).length < 8 * MiB);
});

test('connections are limited for each address', async () => {
  const server = await startTestServer({ connectionsPerAddress: '2' });
  const [first, second] = [await RawConnection.open(server.url), await RawConnection.open(server.url)];
  const third = await RawConnection.open(server.url);
  assert.equal(await third.end(), '');
  first.socket.destroy();
  await first.end();
  for (;;) {
    const next = await RawConnection.open(server.url);
    next.send('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    if ((await next.end()).startsWith('HTTP/1.1 200')) break;
  }
  second.socket.destroy();
});

test('a server that stops finishes the requests in flight', async () => {
  const server = await startTestServer();
  const machine = await Machine.found(server);
  const body = new Uint8Array(4);
  const token = await machine.token('POST', '/v1/objects', body);
  const connection = await RawConnection.open(server.url);
  connection.sendHead('/v1/objects', 4, token);
  connection.send('\0');
  await untilHeld(server.url, 4);
  const closed = server.close();
  await assert.rejects(send(server.url));
  connection.send('\0\0\0');
  assert.match(await connection.end(), /^HTTP\/1\.1 204 [^]*connection: close/i);
  await closed;
  await assert.rejects(server.store.check());
});

test('with a certificate the server speaks https', async () => {
  const folder = temporaryFolder();
  const [tlsCert, tlsKey] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      tlsKey,
      '-out',
      tlsCert,
      ...subject,
    ],
    { stdio: 'ignore' },
  );
  const server = await startTestServer({ tlsCert, tlsKey });
  assert.match(server.url, /^https:\/\/127\.0\.0\.1:\d+$/);
  const text = await new Promise<string>((resolve, reject) => {
    request(`${server.url}/healthz`, { ca: readFileSync(tlsCert), agent: false }, (answer) => {
      answer.setEncoding('utf8').on('data', resolve);
    })
      .on('error', reject)
      .end();
  });
  assert.equal(text, 'ok\n');
});

async function askTwice(url: string): Promise<'asked'> {
  await repeat(2, () => send(url));
  return 'asked';
}

async function untilHeld(url: string, bytes: number): Promise<void> {
  for (;;) {
    const { text } = await send(`${url}/metrics`);
    if (new RegExp(`^ssh_sync_body_bytes ${bytes}$`, 'm').test(text)) return;
  }
}
