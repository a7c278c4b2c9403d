import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExpectedError } from '@orrery/terminal';
import { ServerError } from '@orrery/vault';
import { explain } from './failure.ts';

function hintFor(status: number, code: string): string | undefined {
  const explained = explain(new ServerError(status, code, 'Cannot read the ledger: the server answered'));
  return explained instanceof ExpectedError ? explained.hint : undefined;
}

test('explain advises on what a server refuses, by its word or else by its status', () => {
  assert.match(hintFor(409, 'username-taken') ?? '', /choose another --username/);
  assert.match(hintFor(500, 'quota') ?? '', /the account is full/);
  assert.match(hintFor(503, 'unknown') ?? '', /try again later, or ask its operator/);
  assert.match(hintFor(429, 'rate') ?? '', /try again later/);
  assert.match(hintFor(307, 'unknown') ?? '', /is this the address of an ssh-sync server/);
  assert.match(hintFor(401, 'origin') ?? '', /ssh-sync setup --server URL$/);
  assert.match(hintFor(401, 'forbidden') ?? '', /is this the server that has the account\?/);
  assert.equal(hintFor(403, 'forbidden'), undefined);
});

test('explain takes no word of a server for one of JavaScript', () => {
  for (const word of ['__proto__', 'constructor', 'toString']) assert.equal(hintFor(403, word), undefined);
});
