import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';

import { createAccount, TransportError, type LedgerRecord } from '@orrery/vault';
import { describeUnreachable } from './unreachable.ts';

const record: LedgerRecord = { entry: new Uint8Array(), signatures: [] };

/** What the real client makes of a server. */
async function failureAt(url: string): Promise<TransportError> {
  try {
    await createAccount(new URL(url), record, undefined);
  } catch (cause) {
    if (cause instanceof TransportError) return cause;
    throw cause;
  }
  throw new Error('The server answered');
}

/** A port of loopback that nobody listens on, or one that treats every connection like this. */
async function port(
  treat?: Parameters<typeof createServer>[1],
): Promise<{ port: number; close: () => void }> {
  const server = createServer(treat ?? (() => undefined)).listen(0, '127.0.0.1');
  server.unref();
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const close = (): void => void server.close();
  if (treat === undefined) close();
  return { port: address.port, close };
}

test('describeUnreachable says that a connection was refused, also where a name has several addresses', async () => {
  const free = await port();
  for (const host of ['127.0.0.1', 'localhost'])
    assert.deepEqual(describeUnreachable(await failureAt(`http://${host}:${free.port}`)), {
      message: `Cannot reach server "http://${host}:${free.port}": the connection was refused`,
      hint: 'is the server running, and is the port right? to use another address: ssh-sync setup --server URL',
    });
});

test('describeUnreachable says that a name is not known', async () => {
  assert.deepEqual(describeUnreachable(await failureAt('https://sync.invalid')), {
    message: 'Cannot reach server "https://sync.invalid": its name is not known (DNS)',
    hint: 'is this machine online, and is the name right? to use another address: ssh-sync setup --server URL',
  });
});

test('describeUnreachable says that a server does not speak TLS, or breaks off', async () => {
  const plain = await port((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  assert.equal(
    describeUnreachable(await failureAt(`https://127.0.0.1:${plain.port}`))?.message,
    `Cannot reach server "https://127.0.0.1:${plain.port}": it does not speak TLS there`,
  );
  plain.close();
  const abrupt = await port((socket) => socket.destroy());
  assert.equal(
    describeUnreachable(await failureAt(`http://127.0.0.1:${abrupt.port}`))?.message,
    `Cannot reach server "http://127.0.0.1:${abrupt.port}": it broke the connection off`,
  );
  abrupt.close();
});

test('describeUnreachable leaves what it has no better words for', () => {
  const cause = Object.assign(new Error('strange'), { code: 'ESTRANGE' });
  const error = new TransportError(
    'https://sync.example.org',
    'Cannot GET https://sync.example.org/v1/ledger: strange',
    { cause },
  );
  assert.equal(describeUnreachable(error), undefined);
});
