import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { test } from 'node:test';
import { runProgram } from '../testing/child.ts';
import { Scratch } from '../testing/scratch.ts';

/** Prints what the expression, in which `path` is the file, reads or how it fails. */
function reading(path: string, expression: string): string {
  return `
    const path = ${JSON.stringify(path)};
    try { fs.writeSync(1, String(${expression})); } catch (error) { fs.writeSync(1, error.code); }`;
}

const safely = 'new TextDecoder().decode(disk.readRegularFile(path, 1000).bytes)';
const naively = "fs.lstatSync(path).isFile() && fs.readFileSync(path, 'utf8')";

/** Runs the program, and puts `other` in the place of the file between its look at the file and its opening. */
async function readSwapped(expression: string, place: (scratch: Scratch) => string): Promise<string> {
  using scratch = new Scratch();
  const path = scratch.write('file', 'own');
  let other: string | undefined = place(scratch);
  const strace = ['strace', '-P', path, '-e', 'inject=openat,open:delay_enter=500000'];
  const { output } = await runProgram(reading(path, expression), strace, (trace) => {
    if (other === undefined || !/open(?:at)?\(/.test(trace)) return;
    renameSync(other, path);
    other = undefined;
  });
  assert.equal(other, undefined, 'nothing was swapped');
  return output;
}

const toSecret = (scratch: Scratch): string => scratch.link('link', scratch.write('secret', 'secret'));
const toFifo = (scratch: Scratch): string => scratch.fifo('fifo');

test('readRegularFile is not fooled by a link or a FIFO put there between its look and its opening', async () => {
  const [naive, link, fifo] = await Promise.all([
    readSwapped(naively, toSecret),
    readSwapped(safely, toSecret),
    readSwapped(safely, toFifo),
  ]);
  assert.equal(naive, 'secret', 'the control: a reader that only looks first is fooled');
  assert.equal(link, 'not-regular');
  assert.equal(fifo, 'not-regular');
});

test('readRegularFile gives no half of a file: it gives up one that is never as long as it says', async () => {
  using scratch = new Scratch();
  const path = scratch.write('file', 'own');
  const strace = ['strace', '-o', '/dev/null', '-P', path, '-e', 'inject=pread64:retval=0'];
  const { output } = await runProgram(reading(path, safely), strace);
  assert.equal(output, 'unstable');
});
