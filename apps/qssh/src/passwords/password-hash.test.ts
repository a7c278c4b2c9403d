import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashPassword, isPasswordHash, verifyPassword } from './password-hash.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Made by the command argon2 of the reference implementation, of "correct horse" with the salt "saltsaltsaltsalt". */
const REFERENCE =
  '$argon2id$v=19$m=1024,t=2,p=2$c2FsdHNhbHRzYWx0c2FsdA$/ZLeeEdvUYpPhmNVfaaZPDWlJhn56NfRJekEhmpE3pU';

test('verifyPassword takes the password of a hash that the reference implementation made, and no other', async () => {
  assert.equal(await verifyPassword(REFERENCE, bytes('correct horse')), true);
  assert.equal(await verifyPassword(REFERENCE, bytes('correct horse ')), false);
  assert.equal(await verifyPassword(REFERENCE, new Uint8Array()), false);
});

test('hashPassword makes another hash each time, of the cost that RFC 9106 recommends', async () => {
  const [one, other] = [await hashPassword(bytes('secret')), await hashPassword(bytes('secret'))];
  assert.match(one, /^\$argon2id\$v=19\$m=65536,t=3,p=4\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.notEqual(one, other);
  assert.equal(await verifyPassword(one, bytes('secret')), true);
});

test('hashPassword refuses an empty password, and one of more than 1024 bytes', async () => {
  await assert.rejects(hashPassword(new Uint8Array()), RangeError);
  await assert.rejects(hashPassword(new Uint8Array(1025)), {
    name: 'RangeError',
    message: 'Cannot use a password of 1025 bytes: 1 to 1024 expected',
  });
});

test('verifyPassword takes nothing for somebody who has no password, not even what would fit', async () => {
  assert.equal(await verifyPassword(undefined, bytes('secret')), false);
  assert.equal(await verifyPassword(undefined, new Uint8Array(1)), false);
});

test('isPasswordHash knows what is no PHC string of Argon2id', () => {
  assert.equal(isPasswordHash(REFERENCE), true);
  for (const text of [
    '',
    '!',
    '*',
    '$6$rounds=5000$salt$hash',
    REFERENCE.replace('argon2id', 'argon2i'),
    REFERENCE.replace('v=19', 'v=16'),
    REFERENCE.replace('m=', 'x='),
    `${REFERENCE}=`,
    `${REFERENCE}\n`,
    REFERENCE.slice(0, -40),
  ])
    assert.equal(isPasswordHash(text), false, text);
});

test('verifyPassword refuses a cost that would stop the server', async () => {
  const costly = REFERENCE.replace(/m=\d+/, 'm=4194304');
  await assert.rejects(verifyPassword(costly, bytes('correct horse')), RangeError);
});

test('verifyPassword does for nobody what it does for another, whose password is never right', async () => {
  assert.equal(await verifyPassword(undefined, bytes('correct horse'), REFERENCE), false);
  // That it goes by the cost of the other shows where that is refused.
  const costly = '$argon2id$v=19$m=4294967295,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$YWFhYWFhYWFhYWFhYWFhYQ';
  await assert.rejects(verifyPassword(undefined, bytes('secret'), costly), RangeError);
});
