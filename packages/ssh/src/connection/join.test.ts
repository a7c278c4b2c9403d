import assert from 'node:assert/strict';
import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { makeChannels, settle } from '../../testing/connected.ts';
import { joinStream } from './join.ts';

async function joined() {
  const channels = await makeChannels();
  const [inner, outer] = duplexPair();
  joinStream(channels.far, inner);
  return { ...channels, inner, outer };
}

describe('joinStream', () => {
  it('carries bytes both ways, ends each way by itself, and closes the channel after both', async () => {
    const { near, far, outer } = await joined();
    near.end('question');
    const [question] = await Promise.all([once(outer, 'data'), once(outer, 'end')]);
    assert.deepEqual(question, [Buffer.from('question')]);
    const closed = once(far, 'closed');
    outer.end('answer');
    assert.equal(await text(near), 'answer');
    await closed;
    assert.equal(near.isOver, true);
  });

  it('gives the stream all that came before the other side closed the channel', async () => {
    const { near, inner, outer, atClient } = await joined();
    const bytes = 'a line\n'.repeat(30_000);
    near.end(bytes);
    near.close();
    await settle(atClient);
    assert.equal(await text(outer), bytes);
    await (inner.destroyed ? undefined : once(inner, 'close'));
  });

  it('closes the channel of a stream that breaks', async () => {
    const { near, inner } = await joined();
    const closed = once(near, 'closed');
    inner.destroy(new Error('broken'));
    await closed;
    assert.equal(await text(near), '');
  });

  it('closes the channel of a stream that was gone before', async () => {
    const { near, far } = await makeChannels();
    const [inner] = duplexPair();
    inner.destroy();
    const closed = once(near, 'closed');
    joinStream(far, inner);
    await closed;
  });
});
