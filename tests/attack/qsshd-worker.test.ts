// A worker of qsshd that is taken over by what it reads from the network. It must not read a host key, become a user, or
// do anything else to the machine.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, it } from 'node:test';
import { concat, encode, string, Writer } from '@orrery/bytes';
import { parsePrivateKey } from '@orrery/keys';
import { question, type Question } from '../../apps/qssh/src/qsshd/protocol.ts';
import type { Order, Outcome } from './stage/hostile-qsshd.ts';

const folder = mkdtempSync(join(tmpdir(), 'qsshd-worker-'));
after(() => rmSync(folder, { recursive: true, force: true }));
for (const name of ['host', 'user', 'stranger'])
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
writeFileSync(join(folder, 'authorized_keys'), readFileSync(join(folder, 'user.pub')));
writeFileSync(
  join(folder, 'config'),
  `HostKey ${folder}/host\nAuthorizedKeysFile ${folder}/authorized_keys\nStrictModes no\nPidFile none
PermitRootLogin yes\nPerSourcePenalties no\nLogLevel DEBUG\n`,
);

interface Stage {
  /** Gives orders to one worker, and returns how they went. A worker that is cut off says nothing more. */
  command(orders: readonly Order[]): Promise<Outcome[]>;
  log(): string;
  /** Waits until the log has this in it. */
  logged(text: string): Promise<void>;
}

async function start(isNaive: boolean): Promise<Stage> {
  const program = resolve(import.meta.dirname, 'stage/hostile-qsshd.ts');
  const child = spawn(
    process.execPath,
    [program, '-D', '-e', '-f', join(folder, 'config'), '--listen', '127.0.0.1:0'],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LANG: isNaive ? 'naive' : 'C' } },
  );
  after(() => child.kill());
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  while (!log.includes('Server listening')) {
    if (child.exitCode !== null) throw new Error(log);
    await once(child.stderr, 'data');
  }
  const port = Number(/ port (\d+)/.exec(log)?.[1]);
  return {
    log: () => log,
    logged: async (text) => {
      while (!log.includes(text)) await once(child.stderr, 'data');
    },
    command: async (orders) => {
      const socket = connect(port, '127.0.0.1');
      socket.write(orders.map((order) => `${JSON.stringify(order)}\n`).join(''));
      const outcomes: Outcome[] = [];
      socket.on('error', () => undefined);
      for await (const line of createInterface(socket)) {
        outcomes.push(JSON.parse(line) as Outcome);
        if (outcomes.length === orders.length) break;
      }
      socket.destroy();
      return outcomes;
    },
  };
}

const ask = (asked: Question): Order => ({ kind: 'ask', question: encode(question, asked).toBase64() });
const keyOf = (name: string) => parsePrivateKey(readFileSync(join(folder, name))).signer();
const algorithm = 'ssh-ed25519';

/** A proof that is right for that session and user. */
async function proof(
  name: string,
  sessionId: Uint8Array,
  user: string,
): Promise<Question & { kind: 'proof' }> {
  const signer = keyOf(name);
  const request = new Writer().byte(50).text(user).text('ssh-connection').text('publickey').boolean(true);
  const message = concat(
    encode(string(64), sessionId),
    request.text(algorithm).string(signer.publicKey).finish(),
  );
  const signature = await signer.sign(message, algorithm);
  return { kind: 'proof', user, algorithm, key: signer.publicKey, message, signature };
}

const hash = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const server = await start(false);

describe('a worker that is taken over', () => {
  it('reads no host key and no other file, writes none, starts no program, and has no network', async () => {
    const outcomes = await server.command([
      { kind: 'read', path: join(folder, 'host') },
      { kind: 'read', path: '/etc/passwd' },
      { kind: 'list', path: '/' },
      { kind: 'write', path: join(folder, 'written') },
      { kind: 'spawn' },
      { kind: 'connect', port: 22 },
    ]);
    assert.deepEqual(
      outcomes.map(({ done, failed }) => done ?? failed),
      Array.from({ length: 6 }, () => 'ERR_ACCESS_DENIED'),
    );
  });

  it('is not root, and cannot end the listener', async () => {
    const outcomes = await server.command([{ kind: 'becomeRoot' }, { kind: 'killParent' }]);
    assert.deepEqual(
      outcomes.map(({ failed }) => failed),
      ['EPERM', 'EPERM'],
    );
  });

  it('cannot log anybody in without a proof', async () => {
    const outcomes = await server.command([
      ask({ kind: 'sign', algorithm, hash: hash(1) }),
      ask({ kind: 'policy', user: 'root' }),
      ask({ kind: 'loggedIn', user: 'root', state: new Uint8Array(10) }),
    ]);
    assert.deepEqual(outcomes.slice(0, 2), [{ done: 'signature' }, { done: 'policy' }]);
    assert.equal(outcomes[2]?.done, undefined);
    await server.logged('Cannot log root in: nothing is proven');
    assert.doesNotMatch(server.log(), /Accepted/);
  });

  it('cannot prove by a signature of another session, for another user, or with a key that is not authorised', async () => {
    const wrong = { ...(await proof('user', hash(2), 'root')), user: 'daemon' };
    const outcomes = await server.command([
      ask({ kind: 'sign', algorithm, hash: hash(2) }),
      ask({ kind: 'policy', user: 'root' }),
      ask(await proof('user', hash(3), 'root')),
      ask(await proof('user', hash(2), 'daemon')),
      ask(wrong),
      ask(await proof('stranger', hash(2), 'root')),
      ask({ kind: 'policy', user: 'daemon' }),
    ]);
    assert.deepEqual(
      outcomes.map(({ done }) => done),
      ['signature', 'policy', 'verdict false', 'verdict false', 'verdict false', 'verdict false', 'refused'],
    );
  });

  it('cannot have the hash of a former session signed again, to use the proof that was given there', async () => {
    const former = hash(4);
    const stolen = await proof('user', former, 'root');
    await server.command([ask({ kind: 'sign', algorithm, hash: former })]);
    const outcomes = await server.command([
      ask({ kind: 'sign', algorithm, hash: former }),
      ask({ kind: 'policy', user: 'root' }),
      ask(stolen),
    ]);
    assert.deepEqual(
      outcomes.map(({ done }) => done),
      ['refused', 'policy', 'verdict false'],
    );
  });

  it('gets nothing signed that is no exchange hash', async () => {
    const outcomes = await server.command([
      ask({ kind: 'sign', algorithm, hash: new Uint8Array(31) }),
      ask({ kind: 'sign', algorithm, hash: new Uint8Array(0) }),
      ask({ kind: 'sign', algorithm: 'ssh-rsa', hash: hash(5) }),
    ]);
    assert.deepEqual(
      outcomes.map(({ done }) => done),
      ['refused', 'refused', 'refused'],
    );
  });

  it('is cut off for a message that is none, too long, or one of too many', async () => {
    const raw = (bytes: Uint8Array): Order => ({ kind: 'raw', bytes: bytes.toBase64() });
    const flood = new Uint8Array(4 * 200_000);
    for (const bytes of [Uint8Array.of(0, 0, 0, 1, 7), Uint8Array.of(255, 255, 255, 255), flood]) {
      const outcomes = await server.command([raw(bytes), ask({ kind: 'policy', user: 'root' })]);
      assert.notEqual(outcomes[1]?.done, 'policy');
    }
  });

  it('is what it would be who proves what a user proves', async () => {
    const outcomes = await server.command([
      ask({ kind: 'sign', algorithm, hash: hash(6) }),
      ask({ kind: 'policy', user: 'root' }),
      ask(await proof('user', hash(6), 'root')),
    ]);
    assert.deepEqual(outcomes.at(-1), { done: 'verdict true' });
  });
});

describe('a naive worker that is taken over, which keeps the rights of the server', () => {
  it('reads the host key and becomes root', async () => {
    const naive = await start(true);
    const outcomes = await naive.command([
      { kind: 'read', path: join(folder, 'host') },
      { kind: 'becomeRoot' },
    ]);
    assert.match(outcomes[0]?.done ?? '', /OPENSSH PRIVATE KEY/);
    assert.equal(outcomes[1]?.done, 'root');
  });
});
