import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { foreignFile, Scratch } from '../testing/scratch.ts';
import { LockedError, withLock } from './lock.ts';

const now = { holder: 'orrery test', waitSeconds: 0 };
const soon = { holder: 'orrery wait', waitSeconds: 20 };

test('withLock gives back what its action returns, and leaves an empty file', async () => {
  using scratch = new Scratch();
  const path = scratch.file('lock');
  assert.equal(await withLock(path, now, () => 5), 5);
  assert.equal(await withLock(path, now, () => Promise.resolve(6)), 6);
  assert.deepEqual(readdirSync(scratch.path), ['lock']);
  assert.equal(statSync(path).size, 0);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('withLock is free again after its action fails', async () => {
  using scratch = new Scratch();
  const path = scratch.file('lock');
  await assert.rejects(
    withLock(path, now, () => {
      throw new Error('stop');
    }),
    new Error('stop'),
  );
  assert.equal(await withLock(path, now, () => 5), 5);
});

test('withLock refuses a second call in the same process and says who holds it', async () => {
  using scratch = new Scratch();
  const path = scratch.file('lock');
  await withLock(path, now, async () => {
    await assert.rejects(withLock(path, now, assert.fail), (error) => {
      assert.ok(error instanceof LockedError);
      assert.equal(error.code, 'locked');
      assert.equal(error.holder?.pid, process.pid);
      assert.equal(error.holder?.holder, 'orrery test');
      const message = error.message.replace(/\d\d:\d\d:\d\d/, 'TIME');
      const holder = `Another orrery (pid ${process.pid}, test, since TIME)`;
      assert.equal(message, `${holder} is working in "${scratch.path}": waited 0 s`);
      assert.equal(error.hint, 'try again when it has finished');
      return true;
    });
  });
});

test('withLock waits for its turn', async () => {
  using scratch = new Scratch();
  const path = scratch.file('lock');
  const order: string[] = [];
  const first = withLock(path, now, async () => {
    order.push('first in');
    await new Promise((resolve) => {
      setTimeout(resolve, 60);
    });
    order.push('first out');
  });
  await Promise.all([
    first,
    withLock(path, soon, () => order.push('second')),
    withLock(path, soon, () => order.push('third')),
  ]);
  assert.deepEqual(order.slice(0, 2), ['first in', 'first out']);
  assert.deepEqual(order.slice(2).toSorted(), ['second', 'third']);
});

test('withLock keeps no files open for those who wait', async () => {
  using scratch = new Scratch();
  const path = scratch.file('lock');
  const openFiles = (): number => readdirSync('/proc/self/fd').length;
  await withLock(path, now, async () => {
    await assert.rejects(withLock(path, now, assert.fail), LockedError);
    const before = openFiles();
    for (let time = 0; time < 50; time += 1)
      await assert.rejects(withLock(path, now, assert.fail), LockedError);
    assert.equal(openFiles(), before);
  });
});

test('withLock survives that its holder removes the lock file', async () => {
  using scratch = new Scratch();
  const path = scratch.file('lock');
  await withLock(path, now, () => rmSync(path));
  await withLock(path, now, () => assert.rejects(withLock(path, now, assert.fail), LockedError));
});

test('withLock works with any name, and through an own link', async () => {
  using scratch = new Scratch();
  for (const name of ['a b', '100%25?mode=ro#x', "it's é", ':memory:']) {
    const path = scratch.file(name);
    await withLock(path, now, () => assert.rejects(withLock(path, now, assert.fail), LockedError));
    assert.equal(statSync(path).size, 0);
  }
  const path = scratch.file('lock');
  await withLock(path, now, async () => {
    await assert.rejects(withLock(scratch.link('link', 'lock'), now, assert.fail), LockedError);
  });
});

test('withLock takes a path from the current folder on, even one that SQLite takes for none', async () => {
  using scratch = new Scratch();
  const before = process.cwd();
  process.chdir(scratch.path);
  try {
    await withLock(':memory:', now, () =>
      assert.rejects(withLock(':memory:', now, assert.fail), LockedError),
    );
  } finally {
    process.chdir(before);
  }
});

test('withLock refuses what is not its own empty file, and leaves it as it is', async () => {
  using scratch = new Scratch();
  const notes = scratch.write('notes', 'my notes');
  await assert.rejects(withLock(notes, now, assert.fail), {
    name: 'DiskError',
    code: 'lock',
    message: `Cannot lock "${notes}": file is not a database`,
    hint: 'the file must be an empty one, on a disk that supports locks',
  });
  assert.equal(readFileSync(notes, 'utf8'), 'my notes');
  await assert.rejects(withLock(foreignFile(scratch), now, assert.fail), { code: 'foreign-owner' });
  await assert.rejects(withLock(scratch.fifo('fifo'), now, assert.fail), { code: 'not-regular' });
  await assert.rejects(withLock(scratch.link('link', 'none'), now, assert.fail), { code: 'dangling-link' });
});

test('withLock in a folder that does not exist says so', async () => {
  using scratch = new Scratch();
  const path = scratch.file('none/lock');
  await assert.rejects(withLock(path, now, assert.fail), {
    code: 'ENOENT',
    message: `Cannot create lock "${path}": no such file or directory`,
  });
});

test('withLock works when it cannot say who holds it, and believes no nonsense', async () => {
  using scratch = new Scratch();
  const path = scratch.file('lock');
  scratch.folder('lock.holder');
  const refused = /^Another program is working in ".*": waited 0 s$/;
  await withLock(path, now, () => assert.rejects(withLock(path, now, assert.fail), { message: refused }));
  rmSync(scratch.file('lock.holder'), { recursive: true });
  for (const content of ['', '[]', 'null', '{"pid":"1","holder":"x","since":0}', 'x'.repeat(2000)])
    await withLock(path, now, async () => {
      writeFileSync(scratch.file('lock.holder'), content);
      await assert.rejects(withLock(path, now, assert.fail), { message: refused });
    });
});
