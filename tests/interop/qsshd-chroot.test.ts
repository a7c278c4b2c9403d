// Programs below another root, in which there is nothing but a shell: no Node.js, no /dev, no /proc.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { dirname, join } from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { parsePrivateKey, type PrivateKey } from '@orrery/keys';
import { AgentClient, AgentServer, KeyStore, connect, publicKey, type Client } from '@orrery/ssh';
import { makeEtc } from './stage/own-etc.ts';
import { startQsshd } from './stage/qsshd.ts';
import { runSsh } from './stage/ssh.ts';

// Every folder above the new root has to be root's alone: the one for temporary files is not.
const place = mkdtempSync('/run/orrery-chroot-');
after(() => rmSync(place, { recursive: true, force: true }));
chmodSync(place, 0o711);
const jail = join(place, 'jail');
const libraries = execFileSync('ldd', ['/bin/sh'], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
for (const file of ['/bin/sh', ...libraries]) {
  mkdirSync(join(jail, dirname(file)), { recursive: true });
  copyFileSync(file, join(jail, file));
}
mkdirSync(join(jail, 'etc'));
writeFileSync(join(jail, 'etc', 'motd'), 'welcome below\n');
mkdirSync(join(place, 'server'));

const server = await startQsshd(
  join(place, 'server'),
  ['AcceptEnv MOON'],
  ['Match User jailed', `ChrootDirectory ${jail}`],
  makeEtc(place, { jailed: {} }).prefix,
);
chmodSync(join(place, 'server'), 0o711);
const target = ['-i', server.key, '-o', 'IdentitiesOnly=yes', 'jailed@127.0.0.1'];
const NOT_UTF8 = Buffer.from([0x63, 0xe9, 0xff, 0xc3, 0x28]);

describe('a program below another root', () => {
  it('runs without a terminal, also by bytes that are no text', async () => {
    const { code, stdout } = await runSsh(server.port, [...target, 'cd /; echo *; exit 6']);
    assert.deepEqual([code, stdout.toString().includes('bin')], [6, true]);
    const client = await logIn();
    const session = await client.session();
    session.env('MOON', NOT_UTF8);
    await session.exec('printf %s "$MOON"');
    assert.deepEqual(await buffer(session.stdout), NOT_UTF8);
    client.close();
  });

  it('has a terminal where there is none below', async () => {
    const command = '[ -t 0 ] && [ -t 2 ] && echo "$TERM at $SSH_TTY"; [ -e /dev ] || echo alone; exit 5';
    const { code, stdout } = await runSsh(server.port, ['-tt', ...target, command], {
      env: { TERM: 'vt220' },
    });
    assert.match(stdout.toString(), /^vt220 at \/dev\/pts\/\d+\r\nalone\r\n$/);
    assert.equal(code, 5);
  });

  it('that is not there is told', async () => {
    const shell = join(jail, 'bin/sh');
    renameSync(shell, `${shell}.away`);
    const run = await runSsh(server.port, ['-tt', ...target, 'exit 3']);
    renameSync(`${shell}.away`, shell);
    assert.deepEqual([run.code, run.stdout.toString()], [255, 'Cannot start "/bin/sh": error 2\r\n']);
  });

  it('shows all that it writes before it ends', async () => {
    const client = await logIn();
    const session = await client.session();
    await session.pty({ term: 'vt100', columns: 80, rows: 24, width: 0, height: 0, modes: {} });
    await session.exec('i=0; while [ $i -lt 20000 ]; do echo "line $i of many"; i=$((i+1)); done');
    const lines = (await buffer(session.stdout)).toString().split('\r\n');
    assert.deepEqual([lines.length, lines[19_999]], [20_001, 'line 19999 of many']);
    assert.deepEqual(await session.exit, { code: 0 });
    client.close();
  });

  it('is a login shell that is greeted, unless there is a ~/.hushlogin', async () => {
    const { code, stdout } = await runSsh(server.port, ['-tt', ...target], {
      input: 'echo "I am $0"; exit 7\n',
    });
    assert.match(stdout.toString(), /^welcome below\r\n/);
    assert.match(stdout.toString(), /I am -sh\r\n/);
    assert.equal(code, 7);
    writeFileSync(join(jail, '.hushlogin'), '');
    const hushed = await runSsh(server.port, ['-tt', ...target], { input: 'exit 8\n' });
    assert.equal(hushed.code, 8);
    assert.doesNotMatch(hushed.stdout.toString(), /welcome/);
  });

  it('finds the agent of the client at a socket below', async () => {
    mkdirSync(join(jail, 'tmp'));
    chmodSync(join(jail, 'tmp'), 0o777);
    const client = await logIn();
    const session = await client.session();
    assert.equal(await session.forwardAgent(), true);
    await session.exec('[ -S "$SSH_AUTH_SOCK" ] && echo "$SSH_AUTH_SOCK"; read line');
    const [said] = await once(session.stdout.setEncoding('utf8'), 'data').then((all) => all.map(String));
    const [, path = ''] = /^(\/tmp\/ssh-\w{6}\/agent\.\d+)\n$/.exec(said ?? '') ?? [];
    const keys = await new AgentClient(connectSocket(join(jail, path))).list();
    assert.deepEqual(
      keys.map(({ comment }) => comment),
      ['forwarded'],
    );
    session.stdin.end('\n');
    await session.exit;
    while (existsSync(join(jail, path, '..'))) await setTimeout(5);
    client.close();
  });

  it('gets what is typed as a signal, hears of a new size, and is hung up on', async () => {
    const client = await logIn();
    const run = async (command: string, act: (session: Awaited<ReturnType<Client['session']>>) => void) => {
      const session = await client.session();
      await session.pty({ term: 'vt100', columns: 80, rows: 24, width: 0, height: 0, modes: {} });
      await session.exec(command);
      let text = '';
      for await (const part of session.stdout) {
        text += String(part);
        if (text.endsWith('ready\r\n')) act(session);
      }
      return { text, exit: await session.exit };
    };
    const interrupted = await run(
      'trap "exit 3" INT; echo ready; read line',
      ({ stdin }) => void stdin.write('\u0003'),
    );
    assert.deepEqual(interrupted.exit, { code: 3 });
    const resized = await run(
      'trap "echo larger; exit 4" WINCH; echo ready; while :; do read line; done',
      (session) => session.windowChange({ columns: 100, rows: 50, width: 0, height: 0 }),
    );
    assert.match(resized.text, /larger/);
    assert.deepEqual(resized.exit, { code: 4 });
    const killed = await run('echo ready; read line', (session) => session.signal('KILL'));
    assert.deepEqual(killed.exit, { signal: 'KILL', coreDumped: false, message: '' });
    client.close();
  });
});

/** A connection to an agent with the key. */
function agentOf(key: PrivateKey): Duplex {
  const store = new KeyStore();
  store.add({ publicKey: key.publicKey, comment: 'forwarded', signer: key.signer() }, {});
  const [here, there] = duplexPair();
  void new AgentServer({ store, confirm: async () => false }).serve(there);
  return here;
}

function logIn(): Promise<Client> {
  const userKey = parsePrivateKey(readFileSync(server.key));
  return connect(connectSocket(server.port, '127.0.0.1'), {
    user: 'jailed',
    checkHostKey: () => undefined,
    authentication: [publicKey(userKey.signer())],
    agent: { connect: async () => agentOf(userKey) },
  });
}
