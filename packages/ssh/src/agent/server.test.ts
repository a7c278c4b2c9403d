import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from '@orrery/bytes';
import { parsePublicKeyLine, verifySignature } from '@orrery/keys';
import { commentsIn, never } from '../../testing/agent.ts';
import { KeyStore } from './key-store.ts';
import { signRequest } from './messages.ts';
import { AgentConnection, type KeyUse } from './server.ts';

// The messages of OpenSSH's ssh-add 9.2, without their lengths, and what its ssh-agent answered.
const PUBLIC =
  '0000000b7373682d656432353531390000002061a855ba9426aecd39de64e1d82f8cbac24159713bbe4d2cb5849d839c683ac7';
const SECRET =
  '000000405bcf6574e3cb006c72a34a6a8f9d11f92e36345b25dcc456e14aabe78c8d669261a855ba9426aecd39de64e1d82f8cbac24159713bbe4d2cb5849d839c683ac7';
const COMMENT = '000000036f6e65';
const ADD = `11${PUBLIC}${SECRET}${COMMENT}`;
const LIFETIME = '010000003c';
const CONFIRM = '02';
const DESTINATION =
  'ff0000002472657374726963742d64657374696e6174696f6e2d763030406f70656e7373682e636f6d00000068000000640000000c0000000000000000000000000000004c00000005616c6963650000000377656200000000000000330000000b7373682d6564323535313900000020915cee95a59f54d1e583c57f5597066e90a0992056a1c1cdaeaa677e2a694aa40000000000';
const ADD_CONSTRAINED = `19${ADD.slice(2)}${LIFETIME}${CONFIRM}${DESTINATION}`;
const LIST = '0b';
const LISTED = `0c0000000100000033${PUBLIC}${COMMENT}`;
const SUCCESS = '06';
const FAILURE = '05';

const key = parsePublicKeyLine(
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGGoVbqUJq7NOd5k4dgvjLrCQVlxO75NLLWEnYOcaDrH one',
);

function agent(confirm: (use: KeyUse) => Promise<boolean> = never) {
  const store = new KeyStore();
  const connection = new AgentConnection({ store, confirm });
  const ask = async (hex: string): Promise<string> =>
    (await connection.answer(Uint8Array.fromHex(hex))).toHex();
  return { store, ask };
}

function signing(data: string, flags = 0): string {
  const bytes = new TextEncoder().encode(data);
  return `0d${encode(signRequest, { publicKey: key.blob, data: bytes, flags }).toHex()}`;
}

test('AgentConnection adds, lists and removes keys by the bytes that ssh-add sends', async () => {
  const { ask } = agent();
  assert.equal(await ask(LIST), '0c00000000');
  assert.equal(await ask(ADD), SUCCESS);
  assert.equal(await ask(LIST), LISTED);
  assert.equal(await ask(ADD), SUCCESS);
  assert.equal(await ask(LIST), LISTED);
  assert.equal(await ask(`1200000033${PUBLIC}`), SUCCESS);
  assert.equal(await ask(`1200000033${PUBLIC}`), FAILURE);
  assert.equal(await ask(LIST), '0c00000000');
  assert.equal(await ask(ADD), SUCCESS);
  assert.equal(await ask('13'), SUCCESS);
  assert.equal(await ask(LIST), '0c00000000');
});

test('AgentConnection signs with its keys, and not with others', async () => {
  const { ask } = agent();
  assert.equal(await ask(signing('hello')), FAILURE);
  await ask(ADD);
  const answer = Uint8Array.fromHex(await ask(signing('hello')));
  assert.equal(answer[0], 14);
  const message = new TextEncoder().encode('hello');
  assert.equal(verifySignature(key.blob, 'ssh-ed25519', message, answer.subarray(5)), true);
});

test('AgentConnection reads the constraints of a key', async () => {
  const { ask, store } = agent();
  assert.equal(await ask(ADD_CONSTRAINED), SUCCESS);
  const [held] = store.list();
  assert.equal(held?.confirm, true);
  assert.deepEqual(
    held?.destinations?.map(({ from, to }) => [from.user, from.host, from.keys.length, to.user, to.host]),
    [['', '', 0, 'alice', 'web']],
  );
  assert.equal(
    held?.destinations?.[0]?.to.keys[0]?.publicKey.toBase64(),
    'AAAAC3NzaC1lZDI1NTE5AAAAIJFc7pWln1TR5YPFf1WXBm6QoJkgVqHBza6qZ34qaUqk',
  );
});

test('AgentConnection refuses constraints that it does not know, that are given twice, or that are cut', async () => {
  const { ask, store } = agent();
  const constrained = ADD_CONSTRAINED.slice(0, ADD_CONSTRAINED.indexOf(LIFETIME));
  const unknown = 'ff0000000d6e6f6e65406e6f7768657265';
  for (const tail of [
    '03',
    unknown,
    LIFETIME + LIFETIME,
    CONFIRM + CONFIRM,
    '0100',
    DESTINATION.slice(0, -2),
  ])
    assert.equal(await ask(constrained + tail), FAILURE, tail);
  assert.equal(await ask(`${ADD}${CONFIRM}`), FAILURE);
  assert.deepEqual(commentsIn(store), []);
});

test('AgentConnection asks before it signs with a key that wants that, and again', async () => {
  const questions: string[] = [];
  let isAgreed = true;
  const { ask, store } = agent(async ({ comment }) => {
    questions.push(comment);
    return isAgreed;
  });
  await ask(`19${ADD.slice(2)}${CONFIRM}`);
  assert.match(await ask(signing('hello')), /^0e/);
  isAgreed = false;
  assert.equal(await ask(signing('hello')), FAILURE);
  assert.deepEqual(questions, ['one', 'one']);
  store.clear();
  assert.equal(await ask(signing('hello')), FAILURE);
  assert.equal(questions.length, 2);
});

test('AgentConnection does not sign with a key that was removed while somebody was asked', async () => {
  const { ask, store } = agent(async () => {
    store.clear();
    return true;
  });
  await ask(`19${ADD.slice(2)}${CONFIRM}`);
  assert.equal(await ask(signing('hello')), FAILURE);
});

test('AgentConnection shows and does nothing while it is locked', async () => {
  const { ask } = agent();
  await ask(ADD);
  const [passphrase, wrong] = ['00000003616263', '00000003616264'];
  assert.equal(await ask('1600000000'), FAILURE);
  assert.equal(await ask(`16${passphrase}`), SUCCESS);
  assert.equal(await ask(`16${passphrase}`), FAILURE);
  assert.equal(await ask(LIST), '0c00000000');
  for (const request of [ADD, signing('hello'), `1200000033${PUBLIC}`, '13', `17${wrong}`])
    assert.equal(await ask(request), FAILURE, request);
  assert.equal(await ask(`17${passphrase}`), SUCCESS);
  assert.equal(await ask(`17${passphrase}`), FAILURE);
  assert.equal(await ask(LIST), LISTED);
});

test('AgentConnection names its extensions, and fails for those that it does not know', async () => {
  const { ask } = agent();
  const query = '000000057175657279';
  assert.equal(await ask(`1b${query}`), `1d${query}0000001873657373696f6e2d62696e64406f70656e7373682e636f6d`);
  assert.equal(await ask('1b000000046e6f6e65'), FAILURE);
  assert.equal(await ask('1b0000001873657373696f6e2d62696e64406f70656e7373682e636f6d'), '1c');
});

test('AgentConnection fails for requests that it does not know', async () => {
  const { ask } = agent();
  for (const request of ['01', '14', '1a', '05', 'ff', '0b00']) assert.equal(await ask(request), FAILURE);
});

test('AgentConnection wipes a request that it has answered', async () => {
  const connection = new AgentConnection({ store: new KeyStore(), confirm: never });
  const request = Uint8Array.fromHex(ADD);
  await connection.answer(request);
  assert.deepEqual(request, new Uint8Array(request.length));
});
