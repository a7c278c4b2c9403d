// OpenSSH's client with our server: commands, terminals, environment, files.
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { makeFolder } from './stage/folder.ts';
import { startQsshd } from './stage/qsshd.ts';
import { runSsh, type SshRun } from './stage/ssh.ts';

const run = promisify(execFile);
const folder = makeFolder();
const server = await startQsshd(folder, [
  'AcceptEnv PLANET MOON_*',
  'SetEnv ORBIT=ellipse',
  'Subsystem sftp internal-sftp',
  'Subsystem echo /bin/cat',
  'PermitUserEnvironment STAR',
  'RekeyLimit 16M',
]);
const identity = ['-i', server.key, '-o', 'IdentitiesOnly=yes'];
const target = 'root@127.0.0.1';
const QSSH = join(import.meta.dirname, '../../bin/qssh');

function ssh(args: readonly string[], options: Parameters<typeof runSsh>[2] = {}): Promise<SshRun> {
  return runSsh(server.port, [...identity, ...args], options);
}

describe('a command', () => {
  it('has its streams and its exit status', async () => {
    const { code, stdout, stderr } = await ssh([target, 'echo out; echo err >&2; exit 7']);
    assert.deepEqual([code, stdout.toString(), stderr], [7, 'out\n', 'err\n']);
  });

  it('goes on after its input has ended', async () => {
    const { stdout } = await ssh([target, 'cat; echo done'], { input: 'input\n' });
    assert.equal(stdout.toString(), 'input\ndone\n');
  });

  it('that writes for ever ends when nobody reads any more, which ssh tells OpenSSH alone, but qssh everybody', () => {
    const quiet = '-F none -o LogLevel=ERROR -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null';
    const qssh = `${process.execPath} ${QSSH} ${quiet} -p ${server.port} ${identity.join(' ')} ${target}`;
    const { stdout, signal } = spawnSync('sh', ['-c', `${qssh} yes | head -n 2`], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.deepEqual([stdout, signal], ['y\ny\n', null]);
  });

  it('that dies of a signal is told as that', async () => {
    const { code, stderr } = await ssh(['-v', '-o', 'LogLevel=DEBUG', target, 'kill -USR1 $$']);
    assert.equal(code, 255);
    assert.match(stderr, /client_input_channel_req: channel 0 rtype exit-signal/);
  });

  it('gets what the client sends whole, under new keys', async () => {
    const input = randomBytes(40 * 1024 * 1024);
    const { stdout } = await ssh(['-o', 'RekeyLimit=8M', target, 'sha256sum'], { input });
    assert.equal(stdout.toString().split(' ')[0], createHash('sha256').update(input).digest('hex'));
  });

  it('sends what it writes whole, under new keys', async () => {
    const { stdout } = await ssh([target, 'head -c 40000000 /dev/zero']);
    assert.deepEqual([stdout.length, stdout.every((byte) => byte === 0)], [40_000_000, true]);
  });

  it('is compressed both ways, from the login on and under new keys', async () => {
    // Half of it can be compressed, and it is more than any window is at first.
    const input = Buffer.from(randomBytes(2 * 1024 * 1024).toString('hex'));
    const { code, stdout, stderr } = await ssh(['-C', '-o', 'RekeyLimit=1M', target, 'cat'], {
      input,
      settings: { LogLevel: 'DEBUG1' },
    });
    assert.deepEqual([code, stdout.equals(input)], [0, true], stderr.slice(0, 2000));
    for (const way of ['server->client', 'client->server'])
      assert.match(stderr, new RegExp(`kex: ${way} .* compression: zlib@openssh.com`));
    assert.ok(stderr.split('SSH2_MSG_NEWKEYS received').length > 3);
    // Compressed, as the client counts it: what travelled is less than what was sent.
    const [, sent = '', received = ''] = /Transferred: sent (\d+), received (\d+) bytes/.exec(stderr) ?? [];
    for (const bytes of [sent, received]) assert.ok(Number(bytes) < 0.7 * input.length, bytes);
  });

  it('is a login shell without a command, and reads it from its input', async () => {
    const { code, stdout } = await ssh(['-T', target], { input: 'echo $0; exit 5\n' });
    assert.deepEqual([code, stdout.toString().trim()], [5, '-bash']);
  });
});

describe('the environment', () => {
  it('has what the client sends and the server takes, and nothing else of the client', async () => {
    const { stdout } = await ssh(['-o', 'SendEnv=PLANET MOON_IO LD_PRELOAD ORBIT', target, 'env'], {
      env: { PLANET: 'venus', MOON_IO: 'hot', LD_PRELOAD: '', ORBIT: 'circle' },
    });
    const lines = stdout.toString().split('\n');
    for (const line of ['PLANET=venus', 'MOON_IO=hot', 'ORBIT=ellipse', 'USER=root', 'LOGNAME=root'])
      assert.ok(lines.includes(line), line);
    assert.ok(!lines.some((line) => line.startsWith('LD_PRELOAD')));
    assert.match(stdout.toString(), /^SSH_CONNECTION=127\.0\.0\.1 \d+ 127\.0\.0\.1 \d+$/m);
    assert.match(stdout.toString(), /^SSH_CLIENT=127\.0\.0\.1 \d+ \d+$/m);
  });
});

describe('a terminal', () => {
  it('has a name, and the type of the client', async () => {
    const { stdout } = await ssh(['-tt', target, 'tty; echo $SSH_TTY; echo $TERM'], {
      env: { TERM: 'vt220' },
    });
    const [tty = '', named, term] = stdout.toString().split('\r\n');
    assert.match(tty, /^\/dev\/pts\/\d+$/);
    assert.deepEqual([named, term], [tty, 'vt220']);
  });

  it('has the size, the characters and the modes of the terminal where the client is', async () => {
    const here =
      'cols 91 rows 17 erase ^H kill ^D eof ^G quit undef swtch undef stop 0x80 -ixon echonl -onlcr hupcl';
    const quiet = '-F none -o LogLevel=ERROR -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null';
    const there = `ssh ${quiet} -p ${server.port} ${identity.join(' ')} -t ${target} 'stty -a'`;
    const command = `stty sane; stty ${here}; stty -a; ${there}`;
    const shown = await text(spawn('script', ['-qec', command, '/dev/null']).stdout);
    const lines = shown.split(/\r?\n/).filter((line) => line !== '');
    const half = lines.length / 2;
    assert.deepEqual(lines.slice(half), lines.slice(0, half));
    assert.match(
      shown,
      /rows 17; columns 91;[^]*intr = \^C; quit = <undef>; erase = \^H; kill = \^D; eof = \^G;/,
    );
  });

  it('tells how its program ended', async () => {
    assert.equal((await ssh(['-tt', target, 'exit 9'])).code, 9);
  });
});

describe('a subsystem', () => {
  it('is a program of the configuration', async () => {
    const { stdout } = await ssh(['-s', target, 'echo'], { input: 'through' });
    assert.equal(stdout.toString(), 'through');
  });

  it('that is not in the configuration is refused', async () => {
    const { code } = await ssh(['-s', target, 'nothing']);
    assert.notEqual(code, 0);
  });
});

describe('files', () => {
  const ownHosts = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'];
  const options = ['-F', 'none', '-P', String(server.port), '-o', 'LogLevel=ERROR', ...ownHosts, ...identity];

  it('are copied by sftp to and fro', async () => {
    const source = join(folder, 'source');
    writeFileSync(source, randomBytes(3_000_000));
    writeFileSync(
      join(folder, 'batch'),
      `put ${source} ${folder}/there\nget ${folder}/there ${folder}/back\n`,
    );
    await run('sftp', [...options, '-b', join(folder, 'batch'), target]);
    assert.ok(readFileSync(join(folder, 'back')).equals(readFileSync(source)));
  });

  it('are copied by scp, by its new and its old protocol', async () => {
    const source = join(folder, 'scp-source');
    writeFileSync(source, randomBytes(500_000));
    for (const protocol of ['-s', '-O']) {
      await run('scp', [protocol, ...options, source, `${target}:${folder}/scp${protocol}`]);
      assert.ok(readFileSync(join(folder, `scp${protocol}`)).equals(readFileSync(source)));
    }
  });

  it('are copied by rsync, whole and then by their differences', async () => {
    const tree = join(folder, 'tree');
    mkdirSync(tree);
    for (let number = 0; number < 20; number += 1)
      writeFileSync(join(tree, `file-${number}`), randomBytes(20_000));
    const shell = ['ssh', ...options, '-p', String(server.port)].filter(
      (_, at, all) => all[at] !== '-P' && all[at - 1] !== '-P',
    );
    const copy = (): Promise<unknown> =>
      run('rsync', ['-a', '-e', shell.join(' '), `${tree}/`, `${target}:${folder}/copied/`]);
    await copy();
    writeFileSync(join(tree, 'file-3'), 'changed');
    await copy();
    for (const name of ['file-3', 'file-19'])
      assert.ok(readFileSync(join(folder, 'copied', name)).equals(readFileSync(join(tree, name))), name);
  });

  it('are pushed and cloned by git', async () => {
    const command = ['ssh', ...options, '-p', String(server.port)].map((word) =>
      word === '-P' ? '-p' : word,
    );
    const env = { ...process.env, GIT_SSH_COMMAND: command.join(' '), GIT_CONFIG_GLOBAL: '/dev/null' };
    const work = join(folder, 'work');
    const git = (...args: string[]): Promise<unknown> => run('git', args, { cwd: folder, env });
    mkdirSync(work);
    await git('init', '-q', '--bare', 'origin.git');
    await git('init', '-q', 'work');
    writeFileSync(join(work, 'file'), randomBytes(200_000).toString('hex'));
    await git('-C', work, 'add', 'file');
    await git('-C', work, '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '-m', 'first');
    await git('-C', work, 'push', '-q', `${target}:${folder}/origin.git`, 'HEAD:refs/heads/main');
    await git('clone', '-q', '-b', 'main', `${target}:${folder}/origin.git`, 'clone');
    assert.ok(existsSync(join(folder, 'clone', 'file')));
  });
});
