import { utf8 } from '@orrery/bytes';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeConnections } from '../../testing/connected.ts';
import { ChannelOpenError, type ChannelOpener, type OpenAnswer } from './channel-table.ts';
import type { GlobalHandler } from './global-requests.ts';

const accept: OpenAnswer = { accept: (channel) => void channel.pipe(channel) };

describe('Connection', () => {
  it('opens what there is an opener for, and tells why it does not', async () => {
    const seen: string[] = [];
    const { atClient } = await makeConnections({
      channelOpeners: new Map<string, ChannelOpener>([
        ['now', (data) => (seen.push(new TextDecoder().decode(data)), accept)],
        ['later', async () => accept],
        ['never', (): OpenAnswer => ({ refuse: 'connectFailed', why: 'no route' })],
      ]),
    });
    assert.equal((await atClient.openChannel('now', utf8('where'))).id, 0);
    assert.equal((await atClient.openChannel('later')).id, 1);
    assert.deepEqual(seen, ['where']);
    await assert.rejects(atClient.openChannel('never'), (error) => {
      assert.ok(error instanceof ChannelOpenError);
      assert.equal(
        error.message,
        'Cannot open a channel of type "never": the other side refused for reason 2',
      );
      assert.deepEqual([error.reason, error.description], [2, 'no route']);
      return true;
    });
    await assert.rejects(atClient.openChannel('unheard-of'), { reason: 3 });
  });

  it('uses a number again when its channel is closed', async () => {
    const { atClient } = await makeConnections({ channelOpeners: new Map([['x', () => accept]]) });
    const first = await atClient.openChannel('x');
    first.close();
    await new Promise((resolve) => void first.once('closed', resolve));
    assert.equal((await atClient.openChannel('x')).id, 0);
  });

  it('answers global requests in order, with data or without', async () => {
    const { atServer } = await makeConnections(
      {},
      {
        globalRequests: new Map<string, GlobalHandler>([
          ['echo', async (data) => data.slice()],
          ['empty', () => new Uint8Array()],
          ['refused', () => undefined],
        ]),
      },
    );
    assert.deepEqual(
      await Promise.all([
        atServer.globalRequest('echo', utf8('x')),
        atServer.globalRequest('refused', utf8('x')),
        atServer.globalRequest('empty', utf8('x')),
        atServer.globalRequest('unheard-of', utf8('x')),
      ]),
      [utf8('x'), undefined, utf8(''), undefined],
    );
  });

  it('does not tell the other side why a handler failed', async () => {
    const fail = (): never => {
      throw new Error('secret');
    };
    for (const handler of [fail, async () => fail()]) {
      const { atClient, atServer } = await makeConnections({ globalRequests: new Map([['x', handler]]) });
      void atClient.globalRequest('x', new Uint8Array());
      await assert.rejects(atClient.ended, { description: 'Cannot go on: the program failed' });
      await assert.rejects(atServer.ended, { cause: new Error('secret') });
    }
  });

  it('ends in peace here, and with an error there', async () => {
    const { atClient, atServer } = await makeConnections();
    const asked = atServer.globalRequest('x', new Uint8Array());
    await asked;
    atClient.disconnect();
    await atClient.ended;
    await assert.rejects(atServer.ended, { code: 'connectionLost', reason: 11 });
    assert.equal(await atClient.globalRequest('x', new Uint8Array()), undefined);
  });

  it('rejects channels that are being opened when it ends', async () => {
    const { atClient } = await makeConnections({
      channelOpeners: new Map([['x', () => new Promise<OpenAnswer>(() => undefined)]]),
    });
    const opening = atClient.openChannel('x');
    atClient.disconnect();
    await assert.rejects(opening, { code: 'byApplication' });
    await assert.rejects(atClient.openChannel('x'), { code: 'byApplication' });
  });

  it('gives up a connection on which nothing is answered', async () => {
    const { atClient, server } = await makeConnections(
      {},
      { keepAlive: { intervalSeconds: 0.01, maxMissed: 2 } },
    );
    server.use({ receive: () => new Promise(() => undefined), closed: () => undefined });
    await assert.rejects(atClient.ended, {
      message: 'Cannot go on: the other side does not answer',
    });
  });

  it('keeps a connection that is answered', async () => {
    const { atClient } = await makeConnections({}, { keepAlive: { intervalSeconds: 0.05, maxMissed: 4 } });
    const waited = new Promise((resolve) => setTimeout(resolve, 400, 'alive'));
    assert.equal(await Promise.race([atClient.ended, waited]), 'alive');
    atClient.disconnect();
  });
});
