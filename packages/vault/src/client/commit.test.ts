import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8 } from '@orrery/bytes';
import { Machine, makePair, temporaryFolder, unixNow } from '../../testing/machine.ts';
import type { Client } from './client.ts';
import { commit, type Changes, type NewVersion } from './commit.ts';
import { Contents } from './contents.ts';
import { readView, type View } from './view.ts';

function version(name: string, content: string, more: Partial<NewVersion> = {}): NewVersion {
  return { name, content: utf8(content), mode: 0o600, portable: false, mtime: 1_700_000_000, ...more };
}

/** Commits on what the client has read, as one step. */
async function commitOn(
  client: Client,
  versions: readonly NewVersion[],
  deleted: Changes['deleted'] = [],
  sees = true,
): Promise<View | undefined> {
  const { home, session } = client;
  const contents = await Contents.open(session);
  const view = await readView(home, session, () => Promise.resolve(contents));
  const objects = [...view.files.values()].map(({ object }) => object.toHex());
  const seen = new Set(sees ? objects : []);
  return commit(home, session, contents, view, { versions, deleted, seen });
}

describe('commit', () => {
  it('makes the versions visible to others, and takes deletions away', async () => {
    const [laptop, desktop] = await makePair();
    const client = await laptop.open();
    await commitOn(client, [version('a', 'one'), version('b', 'two', { mode: 0o755, portable: true })]);
    await commitOn(client, [version('c', 'three')], ['a', 'never there']);
    const { home, session } = await desktop.open();
    const { files } = await readView(home, session, () => Contents.open(session));
    assert.deepEqual(
      [...files.values()].map(({ name, size, mode, portable, mtime }) => ({
        name,
        size,
        mode,
        portable,
        mtime,
      })),
      [
        { name: 'b', size: 3, mode: 0o755, portable: true, mtime: 1_700_000_000n },
        { name: 'c', size: 5, mode: 0o600, portable: false, mtime: 1_700_000_000n },
      ],
    );
  });

  it('uploads a content once, however many names and commits have it', async () => {
    const laptop = await Machine.found(temporaryFolder());
    const client = await laptop.open();
    await commitOn(client, [version('a', 'same'), version('b', 'same')]);
    assert.equal(laptop.server.objects.size, 2);
    await commitOn(client, [version('c', 'same')], ['a']);
    assert.equal(laptop.server.objects.size, 3);
  });

  it('uploads a content again if nobody here saw that the object has it', async () => {
    const laptop = await Machine.found(temporaryFolder());
    const client = await laptop.open();
    await commitOn(client, [version('a', 'same')]);
    await commitOn(client, [version('b', 'same')], [], false);
    assert.equal(laptop.server.objects.size, 4);
  });

  it('uploads a content again that the ledger no longer keeps', async () => {
    const laptop = await Machine.found(temporaryFolder());
    const client = await laptop.open();
    await commitOn(client, [version('a', 'one')]);
    const before = laptop.server.objects.size;
    await commitOn(client, [], ['a']);
    await commitOn(client, [version('a', 'one')]);
    assert.equal(laptop.server.objects.size, before + 3, 'two manifests, and the content that no file had');
  });

  it('puts times ahead of the clock back, and such before 1970 to it', async () => {
    const laptop = await Machine.found(temporaryFolder());
    const now = unixNow();
    const view = await commitOn(await laptop.open(), [
      version('future', '1', { mtime: now + 1000 }),
      version('past', '2', { mtime: -5 }),
    ]);
    const times = [...(view?.files.values() ?? [])].map(({ mtime }) => Number(mtime));
    assert.ok((times[0] ?? 0) - now < 100, `${times[0]} is not now`);
    assert.equal(times[1], 0);
  });

  it('shows nothing if another machine was quicker', async () => {
    const [laptop, desktop] = await makePair();
    const [first, second] = [await laptop.open(), await desktop.open()];
    await commitOn(first, [version('a', 'first')]);
    assert.equal(await commitOn(second, [version('a', 'second')]), undefined);
    const { home, session } = await desktop.open();
    const view = await readView(home, session, () => Contents.open(session));
    assert.equal(view.files.get('a')?.size, 5);
    assert.equal(laptop.server.records.length, 3);
  });
});
