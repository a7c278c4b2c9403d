// OpenSSH's client with our server.
import { keySigner } from '@orrery/keys';
import {
  createServer,
  type Authenticator,
  type ServerOptions,
  type ServerSession,
  type SessionHandlers,
  type Start,
  type Terminal,
} from '@orrery/ssh';
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { makeFolder } from './stage/folder.ts';
import { listen, runSsh } from './stage/ssh.ts';
import { publicLine } from './stage/sshd.ts';

const folder = makeFolder();
const host = keySigner('ssh-ed25519', new Uint8Array(32).fill(8));
const known = new Set<string>();

/** A key of the type, made by ssh-keygen, that may log in. */
function makeKey(type: string, ...args: readonly string[]): string {
  const file = join(folder, `id_${type}_${args.join('')}`);
  execFileSync('ssh-keygen', ['-q', '-t', type, ...args, '-N', '', '-C', '', '-f', file]);
  const blob = readFileSync(`${file}.pub`, 'utf8').split(' ')[1] ?? '';
  known.add(Uint8Array.fromBase64(blob).toHex());
  return file;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

const keyFile = makeKey('ed25519');
const allowsKey: Authenticator['allowsKey'] = async ({ key }) => known.has(key.toHex());

/** What a session was asked for, as its program tells. */
function programs(): SessionHandlers {
  const variables: string[] = [];
  const terminals: Terminal[] = [];
  return {
    environment: (name, value) => {
      variables.push(`${name}=${textOf(value)}`);
      return true;
    },
    terminal: (terminal) => {
      terminals.push(terminal);
      return true;
    },
    start: (start, session) => {
      if (start.kind === 'exec' && textOf(start.command) === 'tell') {
        session.stdout.write(JSON.stringify({ variables, terminals }));
        session.exit({ code: 0 });
        return {};
      }
      return run(start, session);
    },
  };
}

function run(start: Start, session: ServerSession) {
  if (start.kind === 'subsystem' && start.name !== 'echo') return undefined;
  const command = start.kind === 'exec' ? textOf(start.command) : 'echo $0; cat';
  const child = spawn('/bin/sh', ['-c', command, start.kind]);
  session.stdin.pipe(child.stdin);
  child.stdin.on('error', () => session.channel.refuseData());
  child.stdout.pipe(session.stdout);
  child.stderr.pipe(session.stderr);
  child.on('close', (code, signal) => {
    if (signal === null) session.exit({ code: code ?? 255 });
    else session.exit({ signal: signal.slice(3), coreDumped: false, message: 'killed' });
  });
  return { hangUp: () => void child.kill() };
}

function serve(authenticator: Authenticator, options: Partial<ServerOptions> = {}): Promise<number> {
  const handlers = { session: programs };
  const server = createServer({ hostKeys: [host], authenticator, handlers, ...options });
  return listen((stream) => void server(stream).login.catch(() => undefined));
}

const port = await serve({ policy: () => [['publickey']], allowsKey });
const withKey = ['-i', keyFile, 'ann@127.0.0.1'];

describe('createServer() with the client of OpenSSH 9.2', () => {
  it('runs a command with its streams and its exit status', async () => {
    const { stdout, stderr, code } = await runSsh(port, [...withKey, 'echo out; echo err >&2; exit 7']);
    assert.deepEqual([textOf(stdout), stderr, code], ['out\n', 'err\n', 7]);
  });

  it('goes on after one direction has ended', async () => {
    const { stdout, code } = await runSsh(port, [...withKey, 'cat; echo done'], { input: 'input\n' });
    assert.deepEqual([textOf(stdout), code], ['input\ndone\n', 0]);
  });

  it('sends standard error after the end of standard output', async () => {
    const command = 'exec >&-; sleep 0.1; echo late >&2';
    const { stderr, code } = await runSsh(port, [...withKey, command]);
    assert.deepEqual([stderr, code], ['late\n', 0]);
  });

  it('tells the signal that ended a command', async () => {
    const { stderr, code } = await runSsh(port, [...withKey, 'kill -TERM $$'], {
      settings: { LogLevel: 'DEBUG1' },
    });
    assert.equal(code, 255);
    assert.match(stderr, /exit-signal/);
  });

  it('ends when the program closes its input early', async () => {
    const input = Buffer.alloc(8 * 1024 * 1024);
    const { stdout, code } = await runSsh(port, [...withKey, 'head -c 3; exit 2'], { input });
    assert.deepEqual([stdout, code], [Buffer.alloc(3), 2]);
  });

  it('starts a shell and a subsystem, but none that it does not know', async () => {
    const shell = await runSsh(port, ['-T', ...withKey], { input: 'x' });
    assert.equal(textOf(shell.stdout), 'shell\nx');
    const subsystem = await runSsh(port, ['-s', ...withKey, 'echo'], { input: 'y' });
    assert.equal(textOf(subsystem.stdout), 'subsystem\ny');
    const unknown = await runSsh(port, ['-s', ...withKey, 'quux']);
    assert.match(unknown.stderr, /subsystem request failed/);
    assert.equal(unknown.code, 255);
  });

  it('takes variables and a terminal', async () => {
    const args = ['-tt', '-o', 'SendEnv=PLANET TERM', ...withKey, 'tell'];
    const { stdout } = await runSsh(port, args, { env: { PLANET: 'Pluto', TERM: 'vt100' } });
    const told: unknown = JSON.parse(textOf(stdout));
    assert.ok(typeof told === 'object' && told !== null && 'variables' in told && 'terminals' in told);
    assert.deepEqual(told.variables, ['TERM=vt100', 'PLANET=Pluto']);
    assert.deepEqual(told.terminals, [
      { term: 'vt100', columns: 0, rows: 0, width: 0, height: 0, modes: {} },
    ]);
  });

  it('is told the modes of a real terminal', async () => {
    const ssh = `ssh -F none -tt -p ${port} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null`;
    const command = `stty intr ^E -echo; ${ssh} -o LogLevel=ERROR ${withKey.join(' ')} tell`;
    const shown = await text(spawn('script', ['-qec', command, '/dev/null']).stdout);
    assert.match(shown, /"VINTR":5,/);
    assert.match(shown, /"ECHO":0,/);
    assert.match(shown, /"TTY_OP_OSPEED":38400/);
  });

  it('answers a client that asks whether it is alive, and carries several sessions', async () => {
    const socket = join(folder, 'control');
    const alive = ['-o', 'ServerAliveInterval=1', '-o', 'ServerAliveCountMax=1'];
    const master = runSsh(port, ['-M', '-S', socket, ...alive, ...withKey, 'sleep 2.5; echo awake']);
    while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 20));
    const others = ['1', '2', '3'].map((n) => runSsh(port, ['-S', socket, 'ann@127.0.0.1', `echo ${n}`]));
    const outputs = (await Promise.all([...others, master])).map(({ stdout }) => textOf(stdout));
    assert.deepEqual(outputs, ['1\n', '2\n', '3\n', 'awake\n']);
  });

  it('proves all of its host keys to a client that knows one', async () => {
    const other = keySigner('ecdsa-sha2-nistp256', new Uint8Array(32).fill(6));
    const both = await serve({ policy: () => [['publickey']], allowsKey }, { hostKeys: [host, other] });
    const file = join(folder, 'known_hosts');
    writeFileSync(file, `[127.0.0.1]:${both} ${publicLine(host)}\n`);
    const settings = { UserKnownHostsFile: file, UpdateHostKeys: 'yes', HashKnownHosts: 'no' };
    const { code } = await runSsh(both, [...withKey, 'sleep 0.3'], { settings });
    assert.equal(code, 0);
    const lines = [host, other].map((key) => `[127.0.0.1]:${both} ${publicLine(key)}\n`);
    assert.equal(readFileSync(file, 'utf8'), lines.join(''));
  });

  it('carries 64 MiB each way while keys change every MiB', async () => {
    const input = Buffer.alloc(64 * 1024 * 1024);
    for (let offset = 0; offset < input.length; offset += 4) input.writeUInt32LE(offset * 7, offset);
    // The quickest of the exchanges: there are more than a hundred.
    const fast = ['-o', 'RekeyLimit=1M', '-o', 'KexAlgorithms=curve25519-sha256'];
    const { stdout, code } = await runSsh(port, [...fast, ...withKey, 'cat'], { input });
    const sum = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
    assert.deepEqual([sum(stdout), code], [sum(input), 0]);
  });
});

describe('createServer() and the ways to log in', () => {
  const keys = [
    ['ed25519', ['-a2']],
    ['ecdsa', ['-b256']],
    ['ecdsa', ['-b384']],
    ['ecdsa', ['-b521']],
    ['rsa', ['-b2048']],
    ['rsa', ['-b4096']],
  ] as const;
  for (const [type, args] of keys)
    it(`takes a key of type ${type} ${args.join(' ')}`, async () => {
      const file = makeKey(type, ...args);
      const { code, stderr } = await runSsh(port, ['-i', file, 'ann@127.0.0.1', 'true']);
      assert.deepEqual([stderr, code], ['', 0]);
    });

  it('refuses a key that is not known', async () => {
    const file = makeKey('ed25519', '-a1');
    known.clear();
    known.add(readBlob(keyFile));
    const { code, stderr } = await runSsh(port, ['-i', file, '-o', 'BatchMode=yes', 'ann@127.0.0.1', 'true']);
    assert.equal(code, 255);
    assert.equal(stderr, 'ann@127.0.0.1: Permission denied (publickey).\r\n');
  });

  /** Answers ssh's questions with these lines, one after the other. */
  function asking(...answers: readonly string[]) {
    const script = join(folder, 'askpass');
    const list = join(folder, 'answers');
    writeFileSync(list, answers.map((line) => `${line}\n`).join(''));
    const body = `#!/bin/sh\nprintf '%s\\n' "$1" >>'${folder}/asked'\nhead -n1 '${list}'\nsed -i 1d '${list}'\n`;
    writeFileSync(script, body, { mode: 0o700 });
    writeFileSync(join(folder, 'asked'), '');
    return { env: { SSH_ASKPASS: script, SSH_ASKPASS_REQUIRE: 'force' } };
  }

  const asked = (): string => readFileSync(join(folder, 'asked'), 'utf8');

  it('takes a password, and asks again for a wrong one', async () => {
    const withPassword = await serve({
      policy: () => [['password']],
      checkPassword: async (user, password) => user === 'ann' && textOf(password) === 'moon',
    });
    const { code, stderr } = await runSsh(withPassword, ['ann@127.0.0.1', 'exit 5'], asking('sun', 'moon'));
    assert.deepEqual([stderr, code], ['Permission denied, please try again.\r\n', 5]);
    assert.equal(asked(), "ann@127.0.0.1's password: \nann@127.0.0.1's password: \n");
  });

  it('changes a password that has expired', async () => {
    const changes: string[] = [];
    const withExpired = await serve({
      policy: () => [['password']],
      checkPassword: async () => 'expired',
      changePassword: async (_, password, replacement) => {
        changes.push(textOf(password), textOf(replacement));
        return true;
      },
    });
    const answers = asking('old', 'old', 'new', 'new');
    const { code } = await runSsh(withExpired, ['ann@127.0.0.1', 'exit 5'], answers);
    assert.deepEqual([changes, code], [['old', 'new'], 5]);
  });

  it('leads a dialogue', async () => {
    const questions = [
      { name: 'Login', instruction: 'Think.', prompts: [{ prompt: 'Colour: ', echo: true }] },
      { name: '', instruction: '', prompts: [{ prompt: 'Word: ', echo: false }] },
    ];
    const answers: string[] = [];
    const interviewing = await serve({
      policy: () => [['keyboard-interactive']],
      interview: () => ({
        next: async (given) => {
          answers.push(...given.map(textOf));
          return questions.shift() ?? answers.join() === 'blue,moon';
        },
      }),
    });
    const { code } = await runSsh(interviewing, ['ann@127.0.0.1', 'exit 6'], asking('blue', 'moon'));
    assert.equal(code, 6);
    assert.equal(asked(), '(ann@127.0.0.1) Colour: \n(ann@127.0.0.1) Word: \n');
  });

  it('wants a key and then a password', async () => {
    const both = await serve({
      policy: () => [['publickey', 'password']],
      allowsKey,
      checkPassword: async (_, password) => textOf(password) === 'moon',
    });
    const right = await runSsh(both, [...withKey, 'exit 4'], asking('moon'));
    assert.equal(right.code, 4);
    const noKey = await runSsh(both, ['ann@127.0.0.1', 'exit 4'], asking('moon'));
    assert.equal(noKey.code, 255);
    assert.match(noKey.stderr, /Permission denied \(publickey\)/);
  });

  it('shows a banner', async () => {
    const polite = await serve({
      policy: () => [['publickey']],
      allowsKey,
      greet: (user) => ({ banner: `Be nice, ${user}.\n` }),
    });
    const { stderr } = await runSsh(polite, [...withKey, 'true'], { settings: { LogLevel: 'INFO' } });
    assert.match(stderr, /Be nice, ann\.\n/);
  });

  function readBlob(file: string): string {
    return Uint8Array.fromBase64(readFileSync(`${file}.pub`, 'utf8').split(' ')[1] ?? '').toHex();
  }
});
