import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { BodyMemory, type Owner } from './body-memory.ts';

const KIB = 1024;
const [alice, bob]: readonly [Owner[], Owner[]] = [
  [{ key: 'alice', share: 1 / 4 }],
  [{ key: 'bob', share: 1 / 4 }],
];

/** A request that is going on until its response is closed. */
class Going {
  readonly response = new ServerResponse(new IncomingMessage(new Socket()));
  readonly #held: Promise<void>;
  #entered = false;

  constructor(memory: BodyMemory, bytes: number, owners: readonly Owner[]) {
    this.#held = memory.hold(this.response, bytes, owners).then(() => {
      this.#entered = true;
    });
    this.#held.catch(() => undefined);
  }

  /** Whether it has its memory. */
  async entered(): Promise<boolean> {
    await turn();
    return this.#entered;
  }

  end(): void {
    this.response.emit('close');
  }
}

test('BodyMemory lets nobody hold more than the own share, and everybody else go on', async () => {
  const memory = new BodyMemory(1000 * KIB, 300);
  const greedy = Array.from({ length: 5 }, () => new Going(memory, 100 * KIB, alice));
  assert.deepEqual(await Promise.all(greedy.map((each) => each.entered())), [
    true,
    true,
    false,
    false,
    false,
  ]);
  const other = new Going(memory, 200 * KIB, bob);
  assert.equal(await other.entered(), true, 'it does not stand behind who waits for an owner of its own');
  assert.equal(memory.held, 400 * KIB);
  greedy[0]?.end();
  assert.deepEqual(await Promise.all(greedy.map((each) => each.entered())), [true, true, true, false, false]);
});

test('BodyMemory takes one that is larger than a share, or than all, alone', async () => {
  const memory = new BodyMemory(1000 * KIB, 300);
  const large = new Going(memory, 2000 * KIB, alice);
  assert.equal(await large.entered(), true);
  const next = new Going(memory, 500 * KIB, bob);
  assert.equal(await next.entered(), false);
  large.end();
  assert.equal(await next.entered(), true);
});

test('BodyMemory keeps a reserve for small requests, and the order among large ones', async () => {
  const memory = new BodyMemory(1000 * KIB, 300);
  const owners = (key: string): Owner[] => [{ key, share: 1 }];
  const full = new Going(memory, 950 * KIB, owners('a'));
  const large = new Going(memory, 100 * KIB, owners('b'));
  const later = new Going(memory, 65 * KIB, owners('c'));
  const small = new Going(memory, 60 * KIB, owners('d'));
  const found = [full, large, later, small].map((each) => each.entered());
  assert.deepEqual(await Promise.all(found), [true, false, false, true]);
  full.end();
  assert.deepEqual(await Promise.all([large, later].map((each) => each.entered())), [true, true]);
});

test('BodyMemory has nothing held when all have ended', async () => {
  const memory = new BodyMemory(1000 * KIB, 300);
  const all = Array.from(
    { length: 20 },
    (_, index) => new Going(memory, index * 10 * KIB, index % 2 ? alice : bob),
  );
  for (const each of all) {
    await each.entered();
    each.end();
  }
  await turn();
  assert.equal(memory.held, 0);
});
