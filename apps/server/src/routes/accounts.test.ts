import { decode, encode } from '@orrery/bytes';
import { classicSuite, Device, headCodec, hybridSuite, recordCodec } from '@orrery/vault';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { send } from '../../testing/http.ts';
import { Machine, newUsername } from '../../testing/machine.ts';
import { startTestServer, temporaryFolder } from '../../testing/test-server.ts';

const server = await startTestServer({ newAccountsPerHour: '1000000' });

function newMachine(on = server, username = newUsername()): Machine {
  return new Machine(on, username, 'laptop', Device.generate(hybridSuite));
}

test('POST /v1/accounts founds an account and answers its head', async () => {
  for (const suite of [hybridSuite, classicSuite]) {
    const machine = new Machine(server, newUsername(), 'laptop', Device.generate(suite));
    const answer = await machine.register(await machine.genesis());
    assert.equal(answer.status, 201);
    assert.equal(answer.read(headCodec).number, 0);
    assert.match(answer.headers.date ?? '', / GMT$/);
    assert.equal(answer.headers['cache-control'], 'no-store');
  }
});

test('POST /v1/accounts may be repeated with the same genesis, whose answer was lost', async () => {
  const machine = newMachine();
  const genesis = await machine.genesis();
  const first = await machine.register(genesis);
  const second = await machine.register(genesis);
  assert.deepEqual([second.status, second.body], [201, first.body]);
});

test('POST /v1/accounts refuses a username that another account has', async () => {
  const first = await Machine.found(server);
  const second = newMachine(server, first.username);
  assert.equal((await second.register(await second.genesis())).refusal, '409 username-taken');
});

test('POST /v1/accounts refuses what is no genesis', async () => {
  const machine = newMachine();
  const genesis = await machine.genesis();
  const post = (body: Uint8Array) => send(`${server.url}/v1/accounts`, { method: 'POST', body });
  assert.equal((await post(new Uint8Array())).refusal, '400 malformed');
  assert.equal((await post(encode(recordCodec, genesis).subarray(1))).refusal, '400 malformed');

  const [signature = new Uint8Array(), ...others] = genesis.signatures;
  const flipped = signature.with(0, (signature[0] ?? 0) ^ 1);
  assert.equal(
    (await machine.register({ ...genesis, signatures: [flipped, ...others] })).refusal,
    '422 invalid-entry',
  );
  assert.equal(
    (await machine.register({ ...genesis, signatures: [signature] })).refusal,
    '422 invalid-entry',
  );

  const founded = await Machine.found(server);
  assert.equal((await machine.register(await founded.commit([]))).refusal, '422 invalid-entry');
  const shouting = newMachine(server, 'NotAUsername');
  const refused = await shouting.register(await shouting.genesis());
  assert.equal(refused.refusal, '422 invalid-entry');
  assert.match(refused.text, /username \\"NotAUsername\\" is not allowed/);
});

test('POST /v1/accounts refuses a body that is longer than any genesis, however it is sent', async () => {
  const url = `${server.url}/v1/accounts`;
  const body = new Uint8Array(32 * 1024 + 1);
  assert.equal((await send(url, { method: 'POST', body })).refusal, '413 too-large');
  const headers = { 'transfer-encoding': 'chunked' };
  assert.equal((await send(url, { method: 'POST', body, headers })).refusal, '413 too-large');
});

test('a server with closed registration opens no account', async () => {
  const closed = await startTestServer({ registration: 'closed' });
  const machine = newMachine(closed);
  assert.equal((await machine.register(await machine.genesis())).refusal, '403 registration-closed');
});

test('a server with a registration token opens accounts for those who have it', async () => {
  const file = join(temporaryFolder(), 'token');
  writeFileSync(file, 'correct horse\n');
  for (const registration of ['token:correct horse', `token:@${file}`]) {
    const guarded = await startTestServer({ registration });
    const machine = newMachine(guarded);
    const genesis = await machine.genesis();
    for (const wrong of [
      {},
      { authorization: 'Registration wrong' },
      { authorization: 'Bearer correct horse' },
    ])
      assert.equal((await machine.register(genesis, wrong)).refusal, '403 registration-closed');
    assert.equal(
      (await machine.register(genesis, { authorization: 'Registration correct horse' })).status,
      201,
    );
  }
});

test('accounts are limited in all, for each address and for all addresses', async () => {
  const few = await startTestServer({ maxAccounts: '1' });
  await Machine.found(few);
  const second = newMachine(few);
  assert.equal((await second.register(await second.genesis())).refusal, '403 registration-closed');

  for (const limit of ['newAccountsPerAddress', 'newAccountsPerHour']) {
    const slow = await startTestServer({ [limit]: '1' });
    await Machine.found(slow);
    const later = newMachine(slow);
    const genesis = await later.genesis();
    slow.clock.now += 600;
    const refused = await later.register(genesis);
    assert.equal(refused.refusal, '429 limit');
    assert.equal(refused.headers['retry-after'], '3000');
    slow.clock.now += 3000;
    assert.equal((await later.register(genesis)).status, 201);
  }
});

test('the head that an account is opened with is the hash of its genesis', async () => {
  const machine = newMachine();
  const answer = await machine.register(await machine.genesis());
  machine.account = decode(headCodec, answer.body).hash;
  assert.equal((await machine.ledger()).status, 200);
});
