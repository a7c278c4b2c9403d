// A worker of qsshd that is taken over by what it reads from the network, and lies to the monitor.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import { concat, encode, string, utf8, Writer } from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';
import { parsePrivateKey } from '@orrery/keys';
import { askOver, type Asking } from '../../apps/qssh/src/qsshd/asking.ts';
import { createLog } from '../../apps/qssh/src/qsshd/log.ts';
import { Monitor, type Ending, type MonitorContext } from '../../apps/qssh/src/qsshd/monitor/monitor.ts';
import { answer, question, type Answer, type Question } from '../../apps/qssh/src/qsshd/protocol.ts';
import { linesWithKey } from '../../apps/qssh/src/qsshd/reader/lines-with-key.ts';
import { readOwnedFile } from '../../apps/qssh/src/qsshd/reader/owned-file.ts';
import { evaluate } from '../../apps/qssh/src/sshd-config/evaluate.ts';
import { readSshdConfig } from '../../apps/qssh/src/sshd-config/read-file.ts';
import type { Order } from './stage/hostile-qsshd.ts';
import { startHostile } from './stage/hostile-server.ts';

const server = await startHostile(false);

const ask = (asked: Question): Order => ({ kind: 'ask', question: encode(question, asked).toBase64() });
const keyOf = (name: string) => parsePrivateKey(readFileSync(resolve(server.folder, name))).signer();
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

/** What is hashed for an exchange of keys with the host that has this key. */
function exchange(fill: number, host = 'host'): Uint8Array {
  const lists = Uint8Array.of(20, fill);
  const writer = new Writer().text('SSH-2.0-a').text('SSH-2.0-b').string(lists).string(lists);
  return writer.string(keyOf(host).publicKey).string(lists).string(lists).string(lists).finish();
}

/** The identifier of a session that begins with it. */
const session = (fill: number, host?: string): Uint8Array => sha256(exchange(fill, host));

const sign = (input: Uint8Array, over: Partial<Question & { kind: 'sign' }> = {}): Order =>
  ask({ kind: 'sign', algorithm, input, hashLength: 32, ...over });

/** A monitor in this process, with a signer of the test's own. */
function monitorWith(
  signer: MonitorContext['sign'],
  options: readonly string[] = [],
): {
  readonly worker: Asking<Question, Answer>;
  readonly ended: Promise<Ending>;
} {
  const config = readSshdConfig(join(server.folder, 'config'), options);
  const [here, there] = duplexPair();
  const context: MonitorContext = {
    peer: { address: '::1', port: 1, host: '::1', localAddress: '::1', localPort: 22 },
    settingsFor: () => evaluate(config),
    hostKeys: [],
    sign: signer,
    readFile: async ({ path, isStrict, wanted, ...owner }) => {
      const bytes = readOwnedFile(path, owner, isStrict, 100_000);
      return typeof bytes === 'string' || wanted.kind !== 'key' ? '' : linesWithKey(bytes, wanted.blob);
    },
    log: createLog('QUIET', () => undefined),
  };
  const { ended } = new Monitor(there, context, () => undefined);
  return { worker: askOver(here, question, answer, () => undefined), ended };
}

describe('a worker that is taken over', () => {
  it('cannot log anybody in without a proof', async () => {
    const outcomes = await server.command([
      sign(exchange(1)),
      ask({ kind: 'policy', user: 'root' }),
      ask({ kind: 'loggedIn', user: 'root', state: new Uint8Array(10) }),
    ]);
    assert.deepEqual(outcomes.slice(0, 2), [{ done: 'signature' }, { done: 'policy' }]);
    assert.equal(outcomes[2]?.done, undefined);
    await server.logged('Cannot log root in: nothing is proven');
    assert.doesNotMatch(server.log(), /Accepted/);
  });

  it('cannot try more passwords than MaxAuthTries, although it tells of no failures', async () => {
    const options = [`PasswordFile ${server.folder}/none`, 'MaxAuthTries 2'];
    const { worker, ended } = monitorWith(() => Promise.resolve(new Uint8Array()), options);
    await worker.ask({ kind: 'policy', user: 'root' });
    const guess = (password: string): Promise<Answer> =>
      worker.ask({ kind: 'password', user: 'root', method: 'password', password: utf8(password) });
    for (const password of ['one', 'two'])
      assert.deepEqual(await guess(password), { kind: 'verdict', isAllowed: false });
    void guess('three'); // it is never answered
    assert.equal(await ended, 'nothing');
  });

  it('cannot prove by a signature of another session, for another user, or with a key that is not authorised', async () => {
    const wrong = { ...(await proof('user', session(2), 'root')), user: 'daemon' };
    const outcomes = await server.command([
      sign(exchange(2)),
      ask({ kind: 'policy', user: 'root' }),
      ask(await proof('user', session(3), 'root')),
      ask(await proof('user', session(2), 'daemon')),
      ask(wrong),
      ask(await proof('stranger', session(2), 'root')),
      ask({ kind: 'policy', user: 'daemon' }),
    ]);
    assert.deepEqual(
      outcomes.map(({ done }) => done),
      ['signature', 'policy', 'verdict false', 'verdict false', 'verdict false', 'verdict false', 'refused'],
    );
  });

  it('cannot have the hash of a former session signed again, to use the proof that was given there', async () => {
    const former = exchange(4);
    const stolen = await proof('user', session(4), 'root');
    await server.command([sign(former)]);
    const outcomes = await server.command([sign(former), ask({ kind: 'policy', user: 'root' }), ask(stolen)]);
    assert.deepEqual(
      outcomes.map(({ done }) => done),
      ['refused', 'policy', 'verdict false'],
    );
  });

  it('cannot have an exchange with another host signed, to use the proof that a user gave there', async () => {
    const outcomes = await server.command([
      sign(exchange(7, 'stranger')),
      ask({ kind: 'policy', user: 'root' }),
      ask(await proof('user', session(7, 'stranger'), 'root')),
    ]);
    assert.deepEqual(
      outcomes.map(({ done }) => done),
      ['refused', 'policy', 'verdict false'],
    );
  });

  it('gets nothing signed that is no exchange', async () => {
    const outcomes = await server.command([
      sign(new Uint8Array(32)),
      sign(exchange(5).subarray(1)),
      sign(concat(exchange(5), Uint8Array.of(0))),
      sign(exchange(5), { hashLength: 20 }),
      sign(exchange(5), { algorithm: 'ssh-rsa' }),
    ]);
    assert.deepEqual(
      outcomes.map(({ done }) => done),
      ['refused', 'refused', 'refused', 'refused', 'refused'],
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

  it('is answered 4096 times', async () => {
    const { worker, ended } = monitorWith(() => Promise.resolve(new Uint8Array()));
    const nothing = { kind: 'failed', user: 'root', method: 'none' } as const;
    for (let left = 4096; left > 0; left -= 1)
      assert.deepEqual(await worker.ask(nothing), { kind: 'verdict', isAllowed: false });
    worker.tell(nothing);
    assert.equal(await ended, 'nothing');
  });

  it('has nothing more to say once it has handed a login over, which it can only break', async () => {
    const outcomes = await server.command([
      sign(exchange(8)),
      ask({ kind: 'policy', user: 'root' }),
      ask(await proof('user', session(8), 'root')),
      ask({ kind: 'loggedIn', user: 'root', state: utf8('{"__proto__":{"sessionId":1,"unread":2}}') }),
      sign(exchange(9)),
    ]);
    assert.deepEqual(
      outcomes.slice(0, 3).map(({ done }) => done),
      ['signature', 'policy', 'verdict true'],
    );
    assert.ok(!outcomes.slice(3).some(({ done }) => done === 'signature'));
  });

  it('is what it would be who proves what a user proves', async () => {
    const outcomes = await server.command([
      sign(exchange(6)),
      ask({ kind: 'policy', user: 'root' }),
      ask(await proof('user', session(6), 'root')),
    ]);
    assert.deepEqual(outcomes.at(-1), { done: 'verdict true' });
  });
});

describe('a worker that is taken over, where two keys are needed', () => {
  it('cannot prove by one of them twice, nor as another user in between', async () => {
    const strict = await startHostile(false, ['AuthenticationMethods publickey,publickey']);
    const input = exchange(1, join(strict.folder, 'host'));
    const first = await proof(join(strict.folder, 'user'), sha256(input), 'root');
    const outcomes = await strict.command([
      sign(input),
      ask({ kind: 'policy', user: 'root' }),
      ask(first),
      ask(first),
      ask(await proof(join(strict.folder, 'user'), sha256(input), 'daemon')),
      ask({ kind: 'loggedIn', user: 'root', state: new Uint8Array(10) }),
    ]);
    assert.deepEqual(
      outcomes.slice(0, 5).map(({ done }) => done),
      ['signature', 'policy', 'verdict true', 'verdict false', 'verdict false'],
    );
    await strict.logged('Cannot log root in: nothing is proven');
  });
});

describe('a naive signer, which sees a hash and not what was hashed', () => {
  it('makes a proof for another host good here', async () => {
    const { worker } = monitorWith(async (request) =>
      request.kind === 'exchange' ? keyOf('host').sign(sha256(request.input), algorithm) : new Uint8Array(),
    );
    await worker.ask({ kind: 'sign', algorithm, input: exchange(7, 'stranger'), hashLength: 32 });
    await worker.ask({ kind: 'policy', user: 'root' });
    const said = await worker.ask(await proof('user', session(7, 'stranger'), 'root'));
    assert.deepEqual(said, { kind: 'verdict', isAllowed: true });
    await worker.end();
  });
});
