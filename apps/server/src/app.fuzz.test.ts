import { randomBytes } from '@orrery/crypto';
import { ledgerPageCodec } from '@orrery/vault';
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../testing/http.ts';
import { Machine, makeObject } from '../testing/machine.ts';
import { RawConnection } from '../testing/raw.ts';
import { startTestServer } from '../testing/test-server.ts';

const unlimited = {
  requestsPerMinute: '1000000',
  appendsPerMinute: '1000000',
  roomMissesPerAddress: '1000000',
  newRoomsPerAddress: '1000000',
  roomRequestsPerAddress: '1000000',
};
const server = await startTestServer(unlimited);
const machine = await Machine.found(server);

const methods = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS');
const room = randomBytes(32).toHex();
const paths = fc.oneof(
  fc.constantFrom(
    '/',
    '/healthz',
    '/metrics',
    '/v1/accounts',
    '/v1/ledger',
    '/v1/ledger?after=0',
    '/v1/objects',
    '/v1/objects/read',
    '/v1/devices',
    `/v1/rooms/${room}`,
    `/v1/rooms/${room}/newcomer/0`,
    `/v1/rooms/${room}/newcomer/0?wait=0`,
    '/v1/rooms/%00/newcomer/0',
    '/v1/rooms/__proto__/constructor/0',
  ),
  fc.webPath().map((path) => `/v1${path}`),
  fc.webQueryParameters().map((query) => `/v1/ledger?${query}`),
);
const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.uint8Array({ minLength: 128, maxLength: 128 }),
  fc
    .nat(3)
    .chain((count) =>
      fc.uint8Array({ maxLength: 100 }).map((rest) => Uint8Array.of(0, 0, 0, count, ...rest)),
    ),
);
const tokens = fc.oneof(
  fc.base64String({ maxLength: 60 }),
  fc.tuple(fc.json(), fc.json(), fc.uint8Array({ maxLength: 40 })).map(([header, claims, signature]) =>
    [header, claims, signature]
      .map((part) => (typeof part === 'string' ? new TextEncoder().encode(part) : part))
      .map((part) => part.toBase64({ alphabet: 'base64url', omitPadding: true }))
      .join('.'),
  ),
);

test('hostile requests are refused without a failure of the server', async () => {
  await fc.assert(
    fc.asyncProperty(methods, paths, bodies, tokens, async (method, path, body, token) => {
      const headers = { authorization: `Bearer ${token}`, 'room-token': room };
      const { status } = await send(`${server.url}${path}`, { method, headers, body });
      assert.ok(status < 500, `${method} ${path}: ${status}`);
    }),
    { numRuns: 400 },
  );
});

test('an admitted device that sends anything harms nobody but itself', async () => {
  await fc.assert(
    fc.asyncProperty(methods, paths, bodies, async (method, path, body) => {
      const { status } = await machine.request(method, path, body);
      assert.ok(status < 500, `${method} ${path}: ${status}`);
    }),
    { numRuns: 300 },
  );
  const { head } = (await machine.ledger(0)).read(ledgerPageCodec);
  assert.deepEqual(head, machine.present.head);
});

test('records of which some bytes are others are refused', async () => {
  const object = makeObject(10);
  await machine.uploadOwn([object]);
  const { entry, signatures } = await machine.commit([object.id]);
  await fc.assert(
    fc.asyncProperty(fc.nat(entry.length - 1), fc.integer({ min: 1, max: 255 }), async (place, change) => {
      const altered = entry.with(place, (entry[place] ?? 0) ^ change);
      const { status } = await machine.append([{ entry: altered, signatures }]);
      assert.ok(status === 422 || status === 409, `byte ${place}: ${status}`);
    }),
    { numRuns: 100 },
  );
  await machine.appendOwn([{ entry, signatures }]);
});

test('bytes that are no HTTP do not stop the server', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, half) => {
      const connection = await RawConnection.open(server.url);
      connection.send(half ? 'POST /v1/accounts HTTP/1.1\r\nHost: x\r\n' : '');
      connection.socket.end(bytes);
      const answer = await connection.end();
      assert.doesNotMatch(answer, /^HTTP\/1\.1 5/);
    }),
    { numRuns: 200 },
  );
  assert.equal((await machine.ledger(0)).status, 200);
  assert.ok(!server.log.some((line) => line.includes('unexpected error')));
});
