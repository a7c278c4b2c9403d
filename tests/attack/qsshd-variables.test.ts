// A user whose variables, command and terminal would do more than a forced command lets: below a server that takes every
// variable, and so takes part in it where a shell can be told something.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { parsePrivateKey } from '@orrery/keys';
import { connect, publicKey, type Client, type ClientSession } from '@orrery/ssh';
import { startQsshd } from '../interop/stage/qsshd.ts';

const place = mkdtempSync(join(tmpdir(), 'qsshd-variables-'));
after(() => rmSync(place, { recursive: true, force: true }));
mkdirSync(join(place, 'server'));
const server = await startQsshd(join(place, 'server'), ['AcceptEnv *']);
const proof = join(place, 'proof');
writeFileSync(join(place, 'evil.cjs'), `require('node:fs').writeFileSync(${JSON.stringify(proof)}, '')`);
const EVIL = `--require=${join(place, 'evil.cjs')}`;

function logIn(): Promise<Client> {
  return connect(connectSocket(server.port, '127.0.0.1'), {
    user: 'root',
    checkHostKey: () => undefined,
    authentication: [publicKey(parsePrivateKey(readFileSync(server.key)).signer())],
  });
}

const plain = { term: 'xterm', columns: 80, rows: 24, width: 0, height: 0, modes: {} };

/** What a session says that is prepared so, or "refused". */
async function said(command: string, prepare: (session: ClientSession) => unknown): Promise<string> {
  const client = await logIn();
  const session = await client.session();
  void prepare(session);
  const isStarted = await session.exec(command);
  const output = await text(session.stdout);
  client.close();
  return isStarted ? output : 'refused';
}

describe('variables', () => {
  it('that Node.js listens to run code of whoever sends them, in a naive helper', () => {
    execFileSync(process.execPath, ['-e', ''], { env: { NODE_OPTIONS: EVIL } });
    assert.ok(existsSync(proof));
    rmSync(proof);
  });

  it('that Node.js listens to reach the program, and no part of the server', async () => {
    server.authorize(`command="echo forced \\"$NODE_OPTIONS\\"" ${server.keyLine}`);
    const forced = await said('ignored', (session) => {
      session.env('NODE_OPTIONS', EVIL);
      return session.pty(plain);
    });
    server.authorize(server.keyLine);
    assert.equal(forced, `forced ${EVIL}\r\n`);
    assert.ok(!existsSync(proof));
  });

  it('make no other ones, by a NUL or an equals sign', async () => {
    const output = await said('env -0', (session) => {
      session.env('A=B', 'C');
      session.env('D\0E=F', 'G');
      session.env('H', 'I\0J=K');
      session.env('', 'L');
      session.env('__proto__', 'M');
    });
    const names = output.split('\0').map((variable) => variable.split('=')[0]);
    for (const name of ['A', 'D', 'E', 'H', 'J', '']) assert.ok(!names.slice(0, -1).includes(name), name);
    assert.ok(output.includes('\0__proto__=M\0') || output.startsWith('__proto__=M\0'));
  });

  it('nor does the kind of a terminal', async () => {
    const output = await said('env', (session) => session.pty({ ...plain, term: 'a\0LD_PRELOAD=/evil' }));
    assert.doesNotMatch(output, /LD_PRELOAD/);
  });
});

describe('a command with a NUL in it', () => {
  it('runs nothing, and leaves the other sessions of the user as they are', async () => {
    const other = await logIn();
    const session = await other.session();
    await session.exec('cat');
    assert.equal(await said(`touch ${proof}\0`, () => undefined), 'refused');
    await said(`touch ${proof}\0`, (terminal) => terminal.pty(plain));
    assert.ok(!existsSync(proof));
    session.stdin.end('still here');
    assert.equal(await text(session.stdout), 'still here');
    other.close();
  });

  it('is cut by a naive server, which runs the beginning', () => {
    const [first = ''] = `touch ${proof}\0; ignored`.split('\0');
    execFileSync('/bin/sh', ['-c', first]);
    assert.ok(existsSync(proof));
    rmSync(proof);
  });
});
