import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type Duplex, duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import { never, testKey, way } from '../../testing/agent.ts';
import { hostKey } from '../../testing/pair.ts';
import { noAuthentication } from '../auth/client.ts';
import { type Client, connect } from '../client.ts';
import type { Channel } from '../connection/channel.ts';
import type { SessionHandlers } from '../connection/session-server.ts';
import { acceptLogin } from '../server-login.ts';
import { createServer, serveLogin } from '../server.ts';
import { AgentClient } from './client.ts';
import type { OpenAgentChannel } from './forward-server.ts';
import type { AgentAccess } from './forward-client.ts';
import { MAX_AGENT_CHANNELS } from './forwarding.ts';
import { frame, readFrames } from './frames.ts';
import { KeyStore } from './key-store.ts';
import { AgentServer } from './server.ts';

/** A client with an agent, and what its server got of that. */
async function logIn(agent: AgentAccess | undefined, takes: SessionHandlers['agent'] = () => true) {
  const offered = Promise.withResolvers<OpenAgentChannel>();
  const [here, there] = duplexPair();
  createServer({
    hostKeys: [hostKey],
    authenticator: { policy: () => [['none']], allowsNothing: async () => true },
    handlers: {
      session: () => ({
        agent: (open) => {
          offered.resolve(open);
          return takes(open);
        },
        start: () => ({}),
      }),
    },
  })(there);
  const client = await connect(here, {
    user: 'ann',
    checkHostKey: () => undefined,
    authentication: [noAuthentication],
    ...(agent === undefined ? {} : { agent }),
  });
  return { client, offered: offered.promise };
}

/** The agent of ours over pipes, and what becomes of those. */
function agentWith(store: KeyStore) {
  const server = new AgentServer({ store, confirm: never });
  const streams: Duplex[] = [];
  const connectTo = async (): Promise<Duplex> => {
    const [ours, theirs] = duplexPair();
    void server.serve(theirs);
    streams.push(ours);
    return ours;
  };
  return { connect: connectTo, streams };
}

function storeWith(...destinations: readonly (readonly [number, number])[]): KeyStore {
  const store = new KeyStore();
  const add = (key: ReturnType<typeof testKey>, constraints: Parameters<KeyStore['add']>[1]): void =>
    void store.add({ publicKey: key.publicKey, comment: key.comment, signer: key.signer() }, constraints);
  add(testKey(2, 'free'), {});
  if (destinations.length > 0)
    add(testKey(3, 'bound'), { destinations: destinations.map(([from, to]) => way(from, to)) });
  return store;
}

async function commentsOver(channel: Channel): Promise<readonly string[]> {
  const keys = await new AgentClient(channel).list();
  return keys.map(({ comment }) => comment);
}

async function forwarded(client: Client) {
  const session = await client.session();
  return { session, isTaken: await session.forwardAgent() };
}

describe('ClientSession.forwardAgent', () => {
  it('gives the server connections to the agent, each bound as forwarded to it', async () => {
    // The key of the server is host 1.
    const allowed = await logIn(agentWith(storeWith([0, 1], [1, 9])));
    assert.equal((await forwarded(allowed.client)).isTaken, true);
    assert.deepEqual(await commentsOver(await (await allowed.offered)()), ['free', 'bound']);
    const confined = await logIn(agentWith(storeWith([0, 1])));
    await forwarded(confined.client);
    assert.deepEqual(await commentsOver(await (await confined.offered)()), ['free']);
    for (const { client } of [allowed, confined]) client.close();
  });

  it('binds before a byte of the server gets through', async () => {
    const [ours, theirs] = duplexPair();
    const { client, offered } = await logIn({ connect: async () => ours });
    await forwarded(client);
    const asked: number[][] = [];
    void (async () => {
      for await (const message of readFrames(theirs)) {
        asked.push([message[0] ?? 0, message.at(-1) ?? 0]);
        theirs.write(frame(message[0] === 27 ? Uint8Array.of(6) : Uint8Array.of(12, 0, 0, 0, 0)));
      }
    })();
    assert.deepEqual(await commentsOver(await (await offered)()), []);
    assert.deepEqual(asked, [
      [27, 1],
      [11, 11],
    ]);
    client.close();
  });

  it('tells of an agent that does not bind, which is used nevertheless', async () => {
    const [ours, theirs] = duplexPair();
    let unbound = 0;
    const { client, offered } = await logIn({ connect: async () => ours, onUnbound: () => void unbound++ });
    await forwarded(client);
    void (async () => {
      for await (const [number] of readFrames(theirs))
        theirs.write(frame(number === 27 ? Uint8Array.of(5) : Uint8Array.of(12, 0, 0, 0, 0)));
    })();
    assert.deepEqual(await commentsOver(await (await offered)()), []);
    assert.equal(unbound, 1);
    client.close();
  });

  it('refuses channels where the agent cannot be reached, or is none', async () => {
    const unreachable = await logIn({ connect: () => Promise.reject(new Error('gone')) });
    await forwarded(unreachable.client);
    await assert.rejects((await unreachable.offered)(), { reason: 2 });
    const [ours, theirs] = duplexPair();
    theirs.end('no agent at all');
    const wrong = await logIn({ connect: async () => ours });
    await forwarded(wrong.client);
    await assert.rejects((await wrong.offered)(), { reason: 2 });
    assert.equal(ours.destroyed, true);
    for (const { client } of [unreachable, wrong]) client.close();
  });

  it('lasts as long as the session', async () => {
    const agent = agentWith(storeWith());
    const { client, offered } = await logIn(agent);
    const { session } = await forwarded(client);
    const open = await offered;
    const channel = await open();
    assert.deepEqual(await commentsOver(channel), ['free']);
    const closed = once(channel, 'closed');
    session.close();
    await closed;
    assert.deepEqual(
      agent.streams.map(({ destroyed }) => destroyed),
      [true],
    );
    await assert.rejects(open(), { reason: 1 });
    client.close();
  });

  it('does not begin anew for a connection to the agent that is made when the session has ended', async () => {
    const agent = agentWith(storeWith());
    const reached = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const { client, offered } = await logIn({
      connect: async () => {
        asked.resolve();
        await reached.promise;
        return agent.connect();
      },
    });
    const { session } = await forwarded(client);
    const opening = (await offered)();
    await asked.promise;
    session.close();
    await session.exit;
    reached.resolve();
    await assert.rejects(opening, { reason: 2 });
    assert.equal(agent.streams[0]?.destroyed, true);
    client.close();
  });

  it('needs an agent, and a server that takes it before the program starts', async () => {
    const without = await logIn(undefined);
    await assert.rejects((await without.client.session()).forwardAgent(), TypeError);
    const refused = await logIn(agentWith(storeWith()), () => false);
    assert.equal((await forwarded(refused.client)).isTaken, false);
    await assert.rejects((await refused.offered)(), { reason: 1 });
    const late = await logIn(agentWith(storeWith()));
    const session = await late.client.session();
    await session.shell();
    assert.equal(await session.forwardAgent(), false);
    for (const { client } of [without, refused, late]) client.close();
  });

  it('leaves no connection to the agent open when the connection has ended', async () => {
    const agent = agentWith(storeWith());
    const { client, offered } = await logIn(agent);
    await forwarded(client);
    await (
      await offered
    )();
    client.close();
    await client.closed;
    await new Promise(setImmediate);
    assert.deepEqual(
      agent.streams.map(({ destroyed }) => destroyed),
      [true],
    );
  });
});

describe('channels to an agent', () => {
  it('are refused to a server that nobody offered it to, which is told', async () => {
    let unasked = 0;
    const agent = agentWith(storeWith());
    const [here, there] = duplexPair();
    const connecting = connect(here, {
      user: 'ann',
      checkHostKey: () => undefined,
      authentication: [noAuthentication],
      agent: { ...agent, onUnasked: () => void unasked++ },
    });
    const authenticator = { policy: () => [['none']], allowsNothing: async () => true };
    const login = await acceptLogin(there, { hostKeys: [hostKey], authenticator });
    const connection = serveLogin(login, { handlers: { session: () => ({ start: () => ({}) }) } });
    const client = await connecting;
    await (await client.session()).shell();
    await assert.rejects(connection.openChannel('auth-agent@openssh.com'), { reason: 1 });
    assert.deepEqual([unasked, agent.streams.length], [1, 0]);
    client.close();
  });

  it('are so many at a time, on both sides', async () => {
    const agent = agentWith(storeWith());
    const { client, offered } = await logIn(agent);
    await forwarded(client);
    const open = await offered;
    const channels = await Promise.all(Array.from({ length: MAX_AGENT_CHANNELS }, () => open()));
    await assert.rejects(open(), { reason: 4 });
    assert.equal(agent.streams.length, MAX_AGENT_CHANNELS);
    const [first] = channels;
    assert.ok(first !== undefined);
    const closed = once(first, 'closed');
    first.close();
    await closed;
    assert.deepEqual(await commentsOver(await open()), ['free']);
    client.close();
  });
});
