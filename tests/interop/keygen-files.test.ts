// Files of keys: both programs read and write the same ones.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder } from './stage/folder.ts';
import { OURS, type Said, THEIRS, keygen } from './stage/keygen.ts';

const folder = makeFolder();
const at = (name: string): string => join(folder, name);
const text = (name: string): string => readFileSync(at(name), 'utf8');
const ours = (words: readonly string[], input = ''): Said => keygen(OURS, folder, words, input);
const theirs = (words: readonly string[], input = ''): Said => keygen(THEIRS, folder, words, input);

/** Standard output and exit code of ours, which are those of ssh-keygen. */
function same(words: readonly string[], input = ''): string {
  const [said, like] = [ours(words, input), theirs(words, input)];
  assert.deepEqual(
    [said.status, said.stdout],
    [like.status, like.stdout],
    `${words.join(' ')}\n${said.stderr}`,
  );
  return said.stdout;
}

function make(name: string, ...words: readonly string[]): void {
  execFileSync(THEIRS, ['-q', '-f', at(name), '-C', name, '-N', '', ...words]);
}

make('ed', '-t', 'ed25519');
make('rsa', '-t', 'rsa', '-b', '2048');
make('ec', '-t', 'ecdsa', '-b', '521');
make('bare', '-t', 'ed25519', '-C', '');
make('locked', '-t', 'ed25519', '-N', 'secret', '-a', '1');
make('pem', '-t', 'rsa', '-b', '2048', '-m', 'PEM');
execFileSync(THEIRS, ['-q', '-s', at('ed'), '-I', 'id', at('ec.pub')]);
copyFileSync(at('pem'), at('alone'));
copyFileSync(at('ed'), at('ed-alone'));
copyFileSync(at('bare'), at('bare-alone'));
const two = (name: string): string => text(name).split(' ').slice(0, 2).join(' ');
writeFileSync(
  at('many'),
  `# a comment\n\n${text('ed.pub')}  ${text('rsa.pub')}from="a b",no-pty ${text('ec.pub')}host,[h]:22 ${two('ed.pub')}\njunk\n@revoked host ${text('ed.pub')}`,
);
writeFileSync(at('junk'), 'junk\n', { mode: 0o600 });

test('qssh-keygen -l prints what ssh-keygen does of every kind of file', () => {
  for (const name of ['ed.pub', 'locked', 'pem', 'alone', 'ed-alone', 'many', 'ec-cert.pub'])
    assert.notEqual(same(['-l', '-f', name]), '');
  for (const words of [['-lv'], ['-lvE', 'MD5']]) same([...words, '-f', 'many']);
  same(['-l', '-f', '-'], text('many'));
  for (const name of ['junk', 'none', '/dev/null']) assert.equal(same(['-l', '-f', name]), '');
  assert.equal(ours(['-l', '-E', 'crc', '-f', 'ed']).status, 255);
});

test('qssh-keygen ends as by SIGPIPE when nobody reads what it prints', () => {
  writeFileSync(at('long'), text('rsa.pub').repeat(3000));
  const command = '"$0" -l -f long | head -n 1; echo "${PIPESTATUS[0]}"';
  const { stdout, stderr } = spawnSync('bash', ['-c', command, OURS], { cwd: folder, encoding: 'utf8' });
  assert.match(stdout, /^2048 SHA256:\S+ rsa \(RSA\)\n141\n$/);
  assert.equal(stderr, '');
});

test('qssh-keygen -B prints what ssh-keygen does of every kind of file', () => {
  for (const name of ['ed.pub', 'locked', 'pem', 'many', 'ec-cert.pub'])
    assert.match(same(['-B', '-f', name]), /^\d+ x[a-z]{4}-/);
  for (const words of [['-Bv'], ['-lBE', 'md5']]) same([...words, '-f', 'ec']);
});

test('qssh-keygen -r prints the SSHFP records that ssh-keygen does', () => {
  for (const name of ['ed.pub', 'ed', 'locked', 'rsa.pub', 'ec.pub'])
    assert.match(same(['-r', 'h.example', '-f', name]), /^h\.example IN SSHFP [134] 1 [\da-f]{40}\n/);
  assert.match(same(['-r', 'h', '-g', '-f', 'ed']), /^h IN TYPE44 \\# 22 04 01 [\da-f]{40}\n/);
  assert.equal(ours(['-r', 'h', '-f', 'ec-cert.pub']).stdout, same(['-r', 'h', '-f', 'ec.pub']));
  for (const name of ['none', 'junk']) assert.equal(same(['-r', 'h', '-f', name]), '');
  assert.equal(ours(['-q', '-t', 'mldsa44-ed25519', '-N', '', '-f', 'pq']).status, 0);
  const said = ours(['-r', 'h', '-f', 'pq.pub']);
  assert.deepEqual(
    [said.status, said.stdout, said.stderr],
    [255, '', 'pq.pub: keys of its type have no number in the DNS (SSHFP)\n'],
  );
});

test('qssh-keygen -y prints the public key of a private one that its passphrase opens', () => {
  for (const name of ['ed', 'rsa', 'ec', 'bare', 'pem']) assert.notEqual(same(['-y', '-f', name]), '');
  assert.equal(same(['-y', '-P', 'secret', '-f', 'locked']), text('locked.pub'));
  assert.equal(ours(['-y', '-f', 'locked'], 'secret\n').stdout, text('locked.pub'));
  assert.equal(same(['-y', '-P', 'wrong', '-f', 'locked']), '');
  assert.match(
    ours(['-y', '-P', 'wrong', '-f', 'locked']).stderr,
    /^Load key "locked": incorrect passphrase supplied to decrypt private key\n$/,
  );
  for (const name of ['junk', 'ed.pub', 'none']) assert.equal(same(['-y', '-f', name]), '');
});

test('qssh-keygen -p changes the passphrase, and the format with -m', () => {
  for (const name of ['ed', 'pem']) {
    copyFileSync(at(name), at('changed'));
    copyFileSync(at(name), at('like'));
    const words = ['-p', '-a', '1', '-P', '', '-N', 'first'];
    const said = ours([...words, '-f', 'changed']);
    assert.deepEqual([said.status, said.stdout], [0, theirs([...words, '-f', 'like']).stdout]);
    assert.equal(statSync(at('changed')).mode & 0o777, 0o600);
    assert.equal(theirs(['-y', '-P', 'first', '-f', 'changed']).stdout, ours(['-y', '-f', name]).stdout);
    assert.equal(ours(['-p', '-P', 'wrong', '-N', 'x', '-f', 'changed']).status, 255);
    assert.equal(ours(['-p', '-P', 'first', '-f', 'changed'], '\n\n').status, 0);
    assert.equal(theirs(['-y', '-P', '', '-f', 'changed']).stdout, ours(['-y', '-f', name]).stdout);
  }
  for (const format of ['PEM', 'PKCS8'])
    for (const passphrase of ['', 'second']) {
      copyFileSync(at('rsa'), at('changed'));
      assert.equal(ours(['-p', '-m', format, '-N', passphrase, '-f', 'changed']).status, 0);
      assert.match(text('changed'), format === 'PEM' ? /BEGIN RSA/ : /BEGIN (?:ENCRYPTED )?PRIVATE/);
      assert.equal(theirs(['-y', '-P', passphrase, '-f', 'changed']).stdout, `${two('rsa.pub')}\n`);
    }
  const before = text('ed');
  assert.equal(same(['-p', '-m', 'bogus', '-N', '', '-f', 'ed']), '');
  assert.equal(text('ed'), before);
});

test('qssh-keygen -m PEM and PKCS8 write the format of OpenSSH for types that they lack', () => {
  const own = /^-----BEGIN OPENSSH PRIVATE KEY-----/;
  const makeOurs = (type: string, format: string, name: string): Said =>
    ours(['-q', '-t', type, '-m', format, '-N', '', '-f', name]);
  for (const [type, format] of [
    ['ed25519', 'PEM'],
    ['mldsa44-ed25519', 'PKCS8'],
  ] as const) {
    const name = `own-${type}`;
    assert.deepEqual(makeOurs(type, format, name), { status: 0, stdout: '', stderr: '' });
    assert.match(text(name), own);
    const said = ours(['-p', '-m', 'PEM', '-N', 'secret', '-f', name]);
    assert.deepEqual([said.status, said.stderr], [0, '']);
    assert.match(text(name), own);
  }
  assert.equal(theirs(['-y', '-P', 'secret', '-f', 'own-ed25519']).stdout, text('own-ed25519.pub'));
  const said = ours(['-p', '-P', 'secret', '-N', '', '-m', 'PKCS8', '-f', 'own-ed25519']);
  assert.deepEqual(
    [said.status, said.stderr],
    [0, 'OpenSSH reads Ed25519 keys in PKCS8 from 9.6 on; older ones need a file without -m.\n'],
  );
  assert.match(text('own-ed25519'), /^-----BEGIN PRIVATE KEY-----/);
});

test('qssh-keygen -c changes the comment in both files and keeps the passphrase', () => {
  for (const [name, passphrase, comment] of [
    ['ed', '', ''],
    ['bare', '', ''],
    ['locked', 'secret', 'new one'],
  ] as const) {
    for (const copy of ['changed', 'like'])
      for (const end of ['', '.pub']) copyFileSync(at(`${name}${end}`), at(`${copy}${end}`));
    const words = ['-c', '-a', '1', '-P', passphrase, '-C', comment];
    assert.deepEqual(
      ours([...words, '-f', 'changed']).stdout,
      theirs([...words, '-f', 'like']).stdout.replaceAll('like', 'changed'),
    );
    assert.equal(
      theirs(['-y', '-P', passphrase, '-f', 'changed']).stdout.trimEnd(),
      text('like.pub').trimEnd(),
    );
    assert.equal(text('changed.pub'), text('like.pub'));
  }
  assert.equal(
    ours(['-c', '-f', 'changed', '-P', 'secret'], 'typed\n').stdout.endsWith("'typed' applied\n"),
    true,
  );
});

test('qssh-keygen -e and -i convert as ssh-keygen does', () => {
  for (const name of ['ec', 'rsa.pub', 'locked', 'pem']) {
    writeFileSync(at('exported'), same(['-e', '-f', name]));
    assert.equal(same(['-i', '-f', 'exported']), `${two(name.endsWith('.pub') ? name : `${name}.pub`)}\n`);
  }
  for (const [format, ...names] of [
    ['PKCS8', 'rsa', 'ec.pub'],
    ['PEM', 'rsa'],
  ] as const)
    for (const name of names) {
      writeFileSync(at('exported'), same(['-e', '-m', format, '-f', name]));
      assert.match(text('exported'), /^-----BEGIN/);
      same(['-i', '-m', format, '-f', 'exported']);
    }
  for (const words of [
    ['-e', '-m', 'PEM', '-f', 'ed'],
    ['-e', '-m', 'bogus', '-f', 'ed'],
    ['-i', '-f', 'junk'],
    ['-i', '-m', 'PKCS8', '-f', 'junk'],
    ['-e', '-f', 'none'],
  ])
    assert.equal(same(words), '');
});

test('qssh-keygen -m PuTTY writes what puttygen reads, and reads what it writes', () => {
  for (const [name, passphrase] of [
    ['ed', ''],
    ['rsa', ''],
    ['locked', 'secret'],
  ] as const) {
    writeFileSync(at('passphrase'), passphrase);
    const key = ['-P', passphrase, '-f'];
    writeFileSync(at('ours.ppk'), ours(['-e', '-m', 'PuTTY', ...key, name]).stdout, { mode: 0o600 });
    execFileSync('puttygen', ['ours.ppk', '-O', 'public-openssh', '-o', 'read.pub'], { cwd: folder });
    assert.equal(two('read.pub'), two(`${name}.pub`));
    execFileSync(
      'puttygen',
      [name, '--old-passphrase', 'passphrase', '--new-passphrase', 'passphrase', '-o', 'theirs.ppk'],
      { cwd: folder },
    );
    for (const file of ['theirs.ppk', 'ours.ppk']) {
      execFileSync('chmod', ['600', at(file)]);
      const said = ours(['-i', '-m', 'PuTTY', ...key, file]);
      writeFileSync(at('imported'), said.stdout, { mode: 0o600 });
      assert.equal(theirs(['-y', ...key, 'imported']).stdout.split(' ')[1], two(`${name}.pub`).split(' ')[1]);
    }
  }
});
