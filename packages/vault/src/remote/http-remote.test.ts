import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encode } from '@orrery/bytes';
import { randomBytes } from '@orrery/crypto';
import { errorReply, HttpServer, type Received } from '../../testing/http-server.ts';
import { Device } from '../device/secret.ts';
import { classicSuite } from '../device/suite.ts';
import { buildGenesis, buildEpoch } from '../ledger/build.ts';
import { verifyRecords } from '../ledger/verify.ts';
import { Keyring } from '../client/keyring.ts';
import { unverifiedClaims } from '../request/token.ts';
import { seenCodec } from '../request/wire.ts';
import { createAccount, HttpRemote, type RemoteEvents } from './http-remote.ts';

const NOW = 1_800_000_000;

interface Scene {
  readonly server: HttpServer;
  readonly device: Device;
  readonly remote: HttpRemote;
  /** What the remote told. */
  readonly told: string[];
}

async function begin(): Promise<Scene> {
  const server = await HttpServer.start();
  const device = Device.generate(classicSuite);
  const genesis = await buildGenesis(device, 'alice', 'laptop', NOW);
  await createAccount(server.url, genesis, undefined);
  const { account } = server.memory.state;
  const told: string[] = [];
  const events: RemoteEvents = {
    clockDiffers: (seconds) => void told.push(`clock ${Math.sign(seconds)}`),
    serverBusy: (seconds) => void told.push(`busy ${seconds}`),
  };
  const caller = { account, username: 'alice', machine: 'laptop' };
  server.received.length = 0;
  return { server, device, remote: new HttpRemote(server.url, device, caller, events), told };
}

function objects(...sizes: readonly number[]): { id: Uint8Array; bytes: Uint8Array }[] {
  return sizes.map((size) => ({ id: randomBytes(16), bytes: randomBytes(size) }));
}

/** Answers the first requests so, and then as ever. */
function first<T>(count: number, answer: T): () => T | undefined {
  let left = count;
  return () => (left-- > 0 ? answer : undefined);
}

function issued({ authorization }: Received): number {
  return unverifiedClaims(authorization.replace('Bearer ', '')).iat;
}

describe('HttpRemote', () => {
  it('reads the ledger and appends to it; false if the head has moved', async () => {
    const { server, device, remote } = await begin();
    const { head, records } = await remote.ledger(-1);
    assert.deepEqual([head.number, records.length], [0, 1]);
    const { state } = server.memory;
    const key = Keyring.open(state, device).key(1);
    const [one, other] = [
      await buildEpoch(state, device, key, [], NOW),
      await buildEpoch(state, device, key, [], NOW),
    ];
    assert.equal(await remote.append([one]), true);
    assert.equal(await remote.append([one]), true, 'it stands already');
    assert.equal(await remote.append([other]), false);
    assert.equal(verifyRecords(undefined, server.memory.records).state.head.number, 1);
  });

  it('uploads in requests of about 1 MiB, and a larger object by itself', async () => {
    const { server, remote } = await begin();
    const sent = objects(600_000, 600_000, 100, 3_000_000, 100);
    await remote.putObjects(sent);
    for (const { id, bytes } of sent) assert.deepEqual(server.memory.objects.get(id.toHex()), bytes);
    assert.deepEqual(
      server.received.map(({ body }) => Math.floor(body.length / 100_000)).toSorted((a, b) => a - b),
      [0, 6, 6, 30],
    );
    await remote.putObjects([]);
    assert.equal(server.received.length, 4);
  });

  it('asks again for what did not fit an answer, and leaves out what is not there', async () => {
    const { remote } = await begin();
    const sent = objects(10, 20, 30, 40);
    await remote.putObjects(sent);
    const unknown = new Uint8Array(16);
    const found = await remote.getObjects([...sent.map(({ id }) => id), unknown]);
    assert.deepEqual(
      [...found.values()].map(({ length }) => length),
      [10, 20, 30, 40],
    );
    assert.equal(found.has(unknown.toHex()), false);
  });

  it('corrects the time of its tokens once by the Date of the server, and says so', async () => {
    const { server, remote, told } = await begin();
    const date = new Date(NOW * 1000).toUTCString();
    server.instead = first(1, errorReply(401, 'clock', { date }));
    await remote.ledger(-1);
    await remote.ledger(-1);
    assert.deepEqual(told, [`clock ${Math.sign(NOW - Date.now() / 1000)}`]);
    const [, corrected, later] = server.received.map(issued);
    assert.ok(Math.abs((corrected ?? 0) - NOW) < 10 && Math.abs((later ?? 0) - NOW) < 10);
    server.instead = () => errorReply(401, 'clock', { date: new Date().toUTCString() });
    await assert.rejects(remote.ledger(-1), { name: 'ServerError', code: 'clock' });
  });

  it('does not ask a second time if the server has the same time', async () => {
    const { server, remote } = await begin();
    server.instead = () => errorReply(401, 'clock', { date: 'yesterday' });
    await assert.rejects(remote.ledger(-1), { code: 'clock' });
    assert.equal(server.received.length, 1);
  });

  it('waits as long as a busy server says, and not for ever', async () => {
    const { server, remote, told } = await begin();
    server.instead = first(1, errorReply(429, 'busy', { 'retry-after': '0' }));
    await remote.ledger(-1);
    assert.deepEqual(told, ['busy 0']);
    server.instead = () => errorReply(429, 'busy', { 'retry-after': '121' });
    await assert.rejects(remote.ledger(-1), { name: 'ServerError', status: 429 });
    assert.equal(server.received.length, 3);
  });

  it('says what failed and what the server answered, shortened', async () => {
    const { server, remote } = await begin();
    server.instead = () => ({
      status: 413,
      body: JSON.stringify({ error: { code: 'quota', message: 'x'.repeat(999) } }),
    });
    await assert.rejects(remote.ledger(-1), {
      code: 'quota',
      message: `Cannot read the ledger: the server answered 413: ${'x'.repeat(300)}`,
    });
    for (const body of ['', '<html>', '[]', '{"error":{}}', '{"error":{"code":1,"message":2}}', 'null']) {
      server.instead = () => ({ status: 502, body });
      await assert.rejects(remote.ledger(-1), {
        code: 'unknown',
        message:
          'Cannot read the ledger: the server answered 502: no explanation that this program understands',
      });
    }
  });

  it('refuses answers that do not follow the protocol', async () => {
    const { server, remote } = await begin();
    server.instead = () => ({ status: 200, body: 'not the protocol' });
    await assert.rejects(remote.ledger(-1), { name: 'MalformedAnswerError' });
    await assert.rejects(remote.getObjects([new Uint8Array(16)]), { name: 'MalformedAnswerError' });
    await assert.rejects(remote.seen(), { name: 'MalformedAnswerError' });
  });

  it('tells when each machine was last seen', async () => {
    const { device, remote } = await begin();
    assert.deepEqual([...(await remote.seen())], [[device.id.toHex(), NOW]]);
  });

  it('takes no time from the server that a date cannot show', async () => {
    const { server, device, remote } = await begin();
    for (const seen of [253_402_300_800n, 2n ** 64n - 1n]) {
      server.instead = () => ({ status: 200, body: encode(seenCodec, [{ device: device.id, seen }]) });
      const [time = 0] = (await remote.seen()).values();
      assert.equal(new Date(time * 1000).toISOString(), '9999-12-31T23:59:59.000Z');
    }
  });

  it('names the server that it cannot reach', async () => {
    const { server, remote } = await begin();
    server.instead = () => 'reset';
    await assert.rejects(remote.ledger(-1), {
      name: 'TransportError',
      message: `Cannot GET ${server.url.origin}/v1/ledger: socket hang up`,
    });
  });
});
