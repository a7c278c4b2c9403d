import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { generatePrivateKey } from '@orrery/keys';
import { startPasswordServer } from './stage/password-server.ts';
import { type Account, createAccount } from './stage/qssh-account.ts';

const stranger = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS';
const question = /continue connecting \(yes\/no\/\[fingerprint\]\)\? /;

let account: Account;
let place = '';

before(async () => {
  account = await createAccount();
  place = `[127.0.0.1]:${account.sshd.port}`;
});

after(() => account.end());

beforeEach(() => rmSync(account.knownHosts, { force: true }));

/** What known_hosts holds at the end. */
function known(): string {
  try {
    return readFileSync(account.knownHosts, 'utf8');
  } catch {
    return '';
  }
}

function fingerprint(): string {
  const [, text = ''] = execFileSync('ssh-keygen', ['-l', '-f', '-'], {
    input: account.hostKey,
    encoding: 'utf8',
  }).split(' ');
  return text;
}

test('qssh asks about a new host as ssh does, and remembers it after yes', async () => {
  const { text, code } = await account
    .screen(['-o', 'HashKnownHosts no', ...account.way, 'echo in'])
    .answer([question, 'what\r'], [/Please type/, 'yes\r']);
  assert.equal(code, 0);
  assert.ok(text.startsWith(`The authenticity of host '${place} (127.0.0.1)' can't be established.\n`), text);
  assert.ok(text.includes(`ED25519 key fingerprint is ${fingerprint()}.\n`), text);
  assert.ok(text.includes("Please type 'yes', 'no' or the fingerprint: "), text);
  assert.ok(
    text.includes(`Warning: Permanently added '${place}' (ED25519) to the list of known hosts.`),
    text,
  );
  assert.equal(known(), `${place} ${account.hostKey}\n`);
});

test('qssh takes the fingerprint for a yes, and another one for nothing', async () => {
  const right = account.screen([...account.way, 'echo in']);
  assert.equal((await right.answer([question, `${fingerprint()}\r`])).code, 0);
  rmSync(account.knownHosts);
  const wrong = account.screen([...account.way, 'echo in']);
  const ended = await wrong.answer([question, 'SHA256:AAAA\r'], [/Please type/, 'no\r']);
  assert.equal(ended.code, 255);
  assert.match(ended.text, /Host key verification failed\.\n$/);
  assert.equal(known(), '');
});

test('qssh refuses a new host when nobody can be asked, or when nobody may be', async () => {
  for (const setting of ['StrictHostKeyChecking ask', 'StrictHostKeyChecking yes', 'BatchMode yes']) {
    const { code, stderr } = await account.run(['-o', setting, ...account.way, 'true']);
    assert.equal(code, 255, setting);
    assert.match(stderr, /Host key verification failed\.\n$/, setting);
  }
  assert.equal(known(), '');
});

test('qssh remembers a new host by a hash that ssh-keygen finds', async () => {
  const settings = ['-o', 'StrictHostKeyChecking accept-new', '-o', 'HashKnownHosts yes'];
  assert.equal((await account.run([...settings, ...account.way, 'true'])).code, 0);
  assert.match(known(), /^\|1\|\S+\|\S+ ssh-ed25519 /);
  const found = execFileSync('ssh-keygen', ['-F', place, '-f', account.knownHosts], { encoding: 'utf8' });
  assert.ok(found.includes(account.hostKey), found);
  assert.equal((await account.run(['-o', 'StrictHostKeyChecking yes', ...account.way, 'true'])).code, 0);
});

test('qssh warns loudly of a changed key, names the line, and never accepts it', async () => {
  writeFileSync(account.knownHosts, `# comment\n${place} ${stranger}\n`);
  for (const setting of ['ask', 'accept-new', 'yes']) {
    const { code, stderr } = await account.run([
      '-o',
      `StrictHostKeyChecking ${setting}`,
      ...account.way,
      'true',
    ]);
    assert.equal(code, 255);
    assert.match(stderr, /WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!/);
    assert.ok(stderr.includes(`Offending ED25519 key in ${account.knownHosts}:2\n`), stderr);
    assert.match(stderr, /Host key verification failed\.\n$/);
  }
  assert.equal(known(), `# comment\n${place} ${stranger}\n`);
});

test('qssh keeps keys that ssh-keygen cannot read in a file of its own, and tells how to take them out', async () => {
  for (const type of ['ssh-mldsa44-ed25519', 'ssh-mldsa44-ed25519@openssh.com']) {
    writeFileSync(account.knownHosts, `${place} ${account.hostKey}\n`);
    const own = join(account.home, '.qssh', 'known_hosts');
    rmSync(own, { force: true });
    const settings = ['-o', 'HashKnownHosts no', '-o', 'HostKeyAlias new'];
    const first = await startPasswordServer([['publickey']], type);
    const way = (port: number): string[] => [...settings, '-p', String(port), '127.0.0.1'];
    const added = await account.run(['-o', 'StrictHostKeyChecking accept-new', ...way(first.port)]);
    assert.deepEqual([added.code, added.stdout], [0, 'in\n'], added.stderr);
    assert.equal((await account.run(['-o', 'StrictHostKeyChecking yes', ...way(first.port)])).code, 0);
    await first.stop();
    assert.equal(known(), `${place} ${account.hostKey}\n`);
    assert.ok(readFileSync(own, 'utf8').startsWith(`new ${type} AAAA`));
    assert.equal(statSync(own).mode & 0o777, 0o600);
    assert.equal(statSync(join(account.home, '.qssh')).mode & 0o777, 0o700);

    const second = await startPasswordServer([['publickey']], type);
    const changed = await account.run(way(second.port));
    await second.stop();
    assert.equal(changed.code, 255);
    assert.ok(changed.stderr.includes(`Add correct host key in ${own} to`), changed.stderr);
    assert.ok(changed.stderr.includes(`Offending MLDSA44-ED25519 key in ${own}:1\n`), changed.stderr);
    const [, command = ''] = /remove with: (.*)\n/.exec(changed.stderr) ?? [];
    assert.equal(command, `sed -i '1d' "${own}"`);
    execFileSync('sh', ['-c', command]);
    assert.equal(readFileSync(own, 'utf8'), '');
    execFileSync('ssh-keygen', ['-R', place, '-f', account.knownHosts], { stdio: 'ignore' });
    assert.equal(known(), '');
  }
});

test('qssh learns a key that ssh-keygen cannot read into its own file', async () => {
  const own = join(account.home, '.qssh', 'known_hosts');
  rmSync(own, { force: true });
  const server = await startPasswordServer([['publickey']], 'ssh-ed25519', 'ssh-mldsa44-ed25519');
  const way = ['-o', 'HashKnownHosts no', '-o', 'HostKeyAlias new', '-p', String(server.port), '127.0.0.1'];
  const first = ['-o', 'HostKeyAlgorithms ssh-ed25519', '-o', 'StrictHostKeyChecking accept-new'];
  assert.equal((await account.run([...first, ...way])).code, 0);
  const learnt = known();
  assert.match(learnt, /^new ssh-ed25519 \S+\n$/);
  await account.screen(['-v', '-N', ...way]).answer([/Learned new hostkey: MLDSA44-ED25519/, '\x03']);
  await server.stop();
  assert.match(readFileSync(own, 'utf8'), /^new ssh-mldsa44-ed25519 \S+\n$/);
  assert.equal(known(), learnt);
});

test('qssh tells to delete lines of a file that ssh-keygen refuses for another one', async () => {
  const { publicKey } = generatePrivateKey('ssh-mldsa44-ed25519', '').signer();
  const other = `other ssh-mldsa44-ed25519 ${publicKey.toBase64()}\n`;
  const lines = `${other}${place} ${stranger}\n${place} ${stranger}\n`;
  writeFileSync(account.knownHosts, lines);
  const { stderr } = await account.run([...account.way, 'true']);
  const [, command = '', ...more] = stderr.split(/^ {2}remove with: (.*)\n/m);
  assert.equal(command, `sed -i '2d;3d' "${account.knownHosts}"`);
  assert.equal(more.length, 1);
  execFileSync('sh', ['-c', command]);
  assert.equal(known(), other);
  writeFileSync(account.knownHosts, lines.slice(other.length));
  const plain = await account.run([...account.way, 'true']);
  assert.ok(plain.stderr.includes(`  remove with: ssh-keygen -f "${account.knownHosts}" -R "${place}"\n`));
});

test('qssh keeps every key in UserKnownHostsFile if that is set', async () => {
  const file = join(account.home, 'hosts');
  const server = await startPasswordServer([['publickey']], 'ssh-mldsa44-ed25519');
  const settings = ['-o', `UserKnownHostsFile ${file}`, '-o', 'HostKeyAlias new', '-o', 'HashKnownHosts no'];
  const words = [...settings, '-o', 'StrictHostKeyChecking accept-new', '-p', String(server.port)];
  assert.equal((await account.run([...words, '127.0.0.1'])).code, 0);
  await server.stop();
  assert.ok(readFileSync(file, 'utf8').startsWith('new ssh-mldsa44-ed25519 AAAA'));
});

test('qssh with StrictHostKeyChecking no goes on under a changed key, but gives no password', async () => {
  writeFileSync(account.knownHosts, `${place} ${stranger}\n`);
  const { code, stderr } = await account.run(['-o', 'StrictHostKeyChecking no', ...account.way, 'true']);
  assert.equal(code, 0);
  assert.match(stderr, /Passwords are not sent to this host/);
});

test('qssh refuses a revoked key whatever else is known', async () => {
  writeFileSync(account.knownHosts, `${place} ${account.hostKey}\n@revoked * ${account.hostKey}\n`);
  const { code, stderr } = await account.run(['-o', 'StrictHostKeyChecking no', ...account.way, 'true']);
  assert.equal(code, 255);
  assert.match(stderr, /REVOKED HOST KEY DETECTED/);
});

test('qssh honours RevokedHostKeys, and refuses everything when it cannot read it', async () => {
  writeFileSync(account.knownHosts, `${place} ${account.hostKey}\n`);
  const list = join(account.home, 'revoked');
  const run = async (text: string): Promise<number | null> => {
    writeFileSync(list, text);
    return (await account.run(['-o', `RevokedHostKeys ${list}`, ...account.way, 'true'])).code;
  };
  assert.equal(await run(`${stranger}\n`), 0);
  assert.equal(await run(`${stranger}\n${account.hostKey}\n`), 255);
  assert.equal(await run('SSHKRL\n\0'), 255);
});

test('qssh knows a host by HostKeyAlias, by its name without the port, and by KnownHostsCommand', async () => {
  const strict = ['-o', 'StrictHostKeyChecking yes'];
  writeFileSync(account.knownHosts, `alias ${account.hostKey}\n`);
  assert.equal((await account.run([...strict, '-o', 'HostKeyAlias alias', ...account.way, 'true'])).code, 0);
  assert.equal((await account.run([...strict, ...account.way, 'true'])).code, 255);
  writeFileSync(account.knownHosts, `127.0.0.1 ${account.hostKey}\n`);
  assert.equal((await account.run([...strict, ...account.way, 'true'])).code, 0);
  writeFileSync(account.knownHosts, '');
  const command = `KnownHostsCommand /bin/echo %H ${account.hostKey}`;
  assert.equal((await account.run([...strict, '-o', command, ...account.way, 'true'])).code, 0);
});

test('qssh asks SSH_ASKPASS when it must', async () => {
  const ended = await account.run(['-o', 'StrictHostKeyChecking ask', ...account.way, 'echo in'], '', {
    SSH_ASKPASS: '/bin/true',
    SSH_ASKPASS_REQUIRE: 'force',
  });
  assert.equal(ended.code, 255);
  const helper = join(account.home, 'askpass');
  writeFileSync(helper, '#!/bin/sh\necho yes\n', { mode: 0o700 });
  const accepted = await account.run(['-o', 'StrictHostKeyChecking ask', ...account.way, 'echo in'], '', {
    SSH_ASKPASS: helper,
    SSH_ASKPASS_REQUIRE: 'force',
  });
  assert.equal(accepted.stdout, 'in\n');
});

test('qssh learns the other keys of a host that it knows, and forgets those that are gone', async () => {
  const more = join(account.home, 'host_rsa');
  execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', more]);
  const rotating = await createAccount([`HostKey ${more}`]);
  try {
    const name = `[127.0.0.1]:${rotating.sshd.port}`;
    const [type, base64] = readFileSync(`${more}.pub`, 'utf8').split(' ');
    const file = rotating.knownHosts;
    const settings = ['-o', 'UpdateHostKeys yes', '-o', 'HashKnownHosts no'];
    writeFileSync(file, `${name} ${rotating.hostKey}\n${name} ${stranger}\nweb ${stranger}\n`);
    assert.equal((await rotating.run([...settings, ...rotating.way, 'sleep 0.5'])).code, 0);
    assert.equal(
      readFileSync(file, 'utf8'),
      `${name} ${rotating.hostKey}\nweb ${stranger}\n${name} ${type} ${base64}\n`,
    );
    writeFileSync(file, `* ${rotating.hostKey}\n`);
    assert.equal((await rotating.run([...settings, ...rotating.way, 'sleep 0.5'])).code, 0);
    assert.equal(readFileSync(file, 'utf8'), `* ${rotating.hostKey}\n`);
  } finally {
    await rotating.end();
  }
});

test('qssh uses the ECDSA key that a host is known by, and does not forget it', async () => {
  const more = join(account.home, 'host_ecdsa');
  execFileSync('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', '', '-f', more]);
  const host = await createAccount([`HostKey ${more}`]);
  try {
    const name = `[127.0.0.1]:${host.sshd.port}`;
    const [type, base64] = readFileSync(`${more}.pub`, 'utf8').split(' ');
    const line = `${name} ${type} ${base64}\n`;
    const settings = ['-v', '-o', 'UpdateHostKeys yes', '-o', 'HashKnownHosts no', '-o', 'BatchMode yes'];
    writeFileSync(host.knownHosts, line);
    const { code, stderr } = await host.run([...settings, ...host.way, 'sleep 0.5']);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Server host key: ecdsa-sha2-nistp256/);
    // Its other key is learnt, and is the better one from now on.
    assert.equal(readFileSync(host.knownHosts, 'utf8'), `${line}${name} ${host.hostKey}\n`);
    const next = await host.run([...settings, ...host.way, 'sleep 0.5']);
    assert.match(next.stderr, /Server host key: ssh-ed25519/);
    assert.equal(readFileSync(host.knownHosts, 'utf8'), `${line}${name} ${host.hostKey}\n`);
    const only = ['-o', 'HostKeyAlgorithms ssh-mldsa44-ed25519'];
    const refused = await host.run([...only, ...host.way, 'true']);
    assert.match(
      refused.stderr,
      /\n-o HostKeyAlgorithms=\+NAME offers what else qssh -Q HostKeyAlgorithms names\.\n/,
    );
  } finally {
    await host.end();
  }
});
