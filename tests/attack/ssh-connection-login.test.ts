// A client that is not logged in and tries to be, or to learn who could.
import { concat, encode, Reader, string, Writer } from '@orrery/bytes';
import { verifySignature } from '@orrery/keys';
import type { Authenticator } from '@orrery/ssh';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { key, letsKeyIn, reach, type Peer } from './stage/ssh-intruder.ts';

const SERVICE_REQUEST = 5;
const REQUEST = 50;
const FAILURE = 51;
const SUCCESS = 52;
const INFO_REQUEST = 60;
const INFO_RESPONSE = 61;
const HOST_BOUND = 'publickey-hostbound-v00@openssh.com';

function request(user: string, method: string): Writer {
  return new Writer().byte(REQUEST).text(user).text('ssh-connection').text(method);
}

function openService(peer: Peer): void {
  peer.send(new Writer().byte(SERVICE_REQUEST).text('ssh-userauth'));
}

/** Asks about a key, then shows a signature that is none. */
function offerKey(peer: Peer, user: string): void {
  const offer = (signed: boolean): Writer =>
    request(user, 'publickey').boolean(signed).text('ssh-ed25519').string(key.publicKey);
  peer.send(offer(false));
  peer.send(offer(true).string(new Writer().text('ssh-ed25519').string(new Uint8Array(64)).finish()));
}

/** All that is asked of the program while somebody tries to log in as `user`, and all answers. */
async function tryAll(user: string, makeAuthenticator: (log: string[]) => Authenticator) {
  const log: string[] = [];
  const peer = await reach({ authenticator: makeAuthenticator(log) });
  openService(peer);
  peer.send(request(user, 'none'));
  offerKey(peer, user);
  peer.send(request(user, 'password').boolean(false).text('x'));
  peer.send(request(user, 'keyboard-interactive').text('').text(''));
  await peer.settle();
  peer.send(new Writer().byte(INFO_RESPONSE).uint32(1).text('x'));
  await peer.settle();
  return { log, answers: peer.numbers };
}

/** Knows "ann", and does for everybody what it does for her. */
function even(log: string[]): Authenticator {
  const note = async (what: string): Promise<false> => {
    log.push(what);
    return false;
  };
  const policy = (): string[][] => {
    log.push('policy');
    return [['publickey'], ['password'], ['keyboard-interactive']];
  };
  return {
    policy,
    allowsKey: () => note('key'),
    checkPassword: () => note('password'),
    interview: () => ({
      next: async (answers) =>
        answers.length > 0
          ? note('answer')
          : { name: '', instruction: '', prompts: [{ prompt: '?', echo: false }] },
    }),
    failed: async () => void note('failed'),
  };
}

/** Knows "ann", and is through quickly with who is not her. */
function naive(log: string[]): Authenticator {
  const honest = even(log);
  return { ...honest, policy: (user) => (user === 'ann' ? honest.policy(user) : [['publickey']]) };
}

describe('a client that would know who may log in', () => {
  it('finds the same answers and causes the same work for whoever there is and there is not', async () => {
    const [known, unknown] = await Promise.all([tryAll('ann', even), tryAll('nobody', even)]);
    assert.deepEqual(unknown, known);
    assert.deepEqual(known.answers, [6, FAILURE, FAILURE, FAILURE, FAILURE, INFO_REQUEST, FAILURE]);
    assert.equal(known.log.join(' '), 'policy failed key failed key failed password failed answer failed');
  });

  it('would learn it from an authenticator that saves work', async () => {
    const [known, unknown] = await Promise.all([tryAll('ann', naive), tryAll('nobody', naive)]);
    assert.notDeepEqual(unknown, known);
  });
});

describe('a client that would be let in without proof', () => {
  it('cannot say itself that it is', async () => {
    const peer = await reach();
    openService(peer);
    peer.send(new Writer().byte(SUCCESS));
    peer.send(new Writer().byte(90).text('session').uint32(0).uint32(1000).uint32(1000));
    await peer.settle();
    // Neither is known here: SSH_MSG_UNIMPLEMENTED, which the transport keeps to itself.
    assert.deepEqual(peer.numbers, [6]);
    peer.send(request('ann', 'none'));
    await peer.settle();
    assert.deepEqual(peer.numbers, [6, FAILURE]);
  });

  it('gets one dialogue for one attempt, however many devices it names', async () => {
    let asked = 0;
    const peer = await reach({
      maxAuthTries: 3,
      authenticator: {
        policy: () => [['keyboard-interactive']],
        interview: () => ({
          next: async (answers) => {
            if (answers.length > 0) return false;
            asked++;
            return { name: '', instruction: '', prompts: [{ prompt: '?', echo: false }] };
          },
        }),
      },
    });
    openService(peer);
    for (let attempt = 0; attempt < 10; attempt++) {
      peer.send(
        request('ann', 'keyboard-interactive')
          .text('')
          .text('pam,'.repeat(200) + 'pam'),
      );
      await peer.settle();
      for (let again = 0; again < 3 && peer.reason() === undefined; again++) {
        if (peer.numbers.at(-1) !== INFO_REQUEST) break;
        peer.send(new Writer().byte(INFO_RESPONSE).uint32(1).text('guess'));
        await peer.settle();
      }
    }
    assert.equal(asked, 3);
    assert.equal(peer.reason(), 'SshError: Cannot authenticate: too many attempts');
  });

  it('cannot ask for ever', async () => {
    const offers: string[] = [];
    const peer = await reach({
      authenticator: {
        ...letsKeyIn,
        allowsKey: async ({ algorithm }) => offers.push(algorithm) > 0,
      },
    });
    openService(peer);
    for (let n = 0; n < 3000; n++)
      peer.send(request('ann', 'publickey').boolean(false).text('ssh-ed25519').string(key.publicKey));
    await peer.settle();
    assert.match(peer.reason() ?? '', /too many attempts|too much was sent/);
    assert.ok(offers.length <= 1024);
  });

  it('cannot go on as somebody else', async () => {
    const peer = await reach();
    openService(peer);
    peer.send(request('ann', 'none'));
    peer.send(request('root', 'none'));
    await peer.settle();
    assert.equal(peer.reason(), 'SshError: Cannot authenticate: the user changed on the way');
  });
});

describe('a naive server', () => {
  /** Does what a message says, whatever came before. @returns who is logged in, and how often it asked. */
  function serveNaively(messages: readonly Writer[]): { readonly user: string; readonly asked: number } {
    let [user, asked, isIn] = ['', 0, false];
    for (const message of messages) {
      const reader = new Reader(message.finish());
      const number = reader.byte();
      if (number === SUCCESS) isIn = true;
      if (number !== 50) continue;
      user = reader.text(100);
      reader.text(100);
      const method = reader.text(100);
      if (method === 'none' && user === 'ann') isIn = true;
      if (method !== 'keyboard-interactive') continue;
      reader.text(100);
      asked += reader.text(5000).split(',').length;
    }
    return { user: isIn ? user : '', asked };
  }

  it('believes that somebody is logged in', () => {
    assert.equal(serveNaively([request('root', 'publickey'), new Writer().byte(SUCCESS)]).user, 'root');
  });

  it('takes a signature that was made for another session', async () => {
    const elsewhere = concat(encode(string(64), new Uint8Array(32)), request('ann', 'publickey').finish());
    const signature = await key.sign(elsewhere, 'ssh-ed25519');
    // It asks whether the signature is good for what the client says was signed.
    assert.ok(verifySignature(key.publicKey, 'ssh-ed25519', elsewhere, signature));
  });

  it('mixes one who was let in with another', () => {
    assert.equal(serveNaively([request('ann', 'none'), request('root', 'publickey')]).user, 'root');
  });

  it('asks once for each device', () => {
    const devices = request('ann', 'keyboard-interactive')
      .text('')
      .text('pam,'.repeat(200) + 'pam');
    assert.equal(serveNaively([devices]).asked, 201);
  });
});

describe('malformed messages of a login', () => {
  it('end the connection with an error of the protocol, or are refused', async () => {
    const methods = fc.constantFrom('none', 'publickey', 'password', 'keyboard-interactive', HOST_BOUND, 'x');
    await fc.assert(
      fc.asyncProperty(methods, fc.uint8Array({ maxLength: 200 }), async (method, rest) => {
        const peer = await reach({ authenticator: even([]) });
        openService(peer);
        peer.send(request('ann', method).bytes(rest));
        peer.send(new Writer().byte(INFO_RESPONSE).bytes(rest));
        await peer.end();
        assert.match(peer.reason() ?? '', /^SshError: Cannot /);
      }),
      { numRuns: 100 },
    );
  });
});
