// Our client with OpenSSH's server.
import {
  AuthenticationError,
  connect,
  DisconnectedError,
  noAuthentication,
  publicKey,
  type Client,
  type ConnectOptions,
  type HostKey,
} from '@orrery/ssh';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keySigner, parsePrivateKey, type KeySigner } from '@orrery/keys';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { makeFolder } from './stage/folder.ts';
import { startSshd } from './stage/sshd.ts';

const folder = makeFolder();
const key = keySigner('ssh-ed25519', new Uint8Array(32).fill(7));

/** A key of the type, made by ssh-keygen. */
function makeKey(type: string, bits: string): KeySigner {
  const file = join(folder, `id_${type}_${bits}`);
  execFileSync('ssh-keygen', ['-q', '-t', type, '-b', bits, '-N', '', '-f', file]);
  return parsePrivateKey(readFileSync(file)).signer();
}

const keys = [
  ['ed25519', '256'],
  ['ecdsa', '256'],
  ['ecdsa', '384'],
  ['ecdsa', '521'],
  ['rsa', '2048'],
  ['rsa', '3072'],
].map(([type = '', bits = '']) => ({ name: `${type} ${bits}`, signer: makeKey(type, bits) }));

function logIn(options: Partial<ConnectOptions> = {}): Promise<Client> {
  return connect(sshd.dial(), {
    user: 'root',
    checkHostKey: ({ publicKey: found }) => assert.deepEqual(found, sshd.hostKey),
    authentication: [publicKey(key, { isSure: true })],
    ...options,
  });
}

async function run(client: Client, command: string, input = '') {
  const session = await client.session();
  assert.equal(await session.exec(command), true);
  session.stdin.end(input);
  const [stdout, stderr, exit] = await Promise.all([
    text(session.stdout),
    text(session.stderr),
    session.exit,
  ]);
  return { stdout, stderr, exit };
}

const sshd = await startSshd(
  folder,
  [key, ...keys.map(({ signer }) => signer)],
  ['RekeyLimit 1M', 'AcceptEnv PLANET', 'MaxAuthTries 3'],
);
const strict = await startSshd(
  makeFolder(),
  [key, ...keys.map(({ signer }) => signer)],
  [
    'LogLevel DEBUG1',
    'AuthenticationMethods publickey,publickey',
    'ClientAliveInterval 1',
    'ClientAliveCountMax 1',
  ],
);

describe('connect() with OpenSSH 9.2', () => {
  let client: Client;
  before(async () => {
    client = await logIn();
  });
  after(() => client.close());

  it('runs a command with its streams and its exit status', async () => {
    assert.deepEqual(await run(client, 'echo out; echo err >&2; exit 7'), {
      stdout: 'out\n',
      stderr: 'err\n',
      exit: { code: 7 },
    });
  });

  it('goes on after one direction has ended', async () => {
    assert.deepEqual(await run(client, 'cat; echo done', 'input\n'), {
      stdout: 'input\ndone\n',
      stderr: '',
      exit: { code: 0 },
    });
  });

  it('tells the signal that ended a command', async () => {
    const { exit } = await run(client, 'kill -TERM $$');
    assert.ok(exit !== undefined && 'signal' in exit);
    assert.equal(exit.signal, 'TERM');
    assert.equal(exit.coreDumped, false);
  });

  it('sets a variable', async () => {
    const session = await client.session();
    session.env('PLANET', 'Pluto');
    await session.exec('echo $PLANET');
    assert.equal(await text(session.stdout), 'Pluto\n');
  });

  it('has a terminal with modes and a size that changes', async () => {
    const session = await client.session();
    const size = { columns: 100, rows: 30, width: 0, height: 0 };
    assert.equal(
      await session.pty({ term: 'vt100', ...size, modes: { ECHO: 0, VINTR: 5, TTY_OP_ISPEED: 9600 } }),
      true,
    );
    await session.exec('stty -a; echo ready $TERM; read x; stty size; exit 3');
    let out = '';
    for await (const piece of session.stdout.setEncoding('utf8')) {
      out += piece;
      if (!out.includes('ready') || session.stdin.writableEnded) continue;
      session.windowChange({ ...size, columns: 77 });
      session.stdin.end('\n');
    }
    assert.match(out, /rows 30; columns 100/);
    assert.match(out, /intr = \^E/);
    assert.match(out, / -echo /);
    assert.match(out, /ready vt100/);
    assert.match(out, /30 77/);
    assert.deepEqual(await session.exit, { code: 3 });
  });

  it('stops sending to a program that reads no more', async () => {
    // The server tells that to its own kind only.
    const own = await logIn({ software: 'OpenSSH_9.2' });
    const session = await own.session();
    await session.exec('head -c 3; exec <&-; sleep 0.2; echo done');
    const refused = new Promise((resolve) => void session.channel.once('eow', () => resolve('eow')));
    session.stdin.write(Buffer.alloc(8 * 1024 * 1024, 'x'));
    assert.equal(await refused, 'eow');
    assert.equal(await text(session.stdout), 'xxxdone\n');
    assert.deepEqual(await session.exit, { code: 0 });
    own.close();
  });

  it('opens sessions side by side', async () => {
    const runs = await Promise.all(['1', '2', '3', '4'].map((n) => run(client, `sleep 0.1; echo ${n}`)));
    assert.deepEqual(
      runs.map(({ stdout }) => stdout),
      ['1\n', '2\n', '3\n', '4\n'],
    );
  });

  it('carries 64 MiB each way while keys change every MiB', async () => {
    const bytes = Buffer.alloc(64 * 1024 * 1024);
    for (let offset = 0; offset < bytes.length; offset += 4) bytes.writeUInt32LE(offset * 7, offset);
    // The quickest of the exchanges: there are more than a hundred.
    const own = await logIn({ algorithms: { kex: ['curve25519-sha256'] } });
    const session = await own.session();
    await session.exec('cat');
    const [back] = await Promise.all([
      buffer(session.stdout),
      pipeline(Readable.from([bytes]), session.stdin),
    ]);
    const sum = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
    assert.equal(sum(back), sum(bytes));
    assert.deepEqual(await session.exit, { code: 0 });
    own.close();
  });

  it('learns the host keys that the server proves', async () => {
    const { promise, resolve } = Promise.withResolvers<readonly { readonly publicKey: Uint8Array }[]>();
    const own = await logIn({ onHostKeys: resolve });
    assert.deepEqual(await promise, [{ algorithm: 'ssh-ed25519', publicKey: sshd.hostKey }]);
    own.close();
  });

  it('is refused a session after it wanted no more', async () => {
    const own = await logIn();
    own.noMoreSessions();
    const ended = own.closed.catch((error: unknown) => error);
    await assert.rejects(own.session());
    assert.ok((await ended) instanceof DisconnectedError);
  });
});

describe('logins to OpenSSH 9.2', () => {
  for (const { name, signer } of keys)
    it(`succeed by a key of type ${name}`, async () => {
      const client = await logIn({ authentication: [publicKey(signer)] });
      assert.equal((await run(client, 'echo in')).stdout, 'in\n');
      client.close();
    });

  it('succeed by two keys where two are wanted, each for one step', async () => {
    const [first, second] = keys.map(({ signer }) => publicKey(signer));
    assert.ok(first !== undefined && second !== undefined);
    const common = {
      user: 'root',
      checkHostKey: ({ publicKey: found }: HostKey) => assert.deepEqual(found, strict.hostKey),
    };
    const client = await connect(strict.dial(), { ...common, authentication: [first, second] });
    // This server wants a word now and then.
    assert.equal((await run(client, 'sleep 2.5; echo awake')).stdout, 'awake\n');
    client.close();
    await assert.rejects(connect(strict.dial(), { ...common, authentication: [first, first] }), {
      message: 'Cannot log in as "root": the server takes publickey',
    });
  });

  it('go on from key to key, and end where the server has enough', async () => {
    const unknown = [11, 12, 13].map((seed) =>
      publicKey(keySigner('ssh-ed25519', new Uint8Array(32).fill(seed))),
    );
    const client = await logIn({ authentication: [noAuthentication, ...unknown.slice(1), publicKey(key)] });
    client.close();
    await assert.rejects(logIn({ authentication: [noAuthentication, ...unknown, publicKey(key)] }), {
      code: 'connectionLost',
      reason: 2,
    });
  });

  it('fail where only a password would do that nobody gives', async () => {
    await assert.rejects(logIn({ authentication: [noAuthentication] }), (error) => {
      assert.ok(error instanceof AuthenticationError);
      assert.deepEqual(error.methods, ['publickey', 'password', 'keyboard-interactive']);
      return true;
    });
  });

  it('are by signatures that are bound to the host', () => {
    assert.match(
      strict.log(),
      /userauth-request for user root service ssh-connection method publickey-hostbound-v00@openssh.com/,
    );
  });
});
