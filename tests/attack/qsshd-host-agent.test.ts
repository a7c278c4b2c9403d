// Agents with host keys (HostKeyAgent) that lie, are silent or slow.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { after, describe, it, type TestContext } from 'node:test';
import { encode, utf8, Writer } from '@orrery/bytes';
import { generatePrivateKey, verifySignature, type KeySigner } from '@orrery/keys';
import { AgentClient } from '@orrery/ssh';
import { FrameLink } from '../../apps/qssh/src/qsshd/frame-link.ts';
import { signatureRequest } from '../../apps/qssh/src/qsshd/protocol.ts';
import { HostAgent } from '../../apps/qssh/src/qsshd/signer/host-agent.ts';
import { startQsshd } from '../interop/stage/qsshd.ts';
import { runSsh } from '../interop/stage/ssh.ts';

const folder = mkdtempSync(join(tmpdir(), 'qsshd-host-agent-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string): string => join(folder, name);

const algorithm = 'ssh-ed25519';
const key = generatePrivateKey(algorithm, '').signer();
const other = generatePrivateKey(algorithm, '').signer();
const message = utf8('a hash');

/** What an agent does with a question; it gets the connection and how many questions there were before. */
type Act = (connection: Socket, asked: number) => unknown;

interface FakeAgent {
  readonly socket: string;
  /** How many connections have ended. */
  ended(): number;
  /** Resolves with the first question. */
  readonly heard: Promise<void>;
}

let agents = 0;
async function fakeAgent(act: Act): Promise<FakeAgent> {
  const socket = path(`socket${(agents += 1)}`);
  let [asked, ended] = [0, 0];
  const heard = Promise.withResolvers<void>();
  const server = createServer((connection) => {
    connection.on('error', () => undefined);
    connection.on('close', () => (ended += 1));
    connection.on('data', () => {
      heard.resolve();
      act(connection, (asked += 1) - 1);
    });
  }).listen(socket);
  after(() => void server.close());
  await once(server, 'listening');
  return { socket, ended: () => ended, heard: heard.promise };
}

const answer = (bytes: Uint8Array): Uint8Array => new Writer().string(bytes).finish();
const signed = async (by: KeySigner, what: Uint8Array): Promise<Uint8Array> =>
  answer(
    new Writer()
      .byte(14)
      .string(await by.sign(what, algorithm))
      .finish(),
  );

const honest: Act = async (connection) => connection.write(await signed(key, message));

/** The signer's side of an agent, which connects as the listener does. */
function hostAgent({ socket }: Pick<FakeAgent, 'socket'>): { readonly signer: KeySigner } {
  const agent: HostAgent = new HostAgent(() => agent.connected(connect(socket)));
  after(() => agent.close());
  return { signer: agent.signer(key.publicKey) };
}

/** What comes of the first question, and of the next one. */
async function askTwice(first: Act): Promise<{ readonly reason: string; readonly isNextGood: boolean }> {
  const agent = await fakeAgent((connection, asked) => (asked === 0 ? first : honest)(connection, asked));
  const { signer } = hostAgent(agent);
  const reason = await signer.sign(message, algorithm).then(
    () => 'signed',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const signature = await signer.sign(message, algorithm);
  return { reason, isNextGood: verifySignature(key.publicKey, algorithm, message, signature) };
}

describe('an agent that lies to the signer', () => {
  const noSignature = 'what the agent answers is no signature of the key';
  const lies: readonly (readonly [string, Act, string])[] = [
    ['with bytes', (to) => to.write(answer(utf8('garbage'))), 'Cannot sign: found answer 103, 14 expected'],
    [
      'with a length that cannot be',
      (to) => to.write(new Uint8Array(8).fill(255)),
      'Cannot read message: found 4294967295 bytes, 1 to 262144 expected',
    ],
    [
      'with a signature that is cut',
      (to) => to.write(answer(Uint8Array.of(14, 0, 0, 0, 9, 1))),
      'Cannot read what the agent said: Cannot read string at offset 4: 1 bytes left, 9 needed',
    ],
    ['with that of another key', async (to) => to.write(await signed(other, message)), noSignature],
    ['with that of another hash', async (to) => to.write(await signed(key, utf8('another'))), noSignature],
    [
      'with no',
      (to) => to.write(answer(Uint8Array.of(5))),
      'the agent refused: it is locked, or was not given the key',
    ],
  ];
  for (const [name, act, expected] of lies)
    it(`${name} is found out, and asked again the next time`, async () => {
      assert.deepEqual(await askTwice(act), { reason: expected, isNextGood: true });
    });

  it('by hanging up is asked once more at once', async () => {
    const hangsUp: Act = (to) => to.destroy();
    assert.deepEqual(await askTwice(hangsUp), { reason: 'signed', isNextGood: true });
    const { socket } = await fakeAgent(hangsUp);
    await assert.rejects(hostAgent({ socket }).signer.sign(message, algorithm), { code: 'closed' });
  });

  it('has a naive signer hand on what is no signature, which looks to a client like somebody in between', async () => {
    const { socket } = await fakeAgent(async (to) => to.write(await signed(other, message)));
    const naive = new AgentClient(connect(socket));
    const signature = await naive.sign(key.publicKey, message, algorithm);
    assert.equal(verifySignature(key.publicKey, algorithm, message, signature), false);
    naive.close();
  });
});

describe('an agent that is silent', () => {
  /** Ten seconds that take no time. */
  const pass = (t: TestContext): void => t.mock.timers.tick(10_000);

  it('is given up after ten seconds, with its connection: what it says later is no answer', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let late: Socket | undefined;
    const agent = await fakeAgent(async (connection, asked) => {
      if (asked === 0) return (late = connection);
      late?.write(await signed(other, message));
      return honest(connection, asked);
    });
    const { signer } = hostAgent(agent);
    const first = signer.sign(message, algorithm);
    await agent.heard;
    pass(t);
    await assert.rejects(first, { message: 'the agent has not answered for 10 seconds' });
    const signature = await signer.sign(message, algorithm);
    assert.equal(verifySignature(key.publicKey, algorithm, message, signature), true);
    assert.equal(agent.ended(), 1);
  });

  it('makes nobody wait longer who asks at the same time', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const agent = await fakeAgent(() => undefined);
    const { signer } = hostAgent(agent);
    const asked = [1, 2, 3].map(() => signer.sign(message, algorithm));
    await agent.heard;
    pass(t);
    for (const question of asked)
      await assert.rejects(question, { message: 'the agent has not answered for 10 seconds' });
  });

  it('is no worse than one to which no way leads', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const agent = new HostAgent(() => undefined);
    const asked = [1, 2, 3].map(() => agent.signer(key.publicKey).sign(message, algorithm));
    pass(t);
    for (const question of asked)
      await assert.rejects(question, { message: 'the agent has not answered for 10 seconds' });
  });

  it('makes a naive signer wait, and everybody behind', async () => {
    const agent = await fakeAgent(() => undefined);
    const { signer } = hostAgent(agent);
    const answered: string[] = [];
    const [listener, there] = duplexPair();
    const link = new FrameLink(listener, { take: () => undefined, closed: () => undefined });
    const naive = new FrameLink(there, {
      take: async (frame) => {
        const isAgents = frame.includes(1);
        const signature = await (isAgents ? signer : other).sign(message, algorithm);
        answered.push(signature.toHex());
      },
      closed: () => undefined,
    });
    for (const fill of [1, 2])
      link.send(encode(signatureRequest, { kind: 'proof', algorithm, message: Uint8Array.of(fill) }));
    await agent.heard;
    await other.sign(message, algorithm);
    assert.deepEqual(answered, []);
    link.close();
    naive.close();
  });

  it('lets others log in to qsshd, by keys in files', async () => {
    const agent = await fakeAgent(() => undefined);
    const make = (name: string, type: string): void =>
      void execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', '', '-f', path(name)]);
    make('held', 'ecdsa');
    make('filed', 'rsa');
    rmSync(path('held'));
    mkdirSync(path('server'));
    const server = await startQsshd(path('server'), [
      `HostKeyAgent ${agent.socket}`,
      `HostKey ${path('held')}`,
      `HostKey ${path('filed')}`,
    ]);
    const unasked = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'];
    const words = ['-F', 'none', ...unasked, '-i', server.key, '-p', String(server.port)];
    const waiting = spawn('ssh', [...words, '-o', 'HostKeyAlgorithms=ecdsa-sha2-nistp256', 'root@127.0.0.1']);
    after(() => void waiting.kill());
    await agent.heard;
    const { stdout } = await runSsh(server.port, ['-i', server.key, 'root@127.0.0.1', 'echo in'], {
      settings: { HostKeyAlgorithms: 'rsa-sha2-512' },
    });
    assert.equal(stdout.toString(), 'in\n');
    assert.doesNotMatch(server.log(), /Cannot sign/);
  });
});
