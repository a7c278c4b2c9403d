// A server that would have more of its clients than they give.
import { Reader, utf8, Writer } from '@orrery/bytes';
import { keySigner, type KeySigner } from '@orrery/keys';
import {
  connect,
  Connection,
  defaultPreferences,
  hostKeySigners,
  keyboardInteractive,
  publicKey,
  Transport,
  type Client,
  type ConnectOptions,
} from '@orrery/ssh';
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign as signWith, verify as verifyWith } from 'node:crypto';
import { duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import { authenticated, makePair } from '../../packages/ssh/testing/transport-pair.ts';
import { host, key } from './stage/ssh-intruder.ts';

const victim = keySigner('ssh-ed25519', new Uint8Array(32).fill(9));

interface Lure {
  readonly transport: Transport;
  /** What the client sent, in order. */
  readonly heard: Uint8Array[];
  readonly client: Promise<Client>;
  settle(): Promise<void>;
  /** Until a message of this number came. */
  hears(number: number): Promise<void>;
}

/** A client on its way into the trap. @param signatures What it is told about signatures. */
function lure(options: Partial<ConnectOptions> = {}, signatures = ['ssh-ed25519']): Lure {
  const [here, there] = duplexPair();
  const heard: Uint8Array[] = [];
  const client = connect(here, {
    user: 'ann',
    checkHostKey: () => undefined,
    authentication: [publicKey(key)],
    ...options,
  });
  client.catch(() => undefined);
  const transport = new Transport(there, {
    isClient: false,
    line: 'SSH-2.0-hostile',
    preferences: defaultPreferences,
    rekey: { bytes: 2 ** 30, seconds: 3600 },
    hostKeys: hostKeySigners([host]),
    signatureAlgorithms: signatures,
  });
  transport.use({
    receive: (payload) => {
      heard.push(payload.slice());
      if (payload[0] === 5) transport.send(new Writer().byte(6).text('ssh-userauth').finish());
      return true;
    },
    closed: () => undefined,
  });
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));
  const hears = async (number: number): Promise<void> => {
    while (!heard.some(([first]) => first === number)) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return { transport, heard, client, settle, hears };
}

/** A client that is let in at once. */
async function letIn(options: Partial<ConnectOptions> = {}): Promise<Lure & { readonly inside: Client }> {
  const trap = lure(options);
  await trap.hears(50);
  trap.transport.send(Uint8Array.of(52));
  return { ...trap, inside: await trap.client };
}

function numbers({ heard }: Lure): readonly (number | undefined)[] {
  return heard.map(([number]) => number);
}

describe('a server that wants into the client', () => {
  it('may open no channel of any type, and ask for nothing', async () => {
    const trap = await letIn();
    for (const type of ['session', 'forwarded-tcpip', 'x11', 'auth-agent@openssh.com', 'direct-tcpip'])
      trap.transport.send(
        new Writer()
          .byte(90)
          .text(type)
          .uint32(0)
          .uint32(1)
          .uint32(1)
          .text('')
          .uint32(0)
          .text('')
          .uint32(0)
          .finish(),
      );
    trap.transport.send(
      new Writer().byte(80).text('tcpip-forward').boolean(true).text('').uint32(0).finish(),
    );
    await trap.settle();
    assert.deepEqual(numbers(trap).slice(2), [92, 92, 92, 92, 92, 82]);
    trap.inside.close();
  });

  it('may start nothing on a session of the client', async () => {
    const trap = await letIn();
    const opening = trap.inside.session();
    await trap.hears(90);
    trap.transport.send(new Writer().byte(91).uint32(0).uint32(0).uint32(9).uint32(9).finish());
    await opening;
    for (const type of ['exec', 'shell', 'env', 'pty-req', 'auth-agent-req@openssh.com'])
      trap.transport.send(new Writer().byte(98).uint32(0).text(type).boolean(true).text('id').finish());
    await trap.settle();
    assert.deepEqual(numbers(trap).slice(3), [100, 100, 100, 100, 100]);
    trap.inside.close();
  });

  it('ends the connection with an exit that is malformed', async () => {
    const trap = await letIn();
    const opening = trap.inside.session();
    await trap.hears(90);
    trap.transport.send(new Writer().byte(91).uint32(0).uint32(0).uint32(9).uint32(9).finish());
    const session = await opening;
    trap.transport.send(new Writer().byte(98).uint32(0).text('exit-status').boolean(false).byte(0).finish());
    await assert.rejects(trap.inside.closed, { code: 'protocolError' });
    assert.equal(await session.exit, undefined);
  });
});

describe('a server that would pass for another one', () => {
  const announce = (...keys: readonly KeySigner[]): Uint8Array => {
    const message = new Writer().byte(80).text('hostkeys-00@openssh.com').boolean(false);
    for (const { publicKey: blob } of keys) message.string(blob);
    return message.finish();
  };

  /** What the client learns when the server proves its keys by these signatures. */
  async function learn(keys: readonly KeySigner[], ...signatures: readonly Uint8Array[]) {
    const learnt: string[][] = [];
    const trap = await letIn({
      onHostKeys: (found) => void learnt.push(found.map(({ publicKey: blob }) => blob.toHex())),
    });
    for (let n = 0; n < 100; n++) trap.transport.send(announce(...keys));
    await trap.settle();
    const answer = new Writer().byte(81);
    for (const signature of signatures) answer.string(signature);
    trap.transport.send(answer.finish());
    await trap.settle();
    return { learnt, asked: numbers(trap).filter((number) => number === 80).length, trap };
  }

  it('adds no key that it cannot prove to have, and is asked once', async () => {
    const forged = await host.sign(utf8('anything'), 'ssh-ed25519');
    const { learnt, asked, trap } = await learn([host, victim], forged, forged);
    assert.deepEqual(learnt, [[]]);
    assert.equal(asked, 1);
    trap.inside.close();
  });

  it('adds no key by a proof of another session, or of another key', async () => {
    const proof = (sessionId: Uint8Array, { publicKey: blob }: KeySigner): Uint8Array =>
      new Writer().text('hostkeys-prove-00@openssh.com').string(sessionId).string(blob).finish();
    const elsewhere = await host.sign(proof(new Uint8Array(32), host), 'ssh-ed25519');
    const { learnt, trap } = await learn([host, victim], elsewhere, elsewhere);
    assert.deepEqual(learnt, [[]]);
    trap.inside.close();
  });

  it('adds nothing with too few proofs', async () => {
    const { learnt, trap } = await learn([host, victim]);
    assert.deepEqual(learnt, [[]]);
    trap.inside.close();
  });

  it('ends the connection with more keys than any server has', async () => {
    const trap = await letIn({ onHostKeys: () => assert.fail('learnt') });
    trap.transport.send(announce(...Array<KeySigner>(65).fill(host)));
    await assert.rejects(trap.inside.closed, /more than 64/);
  });
});

describe('a server that wants secrets', () => {
  it('gets no signature of a kind that only it takes', async () => {
    const trap = lure({}, ['ssh-rsa', 'ssh-dss']);
    await assert.rejects(trap.client, { code: 'noMoreMethods' });
    assert.deepEqual(numbers(trap), []);
  });

  it('cannot ask questions for ever', async () => {
    let asked = 0;
    const trap = lure({
      authentication: [
        keyboardInteractive(async () => {
          asked++;
          return [];
        }),
      ],
    });
    await trap.hears(50);
    const question = new Writer().byte(60).text('').text('').text('').uint32(0).finish();
    for (let n = 1; n <= 101; n++) {
      trap.transport.send(question);
      while (asked < Math.min(n, 100)) await new Promise((resolve) => setImmediate(resolve));
    }
    await assert.rejects(trap.client, /more than 100 questions/);
    assert.equal(asked, 100);
  });

  it('cannot ask more than it has prompts for', async () => {
    const trap = lure({ authentication: [keyboardInteractive(async () => [])] });
    await trap.settle();
    trap.transport.send(
      new Writer()
        .byte(60)
        .text('')
        .text('')
        .text('')
        .uint32(2 ** 31)
        .finish(),
    );
    await assert.rejects(trap.client, { code: 'protocolError' });
  });
});

describe('a naive client', () => {
  it('opens what a server asks for', async () => {
    const { client, server } = await makePair();
    await authenticated({ client, server });
    const accept = (): { accept: () => void } => ({ accept: () => undefined });
    const naive = new Connection(client.transport, { channelOpeners: new Map([['session', accept]]) });
    const { length } = server.user.received;
    server.transport.send(new Writer().byte(90).text('session').uint32(0).uint32(1000).uint32(1000).finish());
    await server.user.until(length + 1);
    assert.equal(server.user.received.at(-1)?.[0], 91);
    naive.disconnect();
  });

  it('takes every key that is announced for one of the server', () => {
    const announced = new Writer().byte(80).text('hostkeys-00@openssh.com').boolean(false);
    const reader = new Reader(announced.string(victim.publicKey).finish().subarray(1));
    reader.text(64);
    reader.boolean();
    assert.deepEqual(reader.string(1000), victim.publicKey);
  });

  it('answers as often as it is asked', async () => {
    const { client, server } = await makePair();
    await authenticated({ client, server });
    const question = new Writer().byte(60).text('').text('').text('').uint32(0).finish();
    for (let count = 0; count < 500; count += 1) server.transport.send(question);
    // Whoever only takes what comes: one message told that it is authenticated.
    await client.user.until(501);
    assert.equal(client.user.received.filter(([number]) => number === 60).length, 500);
    client.transport.disconnect('');
  });

  it('signs by whatever it is told, so that SHA-1 would do', () => {
    // Ours makes no such signature at all: node:crypto stands in for a client that does.
    const { privateKey, publicKey: verifier } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signature = signWith('sha1', utf8('login'), privateKey);
    assert.ok(verifyWith('sha1', utf8('login'), verifier, signature));
  });
});
