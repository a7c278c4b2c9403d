import { utf8 } from '@orrery/bytes';
import assert from 'node:assert/strict';
import { buffer, text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { makeChannels, settle } from '../../testing/connected.ts';

describe('Channel', () => {
  it('carries bytes both ways, and ends each way by itself', async () => {
    const { near, far } = await makeChannels();
    near.end('question');
    assert.equal(await text(far), 'question');
    far.end('answer');
    assert.equal(await text(near), 'answer');
  });

  it('carries more than a window in order, in both directions at the same time', async () => {
    const { near, far } = await makeChannels();
    const bytes = Buffer.alloc(9_000_000, 'a line of text that is not a power of two long\n');
    near.end(bytes);
    far.end(bytes);
    const [atFar, atNear] = await Promise.all([buffer(far), buffer(near)]);
    assert.ok(atFar.equals(bytes));
    assert.ok(atNear.equals(bytes));
  });

  it('holds a sender back whose data is not read', async () => {
    const { near, far, atClient } = await makeChannels();
    near.write(Buffer.alloc(8 * 1024 * 1024));
    await settle(atClient);
    assert.ok(near.writableLength > 0);
    assert.equal(far.readableLength, 0);
    const received = buffer(far);
    near.end();
    assert.equal((await received).length, 8 * 1024 * 1024);
  });

  it('keeps standard error apart, and ends with both', async () => {
    const { near, far } = await makeChannels();
    far.sendsStderr();
    far.write('out');
    far.end();
    far.stderr.write('err');
    far.stderr.end('or');
    assert.deepEqual(await Promise.all([text(near), text(near.stderr)]), ['out', 'error']);
  });

  it('answers requests in order while it carries data', async () => {
    const { near, far } = await makeChannels();
    const asked: string[] = [];
    far.onRequest = async (type, data) => {
      await new Promise((resolve) => setTimeout(resolve, type === 'slow' ? 5 : 0));
      asked.push(`${type} ${new TextDecoder().decode(data)}`);
      return type !== 'bad';
    };
    near.notify('note', utf8('0'));
    const answers = Promise.all([
      near.request('slow', utf8('1')),
      near.request('bad', utf8('2')),
      near.request('good', utf8('3')),
    ]);
    near.end('data');
    assert.equal(await text(far), 'data');
    assert.deepEqual(await answers, [true, false, true]);
    assert.deepEqual(asked, ['note 0', 'slow 1', 'bad 2', 'good 3']);
  });

  it('tells the sender that its data is of no use, and that is dropped', async () => {
    const { near, far, atClient } = await makeChannels();
    const told = new Promise((resolve) => void near.once('eow', () => resolve('eow')));
    near.write(Buffer.alloc(4_000_000));
    far.refuseData();
    assert.equal(await told, 'eow');
    near.write('more');
    await settle(atClient);
    assert.equal(near.writableLength, 0);
    assert.equal((await buffer(far)).length, 0);
    far.end('still here');
    assert.equal(await text(near), 'still here');
  });

  it('is over when both sides have closed it', async () => {
    const { near, far, atClient } = await makeChannels();
    const closed = Promise.all([
      new Promise((resolve) => void near.once('closed', () => resolve('near'))),
      new Promise((resolve) => void far.once('closed', () => resolve('far'))),
    ]);
    near.write('last words');
    near.close();
    assert.deepEqual(await closed, ['near', 'far']);
    assert.equal(await near.request('late', new Uint8Array()), false);
    near.notify('late', new Uint8Array());
    near.write('late');
    far.write('late');
    await settle(atClient);
  });

  it('answers open requests with no when it is closed, and when the connection ends', async () => {
    const { near, far, client } = await makeChannels();
    far.onRequest = () => new Promise(() => undefined);
    const answer = near.request('x', new Uint8Array());
    far.close();
    assert.equal(await answer, false);
    const other = await makeChannels();
    other.far.onRequest = () => new Promise(() => undefined);
    const lost = other.near.request('x', new Uint8Array());
    other.client.disconnect('');
    assert.equal(await lost, false);
    assert.equal(await text(other.near), '');
    client.disconnect('');
  });
});
