// A host that somebody logs in to would like to have the agent, or more of it than it was given.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Socket, connect as dial, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import {
  AgentClient,
  AgentError,
  ChannelOpenError,
  connect,
  joinStream,
  noAuthentication,
  type Destination,
  type SessionBinding,
} from '@orrery/ssh';
import { binding, host, loginData, testKey, way } from '../../packages/ssh/testing/agent.ts';
import { MAX_AGENT_CHANNELS } from '../../packages/ssh/src/agent/forwarding.ts';
import { frame, readFrames } from '../../packages/ssh/src/agent/frames.ts';
import { startAgent } from '../interop/stage/agents.ts';
import { startThief, type OpenAgent, type Thief } from './stage/agent-thief.ts';

const qssh = join(import.meta.dirname, '../../bin/qssh');
const folder = mkdtempSync(join(tmpdir(), 'orrery-thief-'));
after(() => rmSync(folder, { recursive: true }));
const agents = {
  'ssh-agent': (await startAgent('ssh-agent', join(folder, 'theirs'))).socket,
  'qssh-agent': (await startAgent('qssh-agent', join(folder, 'ours'))).socket,
};

const [TARGET, VAULT, SESSION] = [9, 8, 1];
const key = testKey(1);

/** Gives an agent the key, for these ways alone; all ways if there are none. */
async function give(socket: string, ...destinations: readonly Destination[]): Promise<void> {
  const agent = new AgentClient(dial(socket));
  await agent.removeAll();
  await agent.add(key, destinations.length === 0 ? {} : { destinations });
  agent.close();
}

/** Logs in to the thief. */
async function logIn({ port }: Thief, socket: string, ...words: readonly string[]) {
  const options = ['-F', 'none', '-p', String(port), '-o', 'StrictHostKeyChecking=no', '-o'];
  const known = `UserKnownHostsFile=${join(folder, 'known_hosts')}`;
  const child = spawn(qssh, [...options, known, ...words, 'ann@127.0.0.1', 'run'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: folder, SSH_AUTH_SOCK: socket },
  });
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await closed;
  return { code: child.exitCode, stdout, stderr };
}

/** The same for a client that joins every channel with the agent, as it comes. */
async function logInNaively({ port, outcome }: Thief, socket: string): Promise<string> {
  const client = await connect(dial(port, '127.0.0.1'), {
    user: 'ann',
    checkHostKey: () => undefined,
    authentication: [noAuthentication],
    channelOpeners: new Map([
      ['auth-agent@openssh.com', () => ({ accept: (channel) => joinStream(channel, dial(socket)) })],
    ]),
  });
  const session = await client.session();
  await session.exec('run');
  await session.exit;
  client.close();
  return outcome();
}

const isDone = { code: 0, stdout: 'done\n' };

describe('a host to which the agent is not forwarded', () => {
  const list = async (open: OpenAgent): Promise<string> => {
    const outcomes: string[] = [];
    for (let tries = 0; tries < 3; tries += 1)
      try {
        const keys = await new AgentClient(await open()).list();
        outcomes.push(keys.map(({ comment }) => comment).join());
      } catch (cause) {
        if (!(cause instanceof ChannelOpenError)) throw cause;
        outcomes.push(`refused for reason ${cause.reason}`);
      }
    return [...new Set(outcomes)].join('; ');
  };

  it('gets at it through a naive client, and by qssh nothing but a warning about it', async () => {
    const thief = await startThief(list);
    const socket = agents['ssh-agent'];
    await give(socket);
    assert.equal(await logInNaively(thief, socket), 'key 1');
    const { stderr, ...rest } = await logIn(thief, socket);
    assert.deepEqual(rest, isDone);
    assert.equal(await thief.outcome(), 'refused for reason 1');
    assert.equal(stderr.match(/the server tried to use the agent/g)?.length, 1);
  });

  it('gets nothing where it once had another key, although that does not matter', async () => {
    const thief = await startThief(list);
    const [hosts, socket] = [join(folder, 'changed'), agents['ssh-agent']];
    const known = Buffer.from(host(TARGET).publicKey).toString('base64');
    writeFileSync(hosts, `[127.0.0.1]:${thief.port} ssh-ed25519 ${known}\n`);
    const { stderr, ...rest } = await logIn(thief, socket, '-A', '-o', `GlobalKnownHostsFile=${hosts}`);
    assert.deepEqual(rest, isDone);
    assert.equal(await thief.outcome(), 'refused for reason 1');
    assert.match(stderr, /^Nor is the agent forwarded to it\.$/m);
  });
});

describe('a host that binds the connection to sessions that are not its own', () => {
  /** What the key is for, and by which bindings the thief would have it signed for itself. */
  const attacks: Readonly<
    Record<
      string,
      { readonly ways: readonly Destination[]; readonly bindings: () => Promise<SessionBinding>[] }
    >
  > = {
    'as if the user logged in from here': {
      ways: [way(0, TARGET)],
      bindings: () => [binding(TARGET, SESSION, false)],
    },
    'as if it were another host on the way': {
      ways: [way(0, VAULT), way(VAULT, TARGET)],
      bindings: () => [binding(VAULT, SESSION + 1, true), binding(TARGET, SESSION, false)],
    },
  };

  const data = loginData({
    sessionNumber: SESSION,
    user: 'ann',
    publicKey: key.publicKey,
    hostKey: host(TARGET).publicKey,
  });

  const stealWith =
    (bindings: () => Promise<SessionBinding>[]) =>
    async (open: OpenAgent): Promise<string> => {
      const agent = new AgentClient(await open());
      for (const each of bindings()) await agent.bindSession(await each).catch(() => undefined);
      try {
        await agent.sign(key.publicKey, data, 'ssh-ed25519');
        return 'signed';
      } catch (cause) {
        if (!(cause instanceof AgentError)) throw cause;
        return cause.code;
      }
    };

  for (const [name, { bindings, ways }] of Object.entries(attacks))
    for (const [agent, socket] of Object.entries(agents))
      it(`${name} has ${agent} sign through a naive client, and not by qssh -A`, async () => {
        const thief = await startThief(stealWith(bindings));
        await give(socket, ...ways);
        assert.equal(await logInNaively(thief, socket), 'signed');
        const { stderr, ...rest } = await logIn(thief, socket, '-A');
        assert.deepEqual(rest, isDone);
        assert.doesNotMatch(stderr, /bind/);
        assert.equal(await thief.outcome(), 'refused');
      });
});

describe('a flood of channels to the agent', () => {
  const FLOOD = 400;

  it('is one of connections to it through a naive client, and ends at a bound by qssh', async () => {
    const connections = new Set<Socket>();
    let most = 0;
    const server = createServer((socket) => {
      connections.add(socket);
      most = Math.max(most, connections.size);
      socket.once('close', () => connections.delete(socket)).on('error', () => undefined);
      void (async () => {
        for await (const [number] of readFrames(socket))
          socket.write(frame(Uint8Array.of(number === 27 ? 6 : 5)));
      })().catch(() => undefined);
    }).listen(join(folder, 'flooded'));
    after(() => void server.close());
    await once(server, 'listening');
    const thief = await startThief(async (open) => {
      const opened = await Promise.allSettled(
        Array.from({ length: FLOOD }, async () => new AgentClient(await open()).list()),
      );
      const reasons = opened.flatMap((each) =>
        each.status === 'rejected' && each.reason instanceof ChannelOpenError ? [each.reason.reason] : [],
      );
      return `${reasons.length} refused for ${[...new Set(reasons)].join() || 'no reason'}`;
    });
    assert.equal(await logInNaively(thief, join(folder, 'flooded')), '0 refused for no reason');
    assert.equal(most, FLOOD);
    while (connections.size > 0) await new Promise(setImmediate);
    most = 0;
    const { code, stdout } = await logIn(thief, join(folder, 'flooded'), '-A');
    assert.deepEqual({ code, stdout }, isDone);
    assert.equal(await thief.outcome(), `${FLOOD - MAX_AGENT_CHANNELS} refused for 4`);
    assert.equal(most, MAX_AGENT_CHANNELS);
  });
});
