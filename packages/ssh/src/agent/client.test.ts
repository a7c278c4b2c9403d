import assert from 'node:assert/strict';
import { type Duplex, duplexPair } from 'node:stream';
import { test } from 'node:test';
import { verifySignature } from '@orrery/keys';
import { binding, commentsIn, loginData, host, never, seed, testKey, way } from '../../testing/agent.ts';
import { AgentClient } from './client.ts';
import { frame, readFrames } from './frames.ts';
import { KeyStore } from './key-store.ts';
import { AgentServer } from './server.ts';

function connected(store = new KeyStore()) {
  const [ours, theirs] = duplexPair();
  void new AgentServer({ store, confirm: never }).serve(theirs);
  return { client: new AgentClient(ours), store };
}

/** Says what it was told to, whatever it is asked; and what it was asked. */
function scripted(...answers: readonly string[]) {
  const [ours, theirs] = duplexPair();
  const asked: string[] = [];
  const left = [...answers];
  const run = async (stream: Duplex): Promise<void> => {
    for await (const message of readFrames(stream)) {
      asked.push(message.toHex());
      const answer = left.shift();
      if (answer === undefined) stream.end();
      else stream.write(frame(Uint8Array.fromHex(answer)));
    }
  };
  void run(theirs).catch(() => undefined);
  return { client: new AgentClient(ours), asked };
}

test('AgentClient and AgentServer understand each other', async () => {
  const { client, store } = connected();
  const key = testKey(1);
  await client.add(key);
  await client.add(testKey(2), { lifetimeSeconds: 60, confirm: true, destinations: [way(0, 9), way(9, 8)] });
  assert.deepEqual(
    (await client.list()).map(({ comment }) => comment),
    ['key 1', 'key 2'],
  );
  assert.deepEqual(store.list()[1]?.destinations, [way(0, 9), way(9, 8)]);
  const data = Uint8Array.of(1, 2, 3);
  const [first] = await client.list();
  assert.ok(first !== undefined);
  const signature = await client.signer(first).sign(data, 'ssh-ed25519');
  assert.equal(verifySignature(key.publicKey, 'ssh-ed25519', data, signature), true);
  assert.deepEqual(await client.extensions(), ['session-bind@openssh.com']);
  await client.lock(seed(1));
  assert.deepEqual(await client.list(), []);
  await client.unlock(seed(1));
  await client.remove(key.publicKey);
  assert.deepEqual(commentsIn(store), ['key 2']);
  await client.removeAll();
  assert.deepEqual(commentsIn(store), []);
  client.close();
});

test('AgentClient binds the connection to a session, in which a key with destinations signs', async () => {
  const { client } = connected();
  const key = testKey(1);
  await client.add(key, { destinations: [way(0, 9, 'alice')] });
  const data = loginData({
    sessionNumber: 5,
    user: 'alice',
    publicKey: key.publicKey,
    hostKey: host(9).publicKey,
  });
  await assert.rejects(client.sign(key.publicKey, data, 'ssh-ed25519'), { code: 'refused' });
  await client.bindSession(await binding(9, 5, false));
  await client.sign(key.publicKey, data, 'ssh-ed25519');
  client.close();
});

test('AgentClient sends the bytes of the protocol', async () => {
  const { client, asked } = scripted('06', '06', '06', '0c00000000', '06');
  await client.add(testKey(1, 'one'));
  await client.add(testKey(1, 'one'), { lifetimeSeconds: 60, confirm: true });
  await client.remove(Uint8Array.of(1, 2));
  await client.list();
  await client.bindSession({
    hostKey: Uint8Array.of(1),
    sessionId: Uint8Array.of(2),
    signature: Uint8Array.of(3),
    isForwarding: true,
  });
  const publicKey = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
  const added = `0000000b7373682d6564323535313900000020${publicKey}00000040${'01'.repeat(32)}${publicKey}000000036f6e65`;
  assert.deepEqual(asked, [
    `11${added}`,
    `19${added}010000003c02`,
    '12000000020102',
    '0b',
    '1b0000001873657373696f6e2d62696e64406f70656e7373682e636f6d00000001010000000102000000010301',
  ]);
});

test('AgentClient asks for signatures of RSA over SHA-2, and takes no other', async () => {
  const sha256 = '0e000000140000000c7273612d736861322d32353600000000';
  const { client, asked } = scripted(sha256, sha256);
  const [key, data] = [Uint8Array.of(1), Uint8Array.of(2)];
  assert.equal(
    (await client.sign(key, data, 'rsa-sha2-256')).toHex(),
    '0000000c7273612d736861322d32353600000000',
  );
  await assert.rejects(client.sign(key, data, 'rsa-sha2-512'), {
    code: 'malformed',
    message:
      'Cannot read what the agent said: Cannot sign with an agent: found a signature by "rsa-sha2-256", "rsa-sha2-512" expected',
  });
  assert.deepEqual(asked, ['0d0000000101000000010200000002', '0d0000000101000000010200000004']);
});

test('AgentClient tells a refusal from nonsense and from an end', async () => {
  const { client } = scripted('05', '1c', '0c', '07', '0600', '0c00000001');
  const refused = { code: 'refused', message: 'Cannot list keys: the agent refused' };
  await assert.rejects(client.list(), refused);
  await assert.rejects(client.list(), refused);
  await assert.rejects(client.list(), { code: 'malformed' });
  await assert.rejects(client.removeAll(), { code: 'malformed' });
  await assert.rejects(client.removeAll(), { code: 'malformed' });
  await assert.rejects(client.list(), { code: 'malformed' });
  await assert.rejects(client.list(), { code: 'closed' });
});
