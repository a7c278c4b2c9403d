import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binding, sessionId } from '../../testing/agent.ts';
import { SessionBindings } from './session-bindings.ts';

test('SessionBindings keeps hosts in their order, each session once', async () => {
  const bindings = new SessionBindings();
  assert.equal(bindings.bind(await binding(1, 1, true)), true);
  assert.equal(bindings.bind(await binding(1, 1, true)), true);
  assert.equal(bindings.bind(await binding(1, 2, true)), true);
  assert.equal(bindings.bind(await binding(2, 3, false)), true);
  assert.deepEqual(
    bindings.all.map(({ sessionId: id, isForwarding }) => [id, isForwarding]),
    [
      [sessionId(1), true],
      [sessionId(2), true],
      [sessionId(3), false],
    ],
  );
});

test('SessionBindings takes nothing after a binding for a login', async () => {
  const bindings = new SessionBindings();
  assert.equal(bindings.bind(await binding(1, 1, false)), true);
  for (const isForwarding of [true, false]) {
    assert.equal(bindings.bind(await binding(1, 1, isForwarding)), false);
    assert.equal(bindings.bind(await binding(2, 2, isForwarding)), false);
  }
  assert.equal(bindings.all.length, 1);
});

test('SessionBindings refuses a session by another host key', async () => {
  const bindings = new SessionBindings();
  assert.equal(bindings.bind(await binding(1, 1, true)), true);
  assert.equal(bindings.bind(await binding(2, 1, true)), false);
});

test('SessionBindings takes 16', async () => {
  const bindings = new SessionBindings();
  for (let number = 1; number <= 16; number += 1)
    assert.equal(bindings.bind(await binding(1, number, true)), true);
  assert.equal(bindings.bind(await binding(1, 17, true)), false);
});

test('SessionBindings is broken by a failure before anything is bound', async () => {
  const good = await binding(1, 1, false);
  const bindings = new SessionBindings();
  assert.equal(bindings.isBroken, false);
  assert.equal(bindings.bind({ ...good, sessionId: sessionId(2) }), false);
  assert.equal(bindings.isBroken, true);
  assert.equal(bindings.bind(good), true);
  assert.equal(bindings.isBroken, false);
});
