import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { asPlainUser, codeOf, giveAway, isRoot, Scratch } from '../testing/scratch.ts';
import { removeStaleTemporaries, withTemporary } from './temporary.ts';

const UUID = '01234567-89ab-4cde-8f01-23456789abcd';
/** Above every system's highest process number. */
const NO_PROCESS = 2 ** 31 - 1;

function nameOfOurs(scratch: Scratch): string {
  return withTemporary(scratch.path, (path) => path.replace(/.*\//, ''));
}

/** As if a process of this machine with that number had left it. */
function leftBy(scratch: Scratch, processNumber: number): string {
  return nameOfOurs(scratch).replace(/-\d+-[\da-f-]{36}$/, `-${processNumber}-${UUID}`);
}

test('withTemporary gives another unguessable name each time and what its function returns', () => {
  using scratch = new Scratch();
  const names = new Set(Array.from({ length: 100 }, () => nameOfOurs(scratch)));
  assert.equal(names.size, 100);
  for (const name of names) assert.match(name, /^\.orrery-tmp-[\w.-]+-\d+-[\da-f-]{36}$/);
});

test('withTemporary removes the file when its function fails, and passes the error on', () => {
  using scratch = new Scratch();
  const fail = (path: string): never => {
    writeFileSync(path, 'half');
    throw new Error('stop');
  };
  assert.throws(() => withTemporary(scratch.path, fail), new Error('stop'));
  assert.deepEqual(readdirSync(scratch.path), []);
});

test('removeStaleTemporaries removes what a process left that no longer runs, and nothing else', () => {
  using scratch = new Scratch();
  const dead = leftBy(scratch, NO_PROCESS);
  const ours = nameOfOurs(scratch);
  const others = ['.orrery-tmp-', '.orrery-tmp-notes', `${dead}.old`, `x${dead}`, 'config'];
  for (const name of [dead, ours, leftBy(scratch, 1), ...others]) scratch.write(name, 'x');
  scratch.folder(leftBy(scratch, NO_PROCESS - 1));
  scratch.link(leftBy(scratch, NO_PROCESS - 2), scratch.file('config'));
  const before = readdirSync(scratch.path);
  assert.deepEqual(removeStaleTemporaries(scratch.path), [dead]);
  assert.deepEqual(
    readdirSync(scratch.path),
    before.filter((name) => name !== dead),
  );
});

test('removeStaleTemporaries takes no process number of another machine for one of this', (t) => {
  using scratch = new Scratch();
  const name = `.orrery-tmp-elsewhere.4026531836-${NO_PROCESS}-${UUID}`;
  const path = scratch.write(name, 'x');
  assert.deepEqual(removeStaleTemporaries(scratch.path), []);
  assert.ok(existsSync(path));
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 59 * 60_000 });
  assert.deepEqual(removeStaleTemporaries(scratch.path), []);
  t.mock.timers.setTime(Date.now() + 2 * 60_000);
  assert.deepEqual(removeStaleTemporaries(scratch.path), [name]);
  assert.ok(!existsSync(path));
});

test('removeStaleTemporaries leaves the temporary of a running process for an hour', (t) => {
  using scratch = new Scratch();
  const name = leftBy(scratch, 1);
  scratch.write(name, 'x');
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 59 * 60_000 });
  assert.deepEqual(removeStaleTemporaries(scratch.path), []);
  t.mock.timers.setTime(Date.now() + 2 * 60_000);
  assert.deepEqual(removeStaleTemporaries(scratch.path), [name]);
});

test('removeStaleTemporaries leaves what belongs to another user', () => {
  using scratch = new Scratch();
  const name = leftBy(scratch, NO_PROCESS);
  giveAway(scratch.write(name, 'x'));
  assert.deepEqual(removeStaleTemporaries(scratch.path), isRoot ? [] : [name]);
});

test('removeStaleTemporaries finds nothing where there is no folder, and says when it may not look', () => {
  using scratch = new Scratch();
  assert.deepEqual(removeStaleTemporaries(scratch.file('none')), []);
  const folder = scratch.folder('folder', 0o000);
  asPlainUser([scratch.path, folder], () =>
    assert.equal(
      codeOf(() => removeStaleTemporaries(folder)),
      'EACCES',
    ),
  );
  chmodSync(folder, 0o700);
});

test('removeStaleTemporaries returns only what it could remove', () => {
  using scratch = new Scratch();
  const name = leftBy(scratch, NO_PROCESS);
  const folder = scratch.folder('folder');
  const path = scratch.write(`folder/${name}`, 'x');
  chmodSync(folder, 0o500);
  asPlainUser([scratch.path, folder, path], () => assert.deepEqual(removeStaleTemporaries(folder), []));
  chmodSync(folder, 0o700);
});
