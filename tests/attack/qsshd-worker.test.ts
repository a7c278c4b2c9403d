// A worker of qsshd that is taken over by what it reads from the network, and lies to the monitor.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { concat, encode, string, Writer } from '@orrery/bytes';
import { parsePrivateKey } from '@orrery/keys';
import { question, type Question } from '../../apps/qssh/src/qsshd/protocol.ts';
import type { Order } from './stage/hostile-qsshd.ts';
import { startHostile } from './stage/hostile-server.ts';

const server = await startHostile(false);

const ask = (asked: Question): Order => ({ kind: 'ask', question: encode(question, asked).toBase64() });
const keyOf = (name: string) => parsePrivateKey(readFileSync(join(server.folder, name))).signer();
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

describe('a worker that is taken over', () => {
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
