import { randomBytes } from '@orrery/crypto';
import { foundCodec, MAX_BODY_BYTES, MAX_OBJECT_BYTES } from '@orrery/vault';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { repeat } from '../../testing/http.ts';
import { Machine, makeObject, type SealedTestObject } from '../../testing/machine.ts';
import { startTestServer } from '../../testing/test-server.ts';

const server = await startTestServer();
const HOUR = 3600;

async function read(
  machine: Machine,
  ...objects: readonly SealedTestObject[]
): Promise<(Uint8Array | undefined)[]> {
  const answer = await machine.download(objects.map(({ id }) => id));
  return answer.read(foundCodec).map(({ bytes }) => bytes);
}

test('POST /v1/objects stores objects, and POST /v1/objects/read gives them, committed or not', async () => {
  const machine = await Machine.found(server);
  const [first, second, third] = [makeObject(0), makeObject(1), makeObject(100_000)];
  await machine.uploadOwn([first, second, third]);
  await machine.appendOwn([await machine.commit([third.id])]);
  const found = await machine.download([third.id, first.id, randomBytes(16), second.id, third.id]);
  assert.deepEqual(
    found.read(foundCodec).map(({ bytes }) => bytes),
    [third.bytes, first.bytes, undefined, second.bytes, third.bytes],
  );
});

test('the objects of another account are not found', async () => {
  const [machine, other] = [await Machine.found(server), await Machine.found(server)];
  const object = makeObject(10);
  await machine.uploadOwn([object]);
  assert.deepEqual(await read(other, object), [undefined]);
});

test('an object may be sent again with the same bytes, and not with others', async () => {
  const machine = await Machine.found(server);
  const [one, two] = [makeObject(10), makeObject(20)];
  const altered = { id: one.id, bytes: two.bytes };
  await machine.uploadOwn([one]);
  await machine.uploadOwn([one, two, two]);
  assert.equal((await machine.upload([makeObject(5), altered])).refusal, '409 object-differs');
  assert.equal(
    (await machine.upload([makeObject(5), { id: two.id, bytes: one.bytes }])).refusal,
    '409 object-differs',
  );
  const twice = makeObject(10);
  assert.equal(
    (await machine.upload([twice, { id: twice.id, bytes: one.bytes }])).refusal,
    '409 object-differs',
  );
  await machine.appendOwn([await machine.commit([one.id])]);
  await machine.uploadOwn([one]);
  assert.equal((await machine.upload([altered])).refusal, '409 object-differs');
  assert.deepEqual(await read(machine, one, two, twice), [one.bytes, two.bytes, undefined]);
});

test('POST /v1/objects refuses what is no list of objects, or has one that is too large', async () => {
  const machine = await Machine.found(server);
  const post = (path: string, body: Uint8Array) => machine.request('POST', path, body);
  for (const path of ['/v1/objects', '/v1/objects/read']) {
    assert.equal((await post(path, new Uint8Array())).refusal, '400 malformed');
    assert.equal((await post(path, Uint8Array.of(255, 255, 255, 255))).refusal, '400 malformed');
    assert.equal((await post(path, Uint8Array.of(0, 0, 0, 0, 1))).refusal, '400 malformed');
  }
  await machine.uploadOwn([makeObject(MAX_OBJECT_BYTES)]);
  const body = new Uint8Array(4 + 16 + 4 + MAX_OBJECT_BYTES + 1);
  new DataView(body.buffer).setUint32(0, 1);
  new DataView(body.buffer).setUint32(20, MAX_OBJECT_BYTES + 1);
  assert.equal((await post('/v1/objects', body)).refusal, '400 malformed');
});

test('POST /v1/objects/read gives as many of the first objects as fit one body', async () => {
  const machine = await Machine.found(server);
  const objects = [3, 3, 3, 1].map((size) => makeObject(size * 1024 * 1024));
  for (const object of objects) await machine.uploadOwn([object]);
  const answer = await machine.download(objects.map(({ id }) => id));
  assert.ok(answer.body.length <= MAX_BODY_BYTES);
  assert.deepEqual(
    answer.read(foundCodec).map(({ id }) => id),
    objects.slice(0, 2).map(({ id }) => id),
  );
});

test('an upload that nothing commits is deleted after 24 hours; sending it again begins them anew', async () => {
  const own = await startTestServer();
  const machine = await Machine.found(own);
  const [kept, sentAgain, forgotten] = [makeObject(10), makeObject(20), makeObject(30)];
  await machine.uploadOwn([kept, sentAgain, forgotten]);
  await machine.appendOwn([await machine.commit([kept.id])]);
  own.clock.now += 23 * HOUR;
  await machine.uploadOwn([sentAgain]);
  assert.equal((await own.store.collect(own.clock.now)).uploads, 0);
  own.clock.now += HOUR;
  assert.equal((await own.store.collect(own.clock.now)).uploads, 1);
  assert.deepEqual(await read(machine, kept, sentAgain, forgotten), [kept.bytes, sentAgain.bytes, undefined]);
  own.clock.now += 30 * 24 * HOUR;
  await own.store.collect(own.clock.now);
  assert.deepEqual(await read(machine, kept, sentAgain), [kept.bytes, undefined]);
});

const MiB = 1024 * 1024;
/** The bytes beyond the quota that a commit which makes the account smaller may need. */
const RESERVE = MAX_BODY_BYTES;

test('an account over its quota may only become smaller', async () => {
  const small = await startTestServer({ accountBytes: String(MiB) });
  const machine = await Machine.found(small);
  const first = makeObject(MiB - 1000);
  await machine.uploadOwn([first]);
  await machine.appendOwn([await machine.commit([first.id])]);

  const large = makeObject(2000);
  await machine.uploadOwn([large]);
  const growing = await machine.append([await machine.commit([large.id])]);
  assert.equal(growing.refusal, '413 quota');
  const swapping = await machine.commit([large.id], [first.id]);
  await machine.appendOwn([swapping]);

  const fill = [4, 4].map((size) => makeObject(size * MiB));
  for (const object of fill) await machine.uploadOwn([object]);
  const rest = RESERVE + MiB - 2000 - 8 * MiB;
  await machine.uploadOwn([makeObject(rest)]);
  assert.equal((await machine.upload([makeObject(1)])).refusal, '413 quota');
  small.clock.now += 24 * HOUR;
  await small.store.collect(small.clock.now);
  await machine.uploadOwn([makeObject(1)]);
});

test('the number of objects has a quota too', async () => {
  const small = await startTestServer({ accountObjects: '2' });
  const machine = await Machine.found(small);
  const [one = new Uint8Array(), two = new Uint8Array()] = await machine.addObjects(10, 10);
  const three = makeObject(10);
  await machine.uploadOwn([three]);
  assert.equal((await machine.append([await machine.commit([three.id])])).refusal, '413 quota');
  await machine.appendOwn([await machine.commit([three.id], [one, two])]);
  const many = Array.from({ length: 66 }, () => makeObject(0));
  assert.equal((await machine.upload(many)).refusal, '413 quota');
  await machine.uploadOwn(many.slice(1));
});

test('a full account can be rotated, however often the rotation is interrupted', async () => {
  const small = await startTestServer({
    accountBytes: String(6 * MiB),
    accountObjects: '4',
    requestsPerMinute: '8',
  });
  const machine = await Machine.found(small);
  const newcomer = await machine.admit('desktop');
  const old = await machine.addObjects(2 * MiB, 2 * MiB, 2 * MiB);
  await machine.appendOwn([await machine.remove(newcomer)]);

  const attempt = async (): Promise<SealedTestObject[]> => {
    const sealed = [...old.map(() => makeObject(2 * MiB)), makeObject(1000), makeObject(2000)];
    for (const object of sealed) await machine.uploadOwn([object]);
    return sealed;
  };
  await repeat(4, async () => {
    await attempt();
    small.clock.now += 10;
  });
  const sealed = await attempt();
  const ids = sealed.map(({ id }) => id).toReversed();
  await machine.appendOwn([await machine.rekeyed(ids)]);
  small.clock.now += 60;
  assert.deepEqual(
    await read(machine, ...sealed.slice(0, 3)),
    sealed.slice(0, 3).map(({ bytes }) => bytes),
  );
  assert.deepEqual(await read(machine, { id: old[0] ?? new Uint8Array(16), bytes: new Uint8Array() }), [
    undefined,
  ]);
  assert.equal((await machine.upload([makeObject(4 * MiB)])).refusal, '413 quota');
});
