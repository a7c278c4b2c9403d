import { utf8 } from '@orrery/bytes';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logIn } from '../../testing/login.ts';
import type { Authenticator } from './authenticator.ts';
import { AuthenticationError, noAuthentication } from './client.ts';
import { password } from './password-client.ts';

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function knowing(right: string): Authenticator {
  return {
    policy: () => [['password']],
    checkPassword: async (user, secret) => user === 'ann' && textOf(secret) === right,
  };
}

describe('password', () => {
  it('logs in with the right password and wipes it', async () => {
    const secret = utf8('h\u00fcbsch');
    const { authenticated } = await logIn(knowing('h\u00fcbsch'), [password(async () => secret)]);
    assert.deepEqual(authenticated, { user: 'ann', steps: [{ method: 'password' }] });
    assert.deepEqual(secret, new Uint8Array(7));
  });

  it('asks as often as it stands in the list', async () => {
    const words = ['one', 'two', 'three'];
    const method = password(async () => utf8(words.shift() ?? ''));
    const { authenticated } = await logIn(knowing('three'), [noAuthentication, method, method, method]);
    assert.equal(authenticated?.user, 'ann');
    assert.deepEqual(words, []);
  });

  it('gives up without a password', async () => {
    const { error } = await logIn(knowing('x'), [noAuthentication, password(async () => undefined)]);
    assert.ok(error instanceof AuthenticationError);
    assert.deepEqual(error.methods, ['password']);
  });

  it('changes one that has expired, as often as the server dislikes the new one', async () => {
    const replacements = ['short', 'long enough'];
    const changes: string[][] = [];
    const authenticator: Authenticator = {
      policy: () => [['password']],
      checkPassword: async () => 'expired',
      changePassword: async (user, secret, replacement) => {
        changes.push([user, textOf(secret), textOf(replacement)]);
        return replacement.length < 8 ? 'expired' : true;
      },
    };
    const prompts: string[] = [];
    const method = password(
      async () => utf8('old'),
      async (prompt) => {
        prompts.push(prompt);
        return { password: utf8('old'), replacement: utf8(replacements.shift() ?? '') };
      },
    );
    const { authenticated } = await logIn(authenticator, [method]);
    assert.equal(authenticated?.user, 'ann');
    assert.deepEqual(changes, [
      ['ann', 'old', 'short'],
      ['ann', 'old', 'long enough'],
    ]);
    assert.deepEqual(prompts, Array(2).fill('The password has expired: choose a new one.'));
  });

  it('refuses an expired one where nobody changes it', async () => {
    const authenticator: Authenticator = { ...knowing(''), checkPassword: async () => 'expired' };
    const { error } = await logIn(authenticator, [password(async () => utf8('old'))]);
    assert.ok(error instanceof AuthenticationError);
  });
});
