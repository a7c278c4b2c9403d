import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { killProgram, startProgram } from '../testing/child.ts';
import { Scratch } from '../testing/scratch.ts';
import { removeStaleTemporaries } from './temporary.ts';

test('removeStaleTemporaries leaves what another process is writing, and removes it when that is killed', async () => {
  using scratch = new Scratch();
  const child = await startProgram(`
    withTemporary('${scratch.path}', (path) => {
      fs.writeFileSync(path, 'half');
      fs.writeSync(1, 'writing');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`);
  const written = readdirSync(scratch.path);
  assert.equal(written.length, 1);
  assert.deepEqual(removeStaleTemporaries(scratch.path), []);
  assert.deepEqual(readdirSync(scratch.path), written);
  await killProgram(child);
  assert.deepEqual(removeStaleTemporaries(scratch.path), written);
  assert.deepEqual(readdirSync(scratch.path), []);
});
