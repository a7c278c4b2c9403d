import { encode } from '@orrery/bytes';
import { randomBytes } from '@orrery/crypto';
import { MemoryRelay, makePhrase, roomTokens, roomTokensCodec } from '@orrery/rendezvous';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomSecrets } from '../../packages/rendezvous/testing/random-secrets.ts';
import { alarms, Stage } from './stage/stage.ts';

const stage = await Stage.build([
  '--trust-proxy',
  '--room-misses-per-address=3',
  '--room-misses=8',
  '--new-rooms-per-address=2',
  '--new-rooms=3',
]);

/** The status of an answer to somebody at that address. */
async function ask(address: string, target: string, body?: Uint8Array): Promise<number> {
  const headers = { 'x-forwarded-for': address, 'content-type': 'application/octet-stream' };
  const request = body === undefined ? { headers } : { headers, method: 'POST', body: Buffer.from(body) };
  return (await fetch(new URL(target, stage.liar.url), request)).status;
}

function lookUp(address: string): Promise<number> {
  return ask(address, `/v1/rooms/${randomBytes(32).toHex()}/newcomer/0`);
}

function open(address: string): Promise<number> {
  const secrets = randomSecrets();
  return ask(address, `/v1/rooms/${secrets.id.toHex()}`, encode(roomTokensCodec, roomTokens(secrets)));
}

async function inTurn(count: number, action: () => Promise<number>): Promise<number[]> {
  const statuses: number[] = [];
  while (statuses.length < count) statuses.push(await action());
  return statuses;
}

test('a phrase that nobody shows finds no room and admits nobody', async () => {
  const [laptop] = await stage.account(['laptop']);
  assert.ok(laptop !== undefined);
  await alarms(laptop, ['challenge-response', ...(await makePhrase()).split(' '), '--yes'], {
    code: 1,
    says: /cannot find a machine of "user1" with this phrase: no such room/,
    advises: /hint: is it typed as the other machine shows it.*not older than 10 minutes/,
  });
});

test('rooms that do not exist are looked for a few times per address, and a few times by all together', async () => {
  const unlimited = new MemoryRelay();
  for (let guesses = 0; guesses < 100; guesses++)
    await assert.rejects(unlimited.read(randomBytes(32), 'newcomer', 0, 0), { code: 'no-room' });

  assert.deepEqual(await inTurn(5, () => lookUp('192.0.2.1')), [404, 404, 404, 429, 429]);
  assert.deepEqual(await inTurn(4, () => lookUp('192.0.2.2')), [404, 404, 404, 429]);
  // The lookup of the test before was the first of eight that all addresses have; then one for each is left.
  assert.deepEqual(await inTurn(3, () => lookUp('192.0.2.3')), [404, 429, 429]);
  assert.deepEqual(await inTurn(3, () => lookUp('192.0.2.4')), [404, 429, 429]);
});

test('rooms are opened a few times per address, and a few times by all together', async () => {
  assert.deepEqual(await inTurn(3, () => open('192.0.2.5')), [201, 201, 429]);
  assert.deepEqual(await inTurn(2, () => open('192.0.2.6')), [201, 429]);
});
