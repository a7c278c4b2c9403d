// Our client with OpenSSH's server.
import { connect, DisconnectedError, publicKey, type Client, type ConnectOptions } from '@orrery/ssh';
import { keySigner } from '@orrery/keys';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { makeFolder } from './stage/folder.ts';
import { startSshd } from './stage/sshd.ts';

const key = keySigner('ssh-ed25519', new Uint8Array(32).fill(7));

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

const sshd = await startSshd(makeFolder(), [key], ['RekeyLimit 1M', 'AcceptEnv PLANET']);

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

  it('logs in with a signature that is bound to the host', () => {
    assert.match(sshd.log(), /Accepted key ED25519/);
    assert.match(sshd.log(), /Accepted publickey for root/);
  });
});
