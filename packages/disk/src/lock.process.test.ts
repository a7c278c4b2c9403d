import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { interruptProgram, killProgram, runProgram, startProgram } from '../testing/child.ts';
import { Scratch } from '../testing/scratch.ts';
import { LockedError, withLock } from './lock.ts';

/** A program that takes the lock, prints a word and holds the lock for ever. */
function holding(path: string): string {
  return `disk.withLock('${path}', { holder: 'child work', waitSeconds: 0 }, () => {
    fs.writeSync(1, 'locked');
    return new Promise(() => setInterval(() => {}, 1000));
  });`;
}

test('withLock holds off other processes, names the holder, and is freed by kill -9', async () => {
  using scratch = new Scratch();
  const path = scratch.file('lock');
  const child = await startProgram(holding(path));
  await assert.rejects(withLock(path, { holder: 'test', waitSeconds: 0 }, assert.fail), (error) => {
    assert.ok(error instanceof LockedError);
    assert.equal(error.holder?.pid, child.pid);
    assert.match(error.message, /^Another child \(pid \d+, work, since /);
    return true;
  });
  await killProgram(child);
  assert.equal(await withLock(path, { holder: 'test', waitSeconds: 0 }, () => 'free'), 'free');
  assert.deepEqual(readdirSync(scratch.path), ['lock']);
});

test('withLock ends the wait of one process when another is killed', async () => {
  using scratch = new Scratch();
  const path = scratch.file('lock');
  const child = await startProgram(holding(path));
  const order: string[] = [];
  const waiting = withLock(path, { holder: 'test', waitSeconds: 20 }, () => order.push('inside'));
  await setTimeout(50);
  order.push('killing');
  await killProgram(child);
  await waiting;
  assert.deepEqual(order, ['killing', 'inside']);
});

test('withLock lets one of many processes in at a time', async () => {
  using scratch = new Scratch();
  const [path, inside] = [scratch.file('lock'), scratch.file('inside')];
  const program = `
    for (let turn = 0; turn < 5; turn += 1) {
      await disk.withLock('${path}', { holder: 'child', waitSeconds: 20 }, async () => {
        fs.mkdirSync('${inside}');
        await new Promise((resolve) => setTimeout(resolve, 1));
        fs.rmdirSync('${inside}');
      });
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    fs.writeSync(1, 'done');`;
  const outputs = await Promise.all(Array.from({ length: 4 }, () => runProgram(program)));
  assert.deepEqual(
    outputs.map(({ output }) => output),
    ['done', 'done', 'done', 'done'],
  );
});

test('withLock is not content with a lock file that is removed while it takes the lock', async () => {
  using scratch = new Scratch();
  const path = scratch.file('lock');
  const program = `
    await disk.withLock('${path}', { holder: 'child', waitSeconds: 0 }, () => fs.writeSync(1, 'inside'))
      .catch((error) => fs.writeSync(1, error.code));`;
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  let taken: Promise<unknown> | undefined;
  const place = ['-P', path, '-e', 'inject=?fcntl64,fcntl:ACTION:when=1'];
  const output = await interruptProgram(program, place, () => {
    rmSync(path);
    taken = withLock(path, { holder: 'test', waitSeconds: 0 }, () => finished);
  });
  finish();
  await taken;
  assert.equal(output, 'locked');
});
