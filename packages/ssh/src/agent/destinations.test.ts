import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binding, way } from '../../testing/agent.ts';
import { isPermitted } from './destinations.ts';
import { SessionBindings } from './session-bindings.ts';

/** Host after host, forwarded but for the last unless it says so. */
async function bound(hosts: readonly number[], isLastForwarding = false): Promise<SessionBindings> {
  const bindings = new SessionBindings();
  for (const [at, number] of hosts.entries())
    assert.equal(
      bindings.bind(await binding(number, at + 1, at < hosts.length - 1 || isLastForwarding)),
      true,
    );
  return bindings;
}

test('isPermitted permits everything to a key without destinations', async () => {
  assert.equal(isPermitted(undefined, await bound([1, 2, 3]), 'alice'), true);
});

test('isPermitted shows every key to programs of this machine', () => {
  assert.equal(isPermitted([way(0, 9)], new SessionBindings()), true);
});

test('isPermitted permits a login where a way leads', async () => {
  assert.equal(isPermitted([way(0, 1)], await bound([1]), 'alice'), true);
  assert.equal(isPermitted([way(0, 1)], await bound([2]), 'alice'), false);
  assert.equal(isPermitted([way(2, 1)], await bound([1]), 'alice'), false);
  assert.equal(isPermitted([way(0, 1), way(1, 2)], await bound([1, 2]), 'alice'), true);
  assert.equal(isPermitted([way(0, 1), way(0, 2)], await bound([1, 2]), 'alice'), false);
  assert.equal(isPermitted([way(1, 2)], await bound([1, 2]), 'alice'), false);
});

test('isPermitted permits a login to users that match the last hop only', async () => {
  assert.equal(isPermitted([way(0, 1, 'alice')], await bound([1]), 'alice'), true);
  assert.equal(isPermitted([way(0, 1, 'al*e')], await bound([1]), 'alice'), true);
  assert.equal(isPermitted([way(0, 1, 'bob')], await bound([1]), 'alice'), false);
  assert.equal(isPermitted([way(0, 1, 'bob'), way(1, 2)], await bound([1, 2]), 'alice'), true);
});

test('isPermitted shows a key on a forwarded connection only if it may be used beyond the host', async () => {
  assert.equal(isPermitted([way(0, 1)], await bound([1], true)), false);
  assert.equal(isPermitted([way(0, 1), way(1, 2)], await bound([1], true)), true);
  assert.equal(isPermitted([way(0, 1), way(1, 2)], await bound([1], true), 'alice'), false);
});

test('isPermitted hides keys with destinations after a binding that failed', () => {
  const bindings = new SessionBindings();
  bindings.fail();
  assert.equal(isPermitted([way(0, 9)], bindings), false);
  assert.equal(isPermitted(undefined, bindings), true);
});
