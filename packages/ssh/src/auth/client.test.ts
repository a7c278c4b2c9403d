import { utf8 } from '@orrery/bytes';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logIn } from '../../testing/login.ts';
import { Listener, hostKey, makePair, testKey } from '../../testing/pair.ts';
import { bare, encodeMessage, serviceAccept } from '../transport/messages.ts';
import type { Authenticator } from './authenticator.ts';
import { authenticate, AuthenticationError, noAuthentication, type AuthState } from './client.ts';
import { banner, failure, keyOk } from './messages.ts';
import { password } from './password-client.ts';
import { publicKey } from './publickey-client.ts';

const key = testKey(2);
const word = () => password(async () => utf8('word'));

const both: Authenticator = {
  policy: () => [['publickey', 'password']],
  allowsKey: async () => true,
  checkPassword: async (_, secret) => new TextDecoder().decode(secret) === 'word',
};

describe('authenticate', () => {
  it('goes on with what the server says can continue', async () => {
    const { authenticated } = await logIn(both, [noAuthentication, word(), publicKey(key)]);
    assert.deepEqual(
      authenticated?.steps.map(({ method }) => method),
      ['publickey', 'password'],
    );
  });

  it('tells a decider what the server said', async () => {
    const states: AuthState[] = [];
    const methods = [noAuthentication, publicKey(key), word()];
    const { authenticated } = await logIn(both, (state) => {
      states.push(state);
      return methods.shift();
    });
    assert.equal(authenticated?.user, 'ann');
    const said = states.map(({ allowed, isPartial }) => ({ allowed, isPartial }));
    assert.deepEqual(said, [
      { allowed: undefined, isPartial: false },
      { allowed: ['publickey'], isPartial: false },
      { allowed: ['password'], isPartial: true },
    ]);
    for (const { session } of states) assert.deepEqual(session?.hostKey, hostKey.publicKey);
  });

  it('hands over the banner', async () => {
    const banners: string[] = [];
    const polite: Authenticator = { ...both, greet: (user) => ({ banner: `Be nice, ${user}.\n` }) };
    await logIn(polite, [publicKey(key), word()], {}, { onBanner: (text) => void banners.push(text) });
    assert.deepEqual(banners, ['Be nice, ann.\n']);
  });

  it('logs in without any proof where the server lets it', async () => {
    const open: Authenticator = { policy: () => [['none']], allowsNothing: async () => true };
    const { authenticated } = await logIn(open, [noAuthentication]);
    assert.deepEqual(authenticated?.steps, [{ method: 'none' }]);
    const { error } = await logIn({ policy: () => [['none']] }, [noAuthentication]);
    assert.ok(error instanceof AuthenticationError);
    assert.equal(error.message, 'Cannot log in as "ann": the server takes nothing more');
  });

  it('sends the request for the service and the signed request for a key without waiting', async () => {
    const { client, server } = await makePair();
    const heard = new Listener();
    server.use(heard);
    void authenticate(client, { user: 'ann', methods: [publicKey(key, { isSure: true })] }).catch(() => 0);
    assert.equal((await heard.next())[0], 5);
    assert.equal((await heard.next())[0], 50);
    client.disconnect('');
  });
});

/** What a client that asks with a key does when the server says this. */
async function hear(...answers: readonly Uint8Array[]): Promise<string> {
  const { client, server } = await makePair();
  const heard = new Listener();
  server.use(heard);
  const done = authenticate(client, { user: 'ann', methods: [publicKey(key)] });
  await heard.next();
  await heard.next();
  for (const answer of answers) server.send(answer);
  return done.then(
    () => 'in',
    (error: unknown) => String(error),
  );
}

describe('a client whose server lies', () => {
  const accept = encodeMessage(serviceAccept, { service: 'ssh-userauth' });
  const textMessage = { text: 'x', language: new Uint8Array() };

  it('does not sign with a key that it did not offer', async () => {
    const answer = { algorithm: 'ssh-ed25519', key: testKey(9).publicKey };
    assert.equal(
      await hear(accept, encodeMessage(keyOk, answer)),
      'SshError: Cannot authenticate: the server accepted a key that was not offered',
    );
  });

  it('takes no other service', async () => {
    assert.equal(
      await hear(encodeMessage(serviceAccept, { service: 'ssh-connection' })),
      'SshError: Cannot accept service "ssh-connection": nobody asked',
    );
  });

  it('takes one answer to one question', async () => {
    const refused = encodeMessage(failure, { methods: ['publickey'], partial: false });
    assert.equal(
      await hear(accept, refused, refused),
      'SshError: Cannot log in as "ann": the server takes publickey',
    );
  });

  it('reads a limited number of banners', async () => {
    const banners = Array.from({ length: 65 }, () => encodeMessage(banner, textMessage));
    assert.equal(await hear(accept, ...banners), 'SshError: Cannot authenticate: more than 64 banners');
  });

  it('believes a success, which is the server\u2019s to give', async () => {
    assert.equal(await hear(accept, bare(52)), 'in');
  });
});
