import { duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hostKey, testKey } from '../testing/pair.ts';
import { publicKey } from './auth/publickey-client.ts';
import { connect, type Client, type ConnectOptions } from './client.ts';
import type { Program, ServerSession, SessionHandlers, Start } from './connection/session-server.ts';
import { acceptLogin, resumeLogin } from './server-login.ts';
import { createServer, serveLogin, type ServerConnection, type ServerOptions } from './server.ts';

const key = testKey(2);

const options: Omit<ServerOptions, 'handlers'> = {
  hostKeys: [hostKey],
  authenticator: {
    policy: () => [['publickey']],
    allowsKey: async (offer) => offer.key.toHex() === key.publicKey.toHex(),
  },
};

/** A client that is logged in to a server with these sessions. */
async function logIn(
  session: () => SessionHandlers,
  server: Partial<ServerOptions> = {},
  client: Partial<ConnectOptions> = {},
): Promise<{ readonly client: Client; readonly server: ServerConnection }> {
  const [here, there] = duplexPair();
  const connection = createServer({ ...options, handlers: { session }, ...server })(there);
  const connected = await connect(here, {
    user: 'ann',
    checkHostKey: () => undefined,
    authentication: [publicKey(key)],
    ...client,
  });
  return { client: connected, server: connection };
}

function starting(
  start: (what: Start, session: ServerSession) => Program | undefined,
): () => SessionHandlers {
  return () => ({ start });
}

describe('connect', () => {
  it('logs in and tells what was negotiated, whose key it is and who the user is', async () => {
    const checked: string[] = [];
    const { client, server } = await logIn(
      starting(() => ({})),
      {},
      { checkHostKey: ({ publicKey: blob }) => void checked.push(blob.toHex()) },
    );
    assert.deepEqual(checked, [hostKey.publicKey.toHex()]);
    assert.deepEqual(client.hostKey, { algorithm: 'ssh-ed25519', publicKey: hostKey.publicKey });
    assert.equal(client.algorithms.hostKey, 'ssh-ed25519');
    const { user, steps, algorithms } = await server.login;
    assert.deepEqual({ user, steps }, { user: 'ann', steps: [{ method: 'publickey', key: key.publicKey }] });
    assert.equal(algorithms.kex, client.algorithms.kex);
    client.close();
    await client.closed;
    await assert.rejects(server.closed, { reason: 11 });
  });

  it('may begin before the server has made its offer', async () => {
    const { client } = await logIn(
      starting(() => ({})),
      {},
      { guess: true, algorithms: { hostKeys: ['ssh-ed25519'] } },
    );
    assert.equal(client.algorithms.guessedRight, true);
    client.close();
  });

  it('goes no further with a host key that is not wanted', async () => {
    const refuse = (): never => {
      throw new Error('another key');
    };
    await assert.rejects(
      logIn(
        starting(() => ({})),
        {},
        { checkHostKey: refuse },
      ),
      /another key/,
    );
  });

  it('fails where nobody may log in', async () => {
    await assert.rejects(
      logIn(
        starting(() => ({})),
        {},
        { authentication: [publicKey(testKey(3))] },
      ),
      {
        message: 'Cannot log in as "ann": the server takes publickey',
      },
    );
  });

  it('learns all host keys of a server', async () => {
    const others = [testKey(4), testKey(5)];
    const learnt = Promise.withResolvers<readonly { readonly publicKey: Uint8Array }[]>();
    const { client } = await logIn(
      starting(() => ({})),
      { hostKeys: [hostKey, ...others] },
      { onHostKeys: learnt.resolve, checkHostKey: () => undefined },
    );
    assert.deepEqual(
      (await learnt.promise).map(({ publicKey: blob }) => blob),
      [hostKey, ...others].map(({ publicKey: blob }) => blob),
    );
    client.close();
  });
});

describe('ClientSession', () => {
  it('asks for all that a program needs and hears all that it says', async () => {
    const log: unknown[] = [];
    const { client } = await logIn(() => ({
      environment: (name, value) => log.push(name, new TextDecoder().decode(value)) > 0,
      terminal: ({ term, columns, modes }) => log.push(term, columns, modes) > 0,
      start: (start, session) => {
        log.push(start);
        session.stdout.write('out');
        session.stderr.write('err');
        session.stdin.on('data', (data: Buffer) => void log.push(data.toString()));
        session.stdin.on('end', () => session.exit({ signal: 'TERM', coreDumped: true, message: 'killed' }));
        return {
          resize: ({ columns }) => void log.push(columns),
          signal: (name) => log.push(name) > 0,
          sendBreak: (milliseconds) => log.push(milliseconds) > 0,
          hangUp: () => void log.push('hung up'),
        };
      },
    }));
    const session = await client.session();
    session.env('PLANET', 'Pluto');
    const size = { columns: 80, rows: 24, width: 0, height: 0 };
    const granted = [session.pty({ term: 'vt100', ...size, modes: { ECHO: 1 } }), session.exec('run')];
    assert.deepEqual(await Promise.all(granted), [true, true]);
    session.windowChange({ ...size, columns: 81 });
    session.signal('INFO');
    assert.equal(await session.sendBreak(500), true);
    session.stdin.end('in');
    assert.deepEqual(await Promise.all([text(session.stdout), text(session.stderr), session.exit]), [
      'out',
      'err',
      { signal: 'TERM', coreDumped: true, message: 'killed' },
    ]);
    assert.deepEqual(log, [
      'PLANET',
      'Pluto',
      'vt100',
      80,
      { ECHO: 1 },
      { kind: 'exec', command: new TextEncoder().encode('run') },
      81,
      'INFO',
      500,
      'in',
      'hung up',
    ]);
    client.close();
  });

  it('is refused what a server has not', async () => {
    const { client } = await logIn(starting(({ kind }) => (kind === 'shell' ? {} : undefined)));
    const session = await client.session();
    assert.equal(await session.pty({ term: '', columns: 1, rows: 1, width: 0, height: 0, modes: {} }), false);
    assert.equal(await session.subsystem('sftp'), false);
    assert.equal(await session.shell(), false);
    const other = await client.session();
    assert.equal(await other.shell(), true);
    assert.equal(await other.shell(), false);
    assert.equal(await other.sendBreak(1), false);
    other.close();
    assert.equal(await other.exit, undefined);
    client.close();
  });

  it('is one of so many, and of none once no more are wanted', async () => {
    const { client } = await logIn(
      starting(() => ({})),
      { maxSessions: 2 },
    );
    const first = await client.session();
    await client.session();
    await assert.rejects(client.session(), { reason: 1 });
    first.close();
    await first.exit;
    await client.session();
    client.noMoreSessions();
    await assert.rejects(client.session(), { reason: 1, description: 'no more sessions' });
    client.close();
  });

  it('hides when keys are pressed in a terminal, and only there', async () => {
    const { client } = await logIn(
      () => ({ terminal: () => true, start: (_, session) => (session.stdin.pipe(session.stdout), {}) }),
      {},
      { obscureKeystrokesMilliseconds: 20 },
    );
    const session = await client.session();
    await session.pty({ term: 'x', columns: 1, rows: 1, width: 0, height: 0, modes: {} });
    await session.shell();
    const arrivals: number[] = [];
    session.stdout.on('data', (data: Buffer) => data.forEach(() => arrivals.push(performance.now())));
    const start = performance.now();
    for (const pause of [3, 4, 5, 3, 4]) {
      session.stdin.write('k');
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    while (arrivals.length < 5) await new Promise((resolve) => setTimeout(resolve, 5));
    // The second to the last were typed within the first beat, and leave with it.
    assert.ok((arrivals[1] ?? 0) - start >= 19);
    session.close();
    client.close();
  });
});

describe('createServer', () => {
  it('hangs up on who takes too long to log in', async () => {
    const [here, there] = duplexPair();
    const server = createServer({ ...options, handlers: {}, loginGraceSeconds: 0.02 })(there);
    here.resume();
    await assert.rejects(server.login, { message: 'Cannot log in: it took more than 0.02 seconds' });
  });

  it('takes only signatures that it wants', async () => {
    await assert.rejects(
      logIn(
        starting(() => ({})),
        { userKeyAlgorithms: ['rsa-sha2-512'] },
        { authentication: [publicKey({ ...key, algorithms: ['ssh-ed25519'] })] },
      ),
      { code: 'noMoreMethods' },
    );
  });

  it('comes in two halves, for a login and a session in different processes', async () => {
    const [here, there] = duplexPair();
    const accepted = acceptLogin(there, options);
    const connecting = connect(here, {
      user: 'ann',
      checkHostKey: () => undefined,
      authentication: [publicKey(key)],
    });
    const { transport, user, steps } = await accepted;
    const state = structuredClone(await transport.exportState());
    const login = resumeLogin(there, state, { user, steps }, { hostKeys: [hostKey] });
    serveLogin(login, {
      handlers: {
        session: ({ user: name }) => ({
          start: (_, session) => {
            session.stdout.write(`hello ${name}`);
            session.exit({ code: 0 });
            return {};
          },
        }),
      },
    });
    const client = await connecting;
    client.rekey();
    const session = await client.session();
    await session.shell();
    assert.equal(await text(session.stdout), 'hello ann');
    client.close();
  });
});
