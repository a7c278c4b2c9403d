import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ExpectedError, InterruptedError, UsageError } from './errors.ts';
import { failureOf } from './failure.ts';

const said = (error: unknown): object => {
  const { message, causes, hints, exitCode } = failureOf(error);
  return { message, causes, hints, exitCode };
};
const messageOf = (text: string): string => failureOf(new Error(text)).message;

test('failureOf begins a message in lower case and drops its final period', () => {
  assert.equal(messageOf('Cannot read "A": 2 bytes left.'), 'cannot read "A": 2 bytes left');
  assert.equal(messageOf('A machine of this name exists'), 'a machine of this name exists');
  assert.equal(messageOf('Still waiting...'), 'still waiting...');
});

test('failureOf keeps capitals that belong to a word', () => {
  assert.equal(messageOf('ENOENT: no such file'), 'ENOENT: no such file');
  assert.equal(messageOf('SSH is missing'), 'SSH is missing');
  assert.equal(messageOf('X-Wing key expected'), 'X-Wing key expected');
});

test('failureOf takes hint and exit code of the own errors', () => {
  const hint = 'run setup\nor migrate';
  assert.deepEqual(said(new ExpectedError('Not set up', { hint, exitCode: 3 })), {
    message: 'not set up',
    causes: [],
    hints: ['run setup', 'or migrate'],
    exitCode: 3,
  });
  assert.deepEqual(said(new UsageError('No file')), {
    message: 'no file',
    causes: [],
    hints: [],
    exitCode: 2,
  });
  assert.deepEqual(said(new InterruptedError()), {
    message: 'interrupted',
    causes: [],
    hints: [],
    exitCode: 130,
  });
});

test('failureOf takes the hint of an error of any class, also of a cause', () => {
  const cause = Object.assign(new RangeError('The file is too large'), { hint: 'remove it' });
  assert.deepEqual(said(new Error('Cannot sync', { cause })), {
    message: 'cannot sync',
    causes: ['the file is too large'],
    hints: ['remove it'],
    exitCode: 1,
  });
});

test('failureOf leaves out a cause that the message has told already', () => {
  const deepest = new Error('connect ECONNREFUSED 127.0.0.1:1');
  const cause = new Error('2 bytes left', { cause: deepest });
  assert.deepEqual(failureOf(new Error('Cannot read "a": 2 bytes left', { cause })).causes, [
    'connect ECONNREFUSED 127.0.0.1:1',
  ]);
});

test('failureOf looks into an AggregateError without a message, as fetch throws it', () => {
  const cause = new AggregateError([new Error('no route to ::1'), new Error('no route to 127.0.0.1')]);
  const { message, causes } = failureOf(new TypeError('fetch failed', { cause }));
  assert.equal(message, 'fetch failed');
  assert.deepEqual(causes, ['no route to ::1', 'no route to 127.0.0.1']);
});

test('failureOf ends with causes that go round in a circle, and with endless ones', () => {
  const circle = new Error('first');
  circle.cause = new Error('second', { cause: circle });
  assert.deepEqual(failureOf(circle).causes, ['second']);
  let chain = new Error('cause 0.');
  for (let count = 1; count < 1000; count++) chain = new Error(`cause ${count}.`, { cause: chain });
  assert.equal(failureOf(chain).causes.length, 16);
});

test('failureOf says something about whatever was thrown', () => {
  assert.equal(failureOf('No luck').message, 'no luck');
  assert.equal(failureOf(undefined).message, 'undefined');
  assert.equal(failureOf(new Error('')).message, 'unknown error');
  assert.equal(failureOf({ secret: new Uint8Array([7]) }).message, '{ secret: [Uint8Array] }');
});

test('failureOf gives the stack of the error and of its cause', () => {
  const { stack } = failureOf(new Error('Above', { cause: new RangeError('Below') }));
  assert.equal(stack[0], 'Error: Above');
  assert.ok(stack.includes('RangeError: Below'));
});
