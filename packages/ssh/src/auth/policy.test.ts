import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Progress } from './policy.ts';

describe('Progress', () => {
  it('ends with the last method of any list', () => {
    const progress = new Progress([['publickey', 'password'], ['keyboard-interactive']]);
    assert.deepEqual(progress.next, ['publickey', 'keyboard-interactive']);
    assert.equal(progress.advance('publickey'), false);
    assert.deepEqual(progress.next, ['password', 'keyboard-interactive']);
    assert.equal(progress.advance('keyboard-interactive'), true);
  });

  it('goes forward in all lists that begin with the method, and names each once', () => {
    const progress = new Progress([
      ['publickey', 'publickey'],
      ['publickey', 'password'],
    ]);
    assert.deepEqual(progress.next, ['publickey']);
    assert.equal(progress.advance('publickey'), false);
    assert.deepEqual(progress.next, ['publickey', 'password']);
    assert.equal(progress.advance('password'), true);
  });

  it('lets nobody through an empty list', () => {
    const progress = new Progress([[]]);
    assert.deepEqual(progress.next, []);
    assert.equal(progress.advance('none'), false);
  });
});
