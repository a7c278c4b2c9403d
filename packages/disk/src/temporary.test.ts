import assert from 'node:assert/strict';
import { chmodSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { asPlainUser, codeOf, giveAway, isRoot, Scratch } from '../testing/scratch.ts';
import { leaveTemporary, NO_PROCESS, temporaryName } from '../testing/temporary.ts';
import { removeStaleTemporaries, withTemporary } from './temporary.ts';

const ELSEWHERE = `.orrery-tmp-elsewhere.4026531836-${NO_PROCESS}-01234567-89ab-4cde-8f01-23456789abcd`;
const MINUTE = 60_000;

test('withTemporary gives another unguessable name each time and what its function returns', () => {
  const names = new Set(Array.from({ length: 100 }, () => withTemporary('.', (path) => path)));
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
  leaveTemporary(scratch.path, process.pid);
  leaveTemporary(scratch.path, 1);
  for (const name of ['.orrery-tmp-', '.orrery-tmp-notes', `${temporaryName(NO_PROCESS)}.old`, 'config'])
    scratch.write(name, 'x');
  scratch.write(`x${temporaryName(NO_PROCESS)}`, 'x');
  scratch.folder(temporaryName(NO_PROCESS));
  scratch.link(temporaryName(NO_PROCESS), scratch.file('config'));
  const others = readdirSync(scratch.path);
  const dead = leaveTemporary(scratch.path);
  assert.deepEqual(removeStaleTemporaries(scratch.path), [dead]);
  assert.deepEqual(readdirSync(scratch.path), others);
});

test('removeStaleTemporaries takes no process number of another machine for one of this', () => {
  using scratch = new Scratch();
  scratch.write(ELSEWHERE, 'half');
  assert.deepEqual(removeStaleTemporaries(scratch.path), []);
  assert.deepEqual(readdirSync(scratch.path), [ELSEWHERE]);
});

test('removeStaleTemporaries leaves for an hour what a running process or another machine may be writing', (t) => {
  using scratch = new Scratch();
  const names = [scratch.write(ELSEWHERE, 'half'), leaveTemporary(scratch.path, 1)];
  // A file is given its old time before it is renamed.
  utimesSync(scratch.file(ELSEWHERE), 1000, 1000);
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 59 * MINUTE });
  assert.deepEqual(removeStaleTemporaries(scratch.path), []);
  t.mock.timers.setTime(Date.now() + 2 * MINUTE);
  assert.equal(removeStaleTemporaries(scratch.path).length, names.length);
  assert.deepEqual(readdirSync(scratch.path), []);
});

test('removeStaleTemporaries leaves what belongs to another user', () => {
  using scratch = new Scratch();
  const name = leaveTemporary(scratch.path);
  giveAway(scratch.file(name));
  assert.deepEqual(removeStaleTemporaries(scratch.path), isRoot ? [] : [name]);
});

test('removeStaleTemporaries finds nothing where there is no folder, and says when it may not look', () => {
  using scratch = new Scratch();
  assert.deepEqual(removeStaleTemporaries(scratch.file('none')), []);
  const folder = scratch.folder('folder', 0o000);
  const refusal = asPlainUser([scratch.path, folder], () => codeOf(() => removeStaleTemporaries(folder)));
  chmodSync(folder, 0o700);
  assert.equal(refusal, 'EACCES');
});

test('removeStaleTemporaries returns only what it could remove', () => {
  using scratch = new Scratch();
  const folder = scratch.folder('folder');
  const path = `${folder}/${leaveTemporary(folder)}`;
  chmodSync(folder, 0o500);
  const removed = asPlainUser([scratch.path, folder, path], () => removeStaleTemporaries(folder));
  chmodSync(folder, 0o700);
  assert.deepEqual(removed, []);
});
