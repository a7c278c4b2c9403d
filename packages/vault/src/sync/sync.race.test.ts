import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makePairWith, texts, unixNow } from '../../testing/machine.ts';

describe('syncFolder when something happens meanwhile', () => {
  it('begins anew if another machine commits first', async () => {
    const [laptop, desktop] = await makePairWith({ config: 'Host a\n' });
    laptop.write('config', 'Host a\nHost b\n');
    desktop.write('config', 'Host c\nHost a\n');
    let first = true;
    laptop.server.before = async (request) => {
      if (request !== 'append' || !first) return;
      first = false;
      await desktop.sync();
    };
    const report = await laptop.sync();
    assert.deepEqual(report.merged, ['config']);
    assert.equal(laptop.read('config'), 'Host c\nHost a\nHost b\n');
  });

  it('begins anew if a file changes between the look and the upload', async () => {
    const [laptop, desktop] = await makePairWith({ id: 'one' });
    laptop.write('config', 'Host a\n');
    await laptop.sync();
    desktop.write('config', 'Host b\n');
    desktop.write('id', 'two');
    let first = true;
    laptop.server.before = (request) => {
      if (request !== 'getObjects' || !first) return;
      first = false;
      desktop.write('id', 'three');
    };
    await desktop.sync();
    await laptop.sync();
    assert.equal(laptop.read('id'), 'three');
  });

  it('begins anew if a file goes between the look and the upload', async () => {
    const [laptop, desktop] = await makePairWith({ id: 'one', a: '1', b: '2' });
    laptop.write('config', 'Host a\n');
    await laptop.sync();
    desktop.write('config', 'Host b\n');
    desktop.write('id', 'two');
    laptop.server.before = () => {
      if (desktop.has('id')) desktop.remove('id');
    };
    assert.deepEqual((await desktop.sync()).deletedOnServer, ['id']);
  });

  it('leaves a file alone that is written while it arrives, and takes it next time', async () => {
    const [laptop, desktop] = await makePairWith({ id: 'one', other: 'one' });
    laptop.write('id', 'theirs', { mtime: unixNow() - 30 });
    laptop.write('other', 'theirs');
    await laptop.sync();
    desktop.write('new', 'so that there is a commit');
    laptop.server.before = (request) => {
      if (request === 'append') desktop.write('id', 'mine', { mtime: unixNow() - 10 });
    };
    const report = await desktop.sync();
    assert.equal(desktop.read('id'), 'mine');
    assert.deepEqual(report.downloaded, ['other']);
    assert.deepEqual(texts(report), [
      'changed id: it changed while it was synced: left as it is until the next sync',
    ]);
    await desktop.sync();
    await laptop.sync();
    assert.equal(laptop.read('id'), 'mine');
  });

  it('finds its own commit again whose answer was lost', async () => {
    const [laptop, desktop] = await makePairWith({ id: 'one' });
    laptop.write('id', 'two');
    laptop.server.after = (request) => {
      if (request === 'append') throw new Error('connection reset');
    };
    await assert.rejects(laptop.sync(), /connection reset/);
    laptop.server.after = () => undefined;
    const report = await laptop.sync();
    assert.deepEqual([report.uploaded, report.downloaded, report.decisions], [[], [], []]);
    await desktop.sync();
    assert.equal(desktop.read('id'), 'two');
  });

  it('ends with words if others are always quicker', async () => {
    const [laptop, desktop] = await makePairWith({ id: 'one' });
    laptop.write('id', 'two');
    let count = 0;
    let busy = false;
    laptop.server.before = async (request) => {
      if (request !== 'append' || busy) return;
      busy = true;
      desktop.write('other', String(count++));
      await desktop.sync();
      busy = false;
    };
    await assert.rejects(laptop.sync(), /changed 10 times meanwhile; try again/);
    assert.equal(count, 10);
  });
});
