import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { test } from 'node:test';
import { interruptProgram, runProgram } from '../testing/child.ts';
import { Scratch } from '../testing/scratch.ts';

/** Prints what the expression, in which `path` is the file, reads or how it fails. */
function reading(path: string, expression: string): string {
  return `
    const path = ${JSON.stringify(path)};
    try { fs.writeSync(1, String(${expression})); } catch (error) { fs.writeSync(1, error.code); }`;
}

const safely = 'new TextDecoder().decode(disk.readRegularFile(path, 1000).bytes)';
const naively = "fs.lstatSync(path).isFile() && fs.readFileSync(path, 'utf8')";

/** The nth look at the file, by name or, once it is open, by its number. */
const atLook = (path: string, when: number): string[] => [
  '-P',
  path,
  '-e',
  `inject=?statx,?lstat,?newfstatat,?fstat:ACTION:when=${when}`,
];

/** What the expression gives when `other` is put in the place of the file between the look at it and its opening. */
async function readSwapped(expression: string, other: (scratch: Scratch) => string): Promise<string> {
  using scratch = new Scratch();
  const path = scratch.write('file', 'own');
  return await interruptProgram(reading(path, expression), atLook(path, 1), () =>
    renameSync(other(scratch), path),
  );
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

test('readRegularFile gives the stamp that belongs to the bytes when the file is changed while it reads', async () => {
  using scratch = new Scratch();
  const path = scratch.write('file', 'old');
  const program = `
    const { bytes, stamp } = disk.readRegularFile('${path}', 1000);
    fs.writeSync(1, new TextDecoder().decode(bytes) + disk.equalStamp(stamp, disk.statRegularFile('${path}')));`;
  const output = await interruptProgram(program, atLook(path, 2), () => scratch.write('file', 'new'));
  assert.equal(output, 'newtrue');
});

test('readRegularFile gives no half of a file: it gives up one that is never as long as it says', async () => {
  using scratch = new Scratch();
  const path = scratch.write('file', 'own');
  const strace = ['strace', '-o', '/dev/null', '-P', path, '-e', 'inject=pread64:retval=0'];
  const { output } = await runProgram(reading(path, safely), strace);
  assert.equal(output, 'unstable');
});
