import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import { passOn } from './pass-on.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Takes what is written when it is told to. */
function slowTarget() {
  const taken: number[] = [];
  let go: () => void = () => undefined;
  const to = new Writable({
    writev: (chunks, done) => {
      taken.push(chunks.length);
      go = done;
    },
  });
  return { to, taken, go: () => go() };
}

test('passOn writes together what comes in one turn', async () => {
  const from = new PassThrough();
  const { to, taken } = slowTarget();
  passOn(from, to);
  for (const length of [100, 200, 300]) from.write(new Uint8Array(length));
  await turn();
  assert.deepEqual(taken, [3]);
});

test('passOn holds the source back while 512 KiB wait, and goes on when they are taken', async () => {
  const from = new PassThrough();
  const { to, go } = slowTarget();
  passOn(from, to);
  from.write(new Uint8Array(500_000));
  await turn();
  assert.equal(from.isPaused(), false);
  from.write(new Uint8Array(100_000));
  await turn();
  assert.equal(from.isPaused(), true);
  go();
  await turn();
  go();
  await turn();
  assert.equal(from.isPaused(), false);
});

test('passOn drops the rest when nobody takes it any more', async () => {
  const from = new PassThrough();
  const { to } = slowTarget();
  passOn(from, to);
  from.write(new Uint8Array(600_000));
  await turn();
  assert.equal(from.isPaused(), true);
  to.destroy(new Error('gone'));
  from.end(new Uint8Array(600_000));
  await new Promise((resolve) => from.once('end', resolve));
  assert.equal(from.readableLength, 0);
});
