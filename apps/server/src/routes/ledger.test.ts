import { encode } from '@orrery/bytes';
import {
  appendCodec,
  appendedCodec,
  buildLeave,
  buildMigrate,
  classicSuite,
  Device,
  headCodec,
  hybridSuite,
  ledgerPageCodec,
  MAX_BODY_BYTES,
  recordCodec,
  replayRecords,
  verifyRecords,
} from '@orrery/vault';
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { test } from 'node:test';
import { repeat, send } from '../../testing/http.ts';
import { Machine, makeObject } from '../../testing/machine.ts';
import { START, startTestServer, temporaryFolder } from '../../testing/test-server.ts';

const server = await startTestServer({ appendsPerMinute: '1000000', requestsPerMinute: '1000000' });

test('GET /v1/ledger gives the head and the records after a number', async () => {
  const machine = await Machine.found(server);
  await machine.addObjects(10);
  await machine.addObjects(20, 30);
  const whole = (await machine.ledger()).read(ledgerPageCodec);
  assert.deepEqual(whole.head, machine.present.head);
  assert.equal(whole.records.length, 3);
  assert.deepEqual(verifyRecords(undefined, whole.records).state.head, machine.present.head);
  assert.deepEqual((await machine.ledger(0)).read(ledgerPageCodec).records, whole.records.slice(1));
  assert.deepEqual((await machine.ledger(1)).read(ledgerPageCodec).records, whole.records.slice(2));
  for (const after of [2, 3, 4_294_967_295]) {
    const { head, records } = (await machine.ledger(after)).read(ledgerPageCodec);
    assert.deepEqual([head, records], [whole.head, []]);
  }
  const fromStart = await machine.request('GET', '/v1/ledger?after=-1');
  assert.deepEqual(fromStart.read(ledgerPageCodec), whole);
});

test('a page of the ledger ends at the head that it names, though an append comes between', async () => {
  const machine = await Machine.found(server);
  await machine.addObjects(10);
  const { store } = server;
  const read = store.readRecords.bind(store);
  store.readRecords = async (...request) => {
    store.readRecords = read;
    await machine.addObjects(20);
    return read(...request);
  };
  const page = (await machine.ledger(0)).read(ledgerPageCodec);
  assert.deepEqual([page.head.number, page.records.length], [1, 1]);
  assert.equal((await machine.ledger(0)).read(ledgerPageCodec).records.length, 2);
});

test('GET /v1/ledger refuses an after that is no number', async () => {
  const machine = await Machine.found(server);
  for (const after of ['', 'x', '-2', '1.5', '99999999999', '0x10'])
    assert.equal((await machine.request('GET', `/v1/ledger?after=${after}`)).refusal, '400 malformed', after);
});

test('GET /v1/ledger gives long ledgers page by page, none longer than a body may be', async () => {
  const machine = await Machine.found(server, classicSuite);
  const known = await server.store.findDevice(machine.username, machine.device.id);
  const long = { entry: new Uint8Array(2 * 1024 * 1024), signatures: [new Uint8Array(64)] };
  const short = { entry: new Uint8Array(10), signatures: [] };
  const records = [long, long, long, long, long, ...Array.from({ length: 1500 }, () => short)];
  const outcome = await server.store.append({
    account: known?.account ?? 0,
    before: machine.present.head,
    after: { number: records.length, hash: new Uint8Array(32) },
    state: new Uint8Array(),
    records: records.map((record) => encode(recordCodec, record)),
    devices: [],
    adds: [],
    drops: [],
    rekeying: false,
    closed: false,
  });
  assert.equal(outcome, 'appended');
  const pages: number[] = [];
  for (let after = 0; after < records.length;) {
    const answer = await machine.ledger(after);
    assert.ok(answer.body.length <= MAX_BODY_BYTES);
    const page = answer.read(ledgerPageCodec);
    assert.equal(page.head.number, records.length);
    pages.push(page.records.length);
    after += page.records.length;
  }
  assert.deepEqual(pages, [3, 1000, 502]);
});

test('POST /v1/ledger appends several records at once and answers the new head', async () => {
  const machine = await Machine.found(server);
  const [first, second] = [makeObject(100), makeObject(200)];
  await machine.uploadOwn([first, second]);
  const one = await machine.commit([first.id]);
  const before = machine.present;
  machine.follow([one]);
  const two = await machine.commit([second.id], [first.id]);
  machine.follow([two]);
  const after = machine.present;
  machine.state = before;
  const { head, accepted } = (await machine.append([one, two])).read(appendedCodec);
  assert.deepEqual([head, accepted], [after.head, true]);
});

test('POST /v1/ledger may be repeated with the same records, whose answer was lost', async () => {
  const machine = await Machine.found(server);
  const [one, two] = [makeObject(100), makeObject(100)];
  await machine.uploadOwn([one, two]);
  const first = await machine.commit([one.id]);
  await machine.appendOwn([first]);
  const second = await machine.commit([two.id]);
  await machine.appendOwn([second]);
  for (const records of [[first], [second], [first, second]]) {
    const { head, accepted } = (await machine.append(records)).read(appendedCodec);
    assert.deepEqual([head, accepted], [machine.present.head, true]);
  }
  const other = { ...first, signatures: second.signatures };
  assert.equal((await machine.append([other])).refusal, '409 conflict');
});

test('of two appends at once exactly one wins, and the other is told of the conflict', async () => {
  const machine = await Machine.found(server);
  await repeat(5, async () => {
    const objects = [makeObject(50), makeObject(60), makeObject(70)];
    await machine.uploadOwn(objects);
    const records = await Promise.all(objects.map(({ id }) => machine.commit([id])));
    const answers = await Promise.all(records.map((record) => machine.append([record])));
    assert.deepEqual(answers.map(({ status }) => String(status)).toSorted(), ['200', '409', '409']);
    const winner = answers.findIndex(({ status }) => status === 200);
    for (const [index, answer] of answers.entries())
      if (index !== winner) assert.equal(answer.refusal, '409 conflict');
    machine.follow(records.slice(winner, winner + 1));
    assert.deepEqual((await machine.ledger(0)).read(ledgerPageCodec).head, machine.present.head);
  });
});

test('POST /v1/ledger refuses what the verifier refuses, in its words, and changes nothing', async () => {
  const machine = await Machine.found(server);
  const stranger = Device.generate(hybridSuite);
  const object = makeObject(10);
  await machine.uploadOwn([object]);
  const good = await machine.commit([object.id]);
  const refused = await machine.append([{ ...good, signatures: [new Uint8Array(3309), new Uint8Array(64)] }]);
  assert.equal(refused.refusal, '422 invalid-entry');
  assert.match(refused.text, /ledger entry 1: its signature does not verify/);

  const foreign = new Machine(server, machine.username, 'laptop', stranger);
  foreign.state = machine.present;
  assert.equal((await machine.append([await foreign.commit([object.id])])).refusal, '422 invalid-entry');
  assert.equal((await machine.append([await machine.commit([])])).refusal, '422 invalid-entry');
  const second = await machine.sign({ kind: 'remove', devices: [stranger.id], epoch: undefined });
  assert.equal((await machine.append([second])).refusal, '422 invalid-entry');
  assert.equal((await machine.append([await machine.genesis()])).refusal, '409 conflict');

  assert.deepEqual((await machine.ledger(0)).read(ledgerPageCodec).head, machine.present.head);
  assert.equal((await machine.append([good])).status, 200);
});

test('POST /v1/ledger refuses a commit in the name of another machine before a signed one', async () => {
  const victim = await Machine.found(server);
  const member = await victim.admit('desktop');
  const [first, second] = [makeObject(10), makeObject(20)];
  await member.uploadOwn([first, second]);
  const forged = {
    ...(await victim.commit([first.id])),
    signatures: [new Uint8Array(3309), new Uint8Array(64)],
  };
  member.state = replayRecords(victim.present, [forged]).state;
  const own = await member.commit([second.id]);
  assert.equal(verifyRecords(victim.present, [forged, own]).entries.length, 2);
  assert.equal((await member.append([forged, own])).refusal, '422 invalid-entry');
  assert.deepEqual((await victim.ledger(0)).read(ledgerPageCodec).head, victim.present.head);
});

test('POST /v1/ledger refuses what is no list of records', async () => {
  const machine = await Machine.found(server);
  const post = (body: Uint8Array) => machine.request('POST', '/v1/ledger', body);
  assert.equal((await post(new Uint8Array())).refusal, '400 malformed');
  assert.equal((await post(encode(appendCodec, []))).refusal, '400 malformed');
  assert.equal((await post(new Uint8Array(1000).fill(255))).refusal, '400 malformed');
  const garbage = { entry: new Uint8Array(100), signatures: [] };
  assert.equal((await machine.append([garbage])).refusal, '422 invalid-entry');
});

test('a commit may add only what was uploaded for its account and never committed', async () => {
  const machine = await Machine.found(server);
  const other = await Machine.found(server);
  const object = makeObject(10);
  const commit = await machine.commit([object.id]);
  assert.equal((await machine.append([commit])).refusal, '422 missing-objects');
  await other.uploadOwn([object]);
  assert.equal((await machine.append([commit])).refusal, '422 missing-objects');
  await machine.uploadOwn([object]);
  assert.equal((await machine.append([commit])).status, 200);
  machine.follow([commit]);
  assert.equal((await machine.append([await machine.commit([object.id])])).refusal, '422 invalid-entry');
});

test('an object that a commit drops is deleted, and its id never comes back', async () => {
  const machine = await Machine.found(server);
  const [first = new Uint8Array()] = await machine.addObjects(100);
  const next = makeObject(10);
  await machine.uploadOwn([next]);
  await machine.appendOwn([await machine.commit([next.id], [first])]);
  assert.equal((await server.store.statistics()).objects > 0, true);
  const found = await machine.download([first, next.id]);
  assert.deepEqual(found.body.slice(0, 4 + 16 + 1), Uint8Array.of(0, 0, 0, 2, ...first, 0));
  assert.equal((await machine.append([await machine.commit([first])])).refusal, '422 invalid-entry');
});

test('a newcomer may use the account once it is admitted, and no longer once it is removed', async () => {
  const machine = await Machine.found(server);
  const newcomer = await machine.admit('desktop');
  assert.equal((await newcomer.ledger(0)).status, 200);
  const [object] = [makeObject(10)];
  await newcomer.uploadOwn([object]);
  const late = await newcomer.commit([object.id]);
  await machine.appendOwn([await machine.remove(newcomer)]);

  assert.equal((await newcomer.append([late])).refusal, '401 removed');
  assert.equal((await newcomer.upload([object])).refusal, '401 removed');
  assert.equal((await newcomer.download([object.id])).refusal, '401 removed');
  assert.equal((await newcomer.request('GET', '/v1/devices')).refusal, '401 removed');
  const page = (await newcomer.ledger(0)).read(ledgerPageCodec);
  assert.deepEqual(page.head, machine.present.head);
});

test('a machine that migrates goes on with its new keys alone', async () => {
  const machine = await Machine.found(server, classicSuite);
  const next = Device.generate(hybridSuite);
  const entry = await buildMigrate(
    machine.present,
    machine.device,
    next,
    machine.epochKey,
    machine.name,
    START,
  );
  await machine.appendOwn([entry]);
  assert.equal((await machine.append([entry])).refusal, '401 removed');
  assert.equal((await machine.ledger(0)).status, 200);
  assert.equal((await machine.append([entry], { device: next })).status, 200);
});

test('when the last device leaves, the account is deleted and its username is free', async () => {
  const machine = await Machine.found(server);
  const second = await machine.admit('desktop');
  const [object = new Uint8Array()] = await machine.addObjects(1000);
  const leave = await buildLeave(machine.present, machine.device, START);
  await machine.appendOwn([leave]);
  second.state = machine.present;
  assert.equal((await second.download([object])).status, 200);
  const before = await server.store.statistics();
  await second.appendOwn([await buildLeave(second.present, second.device, START)]);
  const after = await server.store.statistics();
  assert.deepEqual(
    [before.accounts - after.accounts, before.objects - after.objects, before.devices - after.devices],
    [1, 1, 1],
  );
  assert.equal((await machine.ledger(0)).refusal, '401 forbidden');
  assert.equal((await second.ledger(0)).refusal, '401 forbidden');
  const heir = await Machine.found(server, hybridSuite, machine.username);
  assert.equal((await heir.ledger(0)).status, 200);
});

test('a state that another version wrote is made anew from the records', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'vault.sqlite');
  const old = await startTestServer({ database: `sqlite:${file}` });
  const machine = await Machine.found(old);
  await machine.addObjects(10);
  const db = new DatabaseSync(file);
  db.exec("UPDATE ledger_states SET state = x'00'");
  db.close();
  await machine.addObjects(20);
  assert.equal((await machine.records()).length, 3);
});

test('HEAD /v1/ledger with a token for GET is refused', async () => {
  const machine = await Machine.found(server);
  const authorization = `Bearer ${await machine.token('GET', '/v1/ledger')}`;
  const answer = await send(`${server.url}/v1/ledger`, { method: 'HEAD', headers: { authorization } });
  assert.deepEqual([answer.status, answer.body.length], [401, 0]);
});

test('the head of a new account is its genesis', async () => {
  const machine = await Machine.found(server);
  assert.deepEqual((await machine.ledger(0)).body.slice(0, -4), encode(headCodec, machine.present.head));
});
