// Whoever reaches an agent, as a host that it is forwarded to does, asks for what its keys are not for.
import { FormatError, Reader, Writer, concat, decode, encode, equal, string, struct } from '@orrery/bytes';
import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import {
  binding,
  commentsIn,
  fileSignatureData,
  host,
  loginData,
  never,
  sessionId,
  testKey,
  way,
} from '../../packages/ssh/testing/agent.ts';
import { AgentClient } from '../../packages/ssh/src/agent/client.ts';
import { type HeldKey, KeyStore } from '../../packages/ssh/src/agent/key-store.ts';
import { type SessionBinding, sessionBinding, signRequest } from '../../packages/ssh/src/agent/messages.ts';
import { AgentConnection, AgentServer, MAX_CONNECTIONS } from '../../packages/ssh/src/agent/server.ts';

const key = testKey(1);
const [HOST, OTHER_HOST] = [9, 8];

/** A key that may go to the host, for alice alone. */
function constrained(): KeyStore {
  const store = new KeyStore();
  store.add(
    { publicKey: key.publicKey, comment: key.comment, signer: key.signer() },
    { destinations: [way(0, HOST, 'alice')] },
  );
  return store;
}

interface Agent {
  bind(session: SessionBinding): Promise<boolean>;
  signs(data: Uint8Array): Promise<boolean>;
}

function ours(): Agent {
  const connection = new AgentConnection({ store: constrained(), confirm: never });
  const ask = async (number: number, body: Uint8Array): Promise<number | undefined> =>
    (await connection.answer(concat(Uint8Array.of(number), body)))[0];
  return {
    bind: async (session) => {
      const body = concat(
        new Writer().text('session-bind@openssh.com').finish(),
        encode(sessionBinding, session),
      );
      return (await ask(27, body)) === 6;
    },
    signs: async (data) =>
      (await ask(13, encode(signRequest, { publicKey: key.publicKey, data, flags: 0 }))) === 14,
  };
}

/** An agent that knows destinations, and believes what it is told. */
function naive(): Agent {
  let last: SessionBinding | undefined;
  return {
    bind: async (session) => {
      last = session;
      return true;
    },
    signs: async (data) => {
      if (last === undefined || !equal(last.hostKey, host(HOST).publicKey)) return false;
      try {
        return equal(new Reader(data).string(128), last.sessionId);
      } catch (cause) {
        if (cause instanceof FormatError) return true; // no login
        throw cause;
      }
    },
  };
}

function login(other: Partial<Parameters<typeof loginData>[0]> = {}): Uint8Array {
  return loginData({
    sessionNumber: 1,
    user: 'alice',
    publicKey: key.publicKey,
    hostKey: host(HOST).publicKey,
    ...other,
  });
}

describe('a session that is not bound as it should be', () => {
  it('is refused where the host has not signed it', async () => {
    const good = await binding(HOST, 1, false);
    const other = await binding(OTHER_HOST, 1, false);
    const forged = [
      { ...good, signature: other.signature },
      { ...good, sessionId: sessionId(2) },
      { ...other, hostKey: good.hostKey },
      { ...good, signature: new Uint8Array() },
      { ...good, signature: good.signature.subarray(0, -1) },
      { ...good, signature: concat(good.signature, Uint8Array.of(0)) },
      {
        ...good,
        sessionId: new Uint8Array(),
        signature: await host(HOST).sign(new Uint8Array(), 'ssh-ed25519'),
      },
    ];
    for (const session of forged) {
      assert.equal(await naive().bind(session), true);
      const agent = ours();
      assert.equal(await agent.bind(session), false);
      assert.equal(await agent.signs(login()), false);
    }
  });

  it('does not follow the binding of a login: a host that got hold of the connection adds nothing', async () => {
    for (const [agent, isTaken] of [
      [naive(), true],
      [ours(), false],
    ] as const) {
      assert.equal(await agent.bind(await binding(OTHER_HOST, 2, false)), true);
      assert.equal(await agent.bind(await binding(HOST, 1, false)), isTaken);
      assert.equal(await agent.signs(login()), isTaken);
    }
  });

  it('is of no use again on a forwarded connection: the way there stays', async () => {
    for (const [agent, isSigned] of [
      [naive(), true],
      [ours(), false],
    ] as const) {
      await agent.bind(await binding(OTHER_HOST, 2, true));
      assert.equal(await agent.bind(await binding(HOST, 1, false)), true);
      assert.equal(await agent.signs(login()), isSigned);
    }
  });
});

describe('a key with destinations', () => {
  it('signs the login that it is for', async () => {
    for (const agent of [naive(), ours()]) {
      await agent.bind(await binding(HOST, 1, false));
      assert.equal(await agent.signs(login()), true);
      assert.equal(
        await agent.signs(loginData({ sessionNumber: 1, user: 'alice', publicKey: key.publicKey })),
        true,
      );
    }
  });

  it('signs nothing that is no login', async () => {
    for (const data of [fileSignatureData(), new Uint8Array(), Uint8Array.of(1, 2, 3)]) {
      const agents = [naive(), ours()];
      for (const agent of agents) await agent.bind(await binding(HOST, 1, false));
      assert.deepEqual(await Promise.all(agents.map((agent) => agent.signs(data))), [true, false]);
    }
  });

  it('signs no login that differs from the one it is for, nor with bytes behind it', async () => {
    const good = login();
    const wrong = [
      login({ user: 'bob' }),
      login({ hostKey: host(OTHER_HOST).publicKey }),
      login({ publicKey: testKey(2).publicKey }),
      concat(good, Uint8Array.of(0)),
      good.subarray(0, -1),
      changed(good, 'publickey-hostbound-v00@openssh.com', 'publickey-hostbound-v01@openssh.com'),
      changed(good, 'ssh-connection', 'ssh-konnection'),
      changed(good, 'ssh-ed25519', 'ssh-ed25518'),
      good.with(4 + 32, 51),
    ];
    const [fooled, agent] = [naive(), ours()];
    for (const each of [fooled, agent]) await each.bind(await binding(HOST, 1, false));
    for (const [at, data] of wrong.entries()) {
      assert.equal(await fooled.signs(data), true, `${at}`);
      assert.equal(await agent.signs(data), false, `${at}`);
    }
    for (const each of [fooled, agent]) assert.equal(await each.signs(login({ sessionNumber: 2 })), false);
  });

  it('signs nothing for bytes that are changed anywhere', async () => {
    const agent = ours();
    await agent.bind(await binding(HOST, 1, false));
    const good = login();
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        assert.equal(await agent.signs(good.with(at, (good[at] ?? 0) ^ change)), false);
      }),
      { numRuns: 300 },
    );
  });
});

function changed(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1').replace(from, to);
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

describe('bytes that are no requests', () => {
  it('change nothing in the agent, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(11, 13, 17, 18, 22, 23, 25, 27),
        fc.uint8Array({ maxLength: 80 }),
        async (number, body) => {
          const store = constrained();
          const connection = new AgentConnection({ store, confirm: never });
          const lockable = number === 22 ? concat(body, Uint8Array.of(1)) : body;
          const [answer] = await connection.answer(concat(Uint8Array.of(number), lockable));
          assert.ok(
            [5, 12, 28].includes(answer ?? 0) || (number === 22 && isPassphrase(lockable)),
            `${answer}`,
          );
          assert.deepEqual(commentsIn(store), ['key 1']);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('have no private key of wrong lengths among them', async () => {
    const store = new KeyStore();
    const connection = new AgentConnection({ store, confirm: never });
    const naiveAdd = struct({
      type: string(64),
      publicKey: string(99),
      secret: string(99),
      comment: string(99),
    });
    const good = concat(key.secret, new Writer().text('one').finish());
    for (const [publicLength, secretLength] of [
      [31, 64],
      [33, 64],
      [32, 32],
      [32, 63],
      [32, 65],
      [0, 0],
    ] as const) {
      const { type, publicKey, secret, comment } = decode(naiveAdd, good);
      const cut = (bytes: Uint8Array, length: number): Uint8Array =>
        concat(bytes, new Uint8Array(1)).subarray(0, length);
      const body = encode(naiveAdd, {
        type,
        publicKey: cut(publicKey, publicLength),
        secret: cut(secret, secretLength),
        comment,
      });
      assert.equal(decode(naiveAdd, body).publicKey.length, publicLength); // who looks at no length takes it
      assert.equal((await connection.answer(concat(Uint8Array.of(17), body)))[0], 5);
    }
    assert.equal((await connection.answer(concat(Uint8Array.of(17), good)))[0], 6);
    assert.deepEqual(commentsIn(store), ['one']);
  });
});

function isPassphrase(body: Uint8Array): boolean {
  return body.length > 4 && new DataView(body.buffer, body.byteOffset).getUint32(0) === body.length - 4;
}

describe('floods', () => {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-agent-'));
  after(() => rmSync(folder, { recursive: true }));

  async function listening(onConnection: (socket: Socket) => void) {
    const path = join(folder, `${Math.random()}`);
    const server = createServer({ allowHalfOpen: true }, onConnection).listen(path);
    await once(server, 'listening');
    return { path, server };
  }

  it('of connections leave the agent with those that it has', async () => {
    const agent = new AgentServer({ store: new KeyStore(), confirm: never });
    const { path, server } = await listening((socket) => void agent.serve(socket));
    const sockets: Socket[] = [];
    for (let count = 0; count < MAX_CONNECTIONS; count += 1) {
      const socket = connect(path);
      await once(socket, 'connect');
      sockets.push(socket);
    }
    const last = new AgentClient(connect(path));
    await assert.rejects(last.list(), { code: 'closed' });
    const [first] = sockets;
    assert.ok(first !== undefined);
    assert.deepEqual(await new AgentClient(first).list(), []);
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  const REQUESTS = 20_000;

  /** How many requests are answered while nobody reads the answers. */
  async function answeredBy(serve: (stream: Duplex, count: () => void) => void): Promise<number> {
    const [client, server] = duplexPair();
    const many = new Uint8Array(5 * REQUESTS);
    for (let at = 0; at < many.length; at += 5) many.set([0, 0, 0, 1, 11], at);
    let answered = 0;
    serve(server, () => (answered += 1));
    client.write(many);
    for (let quiet = 0, former = 0; quiet < 20; former = answered) {
      await setImmediate();
      quiet = answered === former ? quiet + 1 : 0;
    }
    client.destroy();
    return answered;
  }

  it('of requests of which nobody takes the answers are not answered', async () => {
    const fooled = await answeredBy((stream, count) => {
      stream.on('data', (bytes: Uint8Array) => {
        for (let at = 0; at < bytes.length; at += 5) {
          count();
          stream.write(new Uint8Array(4100));
        }
      });
    });
    const answered = await answeredBy((stream, count) => {
      class CountingStore extends KeyStore {
        override list(): readonly HeldKey[] {
          count();
          return super.list();
        }
      }
      const store = new CountingStore();
      store.add({ publicKey: key.publicKey, comment: 'x'.repeat(4000), signer: key.signer() }, {});
      void new AgentServer({ store, confirm: never }).serve(stream);
    });
    assert.equal(fooled, REQUESTS);
    assert.ok(answered > 1 && answered < 100, `${answered}`);
  });
});
