// What goes through our server between a client and a program as it is: bytes that are no text, the end of input, breaks.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { parsePrivateKey } from '@orrery/keys';
import { connect, publicKey, type Client } from '@orrery/ssh';
import { makeFolder } from './stage/folder.ts';
import { startQsshd } from './stage/qsshd.ts';
import { runSsh } from './stage/ssh.ts';

const server = await startQsshd(
  makeFolder(),
  ['AcceptEnv MOON'],
  ['Match Address 127.0.0.2', 'ForceCommand env'],
);
const NOT_UTF8 = Buffer.from([0x63, 0xe9, 0xff, 0x20, 0xc3, 0x28]);

function logIn(localAddress = '127.0.0.1'): Promise<Client> {
  return connect(connectSocket({ port: server.port, host: '127.0.0.1', localAddress }), {
    user: 'root',
    checkHostKey: () => undefined,
    authentication: [publicKey(parsePrivateKey(readFileSync(server.key)).signer())],
  });
}

const terminal = { term: 'vt100', columns: 80, rows: 24, width: 0, height: 0, modes: { ECHO: 0 } };

describe('bytes that are not UTF-8', () => {
  it('reach a program in its command, and come back from it', async () => {
    const client = await logIn();
    const session = await client.session();
    const command = Buffer.concat([Buffer.from("printf %s '"), NOT_UTF8, Buffer.from("'; exit 4")]);
    await session.exec(command);
    assert.deepEqual(await buffer(session.stdout), NOT_UTF8);
    assert.deepEqual(await session.exit, { code: 4 });
    client.close();
  });

  it('reach a program in its variables, and its input beside them', async () => {
    const client = await logIn();
    const session = await client.session();
    session.env('MOON', NOT_UTF8);
    await session.exec('printf %s "$MOON"; cat; echo problem >&2');
    session.stdin.end('input');
    const [out, errors] = await Promise.all([buffer(session.stdout), buffer(session.stderr)]);
    assert.deepEqual(
      [out, errors.toString()],
      [Buffer.concat([NOT_UTF8, Buffer.from('input')]), 'problem\n'],
    );
    client.close();
  });

  it('reach a program with a terminal', async () => {
    const client = await logIn();
    const session = await client.session();
    await session.pty(terminal);
    const command = Buffer.concat([
      Buffer.from("printf %s '"),
      NOT_UTF8,
      Buffer.from("'; tty; stty -a | grep -c -- -echo; exit 4"),
    ]);
    await session.exec(command);
    const shown = await buffer(session.stdout);
    assert.ok(shown.subarray(0, NOT_UTF8.length).equals(NOT_UTF8), shown.toString());
    assert.match(shown.subarray(NOT_UTF8.length).toString(), /^\/dev\/pts\/\d+\r\n[1-9]/);
    assert.deepEqual(await session.exit, { code: 4 });
    client.close();
  });

  it('are what a forced command sees that was asked for', async () => {
    const client = await logIn('127.0.0.2');
    const session = await client.session();
    await session.exec(NOT_UTF8);
    const found = await buffer(session.stdout);
    const expected = Buffer.concat([Buffer.from('SSH_ORIGINAL_COMMAND='), NOT_UTF8, Buffer.from('\n')]);
    assert.ok(found.includes(expected), found.toString());
    client.close();
  });
});

describe('a program that takes no more input', () => {
  it('has the client told, which then stops sending', async () => {
    const words = ['-i', server.key, 'root@127.0.0.1'];
    const { code, stdout, stderr } = await runSsh(server.port, [...words, 'exec <&-; sleep 1; echo done'], {
      input: Buffer.alloc(8 * 1024 * 1024),
      settings: { LogLevel: 'DEBUG2' },
    });
    assert.deepEqual([code, stdout.toString()], [0, 'done\n']);
    assert.match(stderr, /channel 0: rcvd eow/);
  });
});

describe('a break', () => {
  it('is taken by a terminal, and by nothing else', async () => {
    const client = await logIn();
    const [withTerminal, without] = [await client.session(), await client.session()];
    await withTerminal.pty(terminal);
    await Promise.all([withTerminal.exec('cat'), without.exec('cat')]);
    assert.deepEqual([await withTerminal.sendBreak(500), await without.sendBreak(500)], [true, false]);
    client.close();
  });
});
