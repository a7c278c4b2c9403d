import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  authenticated,
  makePair,
  makeRoles,
  message,
  side,
  type Side,
} from '../../testing/transport-pair.ts';
import { supportedAlgorithms, type Preferences } from './algorithms.ts';
import { Transport } from './transport.ts';

/** As it would be in another process. */
async function move({ transport, stream }: Side, isClient: boolean): Promise<Side> {
  transport.use(undefined);
  const state = structuredClone(await transport.exportState());
  const { clientRole, serverRole } = makeRoles({ preferences: { kex: ['curve25519-sha256'] } });
  return side(stream, new Transport(stream, isClient ? clientRole : serverRole, state));
}

const kex = ['curve25519-sha256'];
const combinations: readonly Partial<Preferences>[] = [
  ...supportedAlgorithms.ciphers.map((name) => ({
    kex,
    ciphers: [name],
    macs: ['hmac-sha2-512-etm@openssh.com'],
  })),
  { kex, ciphers: ['aes192-ctr'], macs: ['hmac-sha2-256'] },
];

describe('Transport.exportState', () => {
  for (const preferences of combinations)
    it(`moves both sides, with new keys before and after, by ${Object.values(preferences).join(' ')}`, async () => {
      const pair = await makePair({ preferences });
      await authenticated(pair);
      for (let index = 0; index < 5; index++) pair.client.transport.send(message(`before ${index}`));
      await pair.server.user.until(5);
      pair.client.transport.rekey();
      pair.client.transport.send(message('with new keys'));
      await pair.server.user.until(6);

      const server = await move(pair.server, false);
      const client = await move(pair.client, true);
      assert.deepEqual(client.transport.sessionId, server.transport.sessionId);
      assert.deepEqual(client.transport.negotiated, server.transport.negotiated);
      assert.equal(client.transport.peerLine, 'SSH-2.0-server');
      assert.equal(client.transport.extensions.has('ping@openssh.com'), true);
      client.transport.send(message('after the move'));
      server.transport.send(message('to the client'));
      server.transport.rekey();
      server.transport.send(message('with newer keys'));
      await Promise.all([client.user.until(2), server.user.until(1)]);
      client.transport.send(message('at last'));
      await server.user.until(2);
      assert.deepEqual(client.user.texts, ['Zto the client', 'Zwith newer keys']);
      assert.deepEqual(server.user.texts, ['Zafter the move', 'Zat last']);
    });

  it('takes with it what came and was not read', async () => {
    const pair = await makePair();
    await authenticated(pair);
    pair.server.transport.use(undefined);
    for (let index = 0; index < 30; index++)
      pair.client.transport.send(message(`${index} `.padEnd(10_000, '.')));
    await new Promise((resolve) => setImmediate(resolve));
    const state = await pair.server.transport.exportState();
    assert.ok(state.unread.length > 10_000);
    const moved = side(
      pair.server.stream,
      new Transport(pair.server.stream, makeRoles().serverRole, structuredClone(state)),
    );
    await moved.user.until(30);
    assert.deepEqual(
      moved.user.texts,
      Array.from({ length: 30 }, (_, index) => `Z${index} `.padEnd(10_001, '.')),
    );
  });

  it('leaves delayed compression to the other process', async () => {
    const pair = await makePair({ preferences: { compressions: ['zlib@openssh.com'], kex } });
    pair.client.transport.send(message('let me in'));
    await pair.server.user.until(1);
    pair.server.transport.use(undefined);
    pair.server.transport.send(Uint8Array.of(52));
    const state = await pair.server.transport.exportState();
    const { serverRole } = makeRoles();
    const moved = side(pair.server.stream, new Transport(pair.server.stream, serverRole, state));
    await pair.client.user.until(1);
    moved.transport.send(message('a'.repeat(1000)));
    pair.client.transport.send(message('b'.repeat(1000)));
    await Promise.all([moved.user.until(1), pair.client.user.until(2)]);
    assert.equal(moved.user.texts[0], `Z${'b'.repeat(1000)}`);
    assert.equal(pair.client.user.texts[1], `Z${'a'.repeat(1000)}`);
    moved.transport.use(undefined);
    await assert.rejects(moved.transport.exportState(), {
      message: 'Cannot move the connection: its compression has begun',
    });
  });

  it('leaves nothing behind that acts', async () => {
    const { client, server } = await makePair();
    server.transport.use(undefined);
    await server.transport.exportState();
    server.transport.send(message('lost'));
    server.transport.disconnect('');
    client.transport.send(message('unread'));
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual([client.user.texts, server.user.texts], [[], []]);
    await assert.rejects(server.transport.exportState(), {
      message: 'Cannot move the connection: it is over',
    });
  });

  it('waits for the end of a key exchange', async () => {
    const pair = await makePair();
    pair.client.transport.rekey();
    const client = await move(pair.client, true);
    assert.equal(pair.seen.length, 2);
    client.transport.send(message('with the new keys'));
    await pair.server.user.until(1);
    assert.deepEqual(pair.server.user.texts, ['Zwith the new keys']);
  });

  it('refuses while somebody uses the connection', async () => {
    const { client } = await makePair();
    await assert.rejects(client.transport.exportState(), {
      message: 'Cannot move the connection: it is in use',
    });
  });
});
