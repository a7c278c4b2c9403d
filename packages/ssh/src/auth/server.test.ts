import { concat, encode, string, utf8 } from '@orrery/bytes';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Listener, makePair, testKey } from '../../testing/pair.ts';
import { DisconnectedError } from '../ssh-error.ts';
import { bare, decodeMessage, encodeMessage, serviceRequest } from '../transport/messages.ts';
import type { Authenticator } from './authenticator.ts';
import {
  banner,
  CONNECTION,
  failure,
  infoResponse,
  requestKey,
  requestNone,
  requestPassword,
} from './messages.ts';
import { authenticateClient, type LoginRules } from './server.ts';

const key = testKey(2);

const nobody: Authenticator = {
  policy: () => [['publickey'], ['password']],
  allowsKey: async () => false,
  checkPassword: async () => false,
};

const service = encodeMessage(serviceRequest, { service: 'ssh-userauth' });
const request = { user: 'ann', service: CONNECTION };
const none = encodeMessage(requestNone, { ...request, method: 'none' });
const wrong = encodeMessage(requestPassword, {
  ...request,
  method: 'password',
  change: false,
  password: utf8('x'),
});
const question = encodeMessage(requestKey, {
  ...request,
  method: 'publickey',
  signed: false,
  algorithm: 'ssh-ed25519',
  key: key.publicKey,
});

/** Numbers of what the server answers, and how the login ends. */
async function say(
  authenticator: Authenticator,
  rules: LoginRules,
  ...messages: readonly Uint8Array[]
): Promise<{ readonly answers: readonly (number | undefined)[]; readonly end: string }> {
  const { client, server } = await makePair();
  const heard = new Listener();
  client.use(heard);
  const end = authenticateClient(server, authenticator, rules).then(
    () => 'in',
    (error: unknown) => String(error),
  );
  for (const message of messages) client.send(message);
  setTimeout(() => client.disconnect(''), 50);
  await heard.ended;
  return { end: await end, answers: heard.payloads.map(([number]) => number) };
}

const HUNG_UP = 'SshError: Cannot go on: the other side disconnected for reason 11';
const TOO_MANY = 'SshError: Cannot authenticate: too many attempts';

describe('authenticateClient', () => {
  it('hangs up at the sixth failure, a first "none" being none', async () => {
    const five = Array<Uint8Array>(5).fill(wrong);
    assert.deepEqual(await say(nobody, {}, service, none, ...five), {
      answers: [6, 51, 51, 51, 51, 51, 51],
      end: HUNG_UP,
    });
    assert.deepEqual(await say(nobody, {}, service, none, ...five, wrong), {
      answers: [6, 51, 51, 51, 51, 51, 51],
      end: TOO_MANY,
    });
    assert.deepEqual(await say(nobody, {}, service, wrong, none, ...five), {
      answers: [6, 51, 51, 51, 51, 51],
      end: TOO_MANY,
    });
  });

  it('counts questions about keys that would not do, and as many as the caller says', async () => {
    assert.deepEqual(await say(nobody, { maxTries: 2 }, service, question, question), {
      answers: [6, 51],
      end: TOO_MANY,
    });
  });

  it('counts no questions about keys that would do, but ends them, too', async () => {
    const all: Authenticator = { ...nobody, allowsKey: async () => true };
    const many = Array<Uint8Array>(1024).fill(question);
    const { answers, end } = await say(all, {}, service, ...many, question);
    assert.equal(end, TOO_MANY);
    assert.deepEqual(answers, [6, ...Array<number>(1024).fill(60)]);
  });

  it('tells the first methods of all lists, and of a partial success the next', async () => {
    const { client, server } = await makePair();
    const heard = new Listener();
    client.use(heard);
    const authenticator: Authenticator = {
      policy: () => [['none'], ['password', 'publickey'], ['keyboard-interactive']],
      checkPassword: async () => true,
    };
    authenticateClient(server, authenticator).catch(() => undefined);
    for (const message of [service, none, wrong]) client.send(message);
    await heard.next();
    assert.deepEqual(decodeMessage(failure, await heard.next()), {
      methods: ['password', 'keyboard-interactive'],
      partial: false,
    });
    assert.deepEqual(decodeMessage(failure, await heard.next()), {
      methods: ['publickey', 'keyboard-interactive'],
      partial: true,
    });
    client.disconnect('');
  });

  it('greets a user before the first answer, and takes what it then says of signatures', async () => {
    const { client, server } = await makePair();
    const heard = new Listener();
    client.use(heard);
    const asked: string[] = [];
    const authenticator: Authenticator = {
      policy: () => [['publickey']],
      allowsKey: async () => true,
      greet: (user) => {
        asked.push(user);
        return { banner: 'Be nice.', userKeyAlgorithms: ['rsa-sha2-512'] };
      },
    };
    authenticateClient(server, authenticator, { signatures: ['ssh-ed25519'] }).catch(() => undefined);
    for (const message of [service, question, none]) client.send(message);
    await heard.next();
    assert.equal(decodeMessage(banner, await heard.next()).text, 'Be nice.');
    for (let answer = 0; answer < 2; answer += 1)
      assert.deepEqual(decodeMessage(failure, await heard.next()), {
        methods: ['publickey'],
        partial: false,
      });
    assert.equal(new TextDecoder().decode(client.extensions.get('server-sig-algs')), 'rsa-sha2-512');
    assert.deepEqual(asked, ['ann']);
    client.disconnect('');
  });

  it('waits for the caller before it tells a failure', async () => {
    const log: string[] = [];
    const slow: Authenticator = {
      ...nobody,
      failed: async ({ user, method }) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        log.push(`${user} ${method}`);
      },
    };
    const { answers } = await say(slow, {}, service, none, wrong);
    assert.deepEqual(answers, [6, 51, 51]);
    assert.deepEqual(log, ['ann none', 'ann password']);
  });

  const broken: readonly (readonly [string, readonly Uint8Array[], string])[] = [
    ['a request before the service', [none], 'Cannot authenticate: the service was not asked for'],
    ['the service twice', [service, service], 'Cannot authenticate: the service was asked for twice'],
    [
      'another service',
      [encodeMessage(serviceRequest, { service: 'ssh-connection' })],
      'Cannot offer service "ssh-connection"',
    ],
    [
      'a login for another service',
      [service, encodeMessage(requestNone, { user: 'ann', service: 'x', method: 'none' })],
      'Cannot offer service "x"',
    ],
    [
      'another user on the way',
      [service, none, encodeMessage(requestNone, { ...request, user: 'bob', method: 'none' })],
      'Cannot authenticate: the user changed on the way',
    ],
    [
      'an answer to no question',
      [service, encodeMessage(infoResponse, { responses: [] })],
      'Cannot accept an answer: nothing was asked',
    ],
    [
      'bytes behind a question about a key',
      [service, concat(question, new Uint8Array(1))],
      'Cannot end reading at offset 109: 1 bytes left, 0 expected',
    ],
    [
      'bytes behind a password',
      [service, concat(wrong, encode(string(8), utf8('y')))],
      'Cannot end reading at offset 43: 5 bytes left, 0 expected',
    ],
  ];
  for (const [what, messages, message] of broken)
    it(`ends the connection for ${what}`, async () => {
      const { end } = await say(nobody, {}, ...messages);
      assert.equal(end, `SshError: ${message}`);
    });

  it('does not tell the other side why the program failed', async () => {
    const { client, server } = await makePair();
    const heard = new Listener();
    client.use(heard);
    const failing: Authenticator = { policy: () => Promise.reject(new Error('secret')) };
    const end = authenticateClient(server, failing);
    for (const message of [service, none]) client.send(message);
    await assert.rejects(end, { message: 'Cannot go on: the program failed', cause: new Error('secret') });
    const told = await heard.ended;
    assert.ok(told instanceof DisconnectedError);
    assert.equal(told.description, 'Cannot go on: the program failed');
  });

  it('knows no messages of the connection yet', async () => {
    const { answers, end } = await say(nobody, {}, service, bare(90), bare(80));
    assert.deepEqual(answers, [6]);
    assert.equal(end, HUNG_UP);
  });
});
