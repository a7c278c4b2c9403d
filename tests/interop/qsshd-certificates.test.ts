// Users who log in by certificates of OpenSSH's: each login is tried with both servers, from the same files.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { makeFolder } from './stage/folder.ts';
import { startQsshd, type Qsshd } from './stage/qsshd.ts';
import { runSsh } from './stage/ssh.ts';
import { startSshd, type Sshd } from './stage/sshd.ts';

const folder = makeFolder();
chmodSync(folder, 0o711); // a program of another user is in it
const path = (name: string): string => join(folder, name);
const line = (name: string): string => readFileSync(path(`${name}.pub`), 'utf8');
function generate(name: string, type = 'ed25519'): void {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', name, '-f', path(name)]);
}
for (const name of ['ca', 'other_ca', 'user']) generate(name);
generate('rsa', 'rsa');
generate('ecdsa_ca', 'ecdsa');

// sshd wants no folder above it that others can write.
const safe = mkdtempSync('/run/orrery-principals-');
after(() => rmSync(safe, { recursive: true }));
chmodSync(safe, 0o711);
const program = join(safe, 'principals');
writeFileSync(
  program,
  `#!/bin/sh\n[ "$(id -un)" = nobody ] && echo "$*" > ${folder}/told/words && echo from-command\n`,
);
chmodSync(program, 0o755);
mkdirSync(path('told'));
chmodSync(path('told'), 0o777);
writeFileSync(path('revoked'), '');
writeFileSync(path('principals_root'), '# ours\nno-pty,command="echo by file" from-file\nplain\n');
writeFileSync(path('trusted'), `# CAs\n${line('ca')}${line('ecdsa_ca')}no-pty ${line('other_ca')}`);

const trusting = [`TrustedUserCAKeys ${path('trusted')}`, `RevokedKeys ${path('revoked')}`];

interface Pair {
  readonly theirs: Sshd;
  readonly ours: Qsshd;
  readonly authorize: (lines: string) => void;
}

async function both(name: string, config: readonly string[]): Promise<Pair> {
  const [their, our] = [path(`${name}-theirs`), path(`${name}-ours`)];
  for (const place of [their, our]) mkdirSync(place);
  const [theirs, ours] = await Promise.all([startSshd(their, [], config), startQsshd(our, config)]);
  const authorize = (lines: string): void => {
    writeFileSync(join(their, 'authorized_keys'), lines);
    ours.authorize(lines);
  };
  authorize('');
  return { theirs, ours, authorize };
}

const [plain, byFile, byCommand, narrow] = await Promise.all([
  both('plain', trusting),
  both('file', [...trusting, `AuthorizedPrincipalsFile ${folder}/principals_%u`]),
  both('command', [
    ...trusting,
    `AuthorizedPrincipalsCommand ${program} %u %U %h %% %i %s %t %T %f %F %k %K`,
    'AuthorizedPrincipalsCommandUser nobody',
  ]),
  both('narrow', [
    ...trusting,
    'CASignatureAlgorithms ssh-ed25519',
    'PubkeyAcceptedAlgorithms ssh-ed25519-cert-v01@openssh.com',
  ]),
]);

/** Makes the certificate beside a key. @param words Of ssh-keygen, behind -s and -I. */
function certify(words: readonly string[], { key = 'user', ca = 'ca', id = 'an id' } = {}): void {
  execFileSync('ssh-keygen', ['-q', '-s', path(ca), '-I', id, ...words, path(`${key}.pub`)]);
}

async function logIn(port: number, key: string): Promise<string> {
  const settings = { CertificateFile: path(`${key}-cert.pub`), IdentitiesOnly: 'yes', BatchMode: 'yes' };
  const args = ['-i', path(key), 'root@127.0.0.1', 'echo as asked'];
  const { code, stdout } = await runSsh(port, args, { settings });
  return `${code} ${stdout.toString()}`;
}

/** What both servers do. */
async function same({ theirs, ours }: Pair, name: string, key = 'user'): Promise<string> {
  const [expected, found] = await Promise.all([logIn(theirs.port, key), logIn(ours.port, key)]);
  assert.equal(found, expected, name);
  return found;
}

const OK = '0 as asked\n';
const NO = '255 ';

describe('TrustedUserCAKeys', () => {
  const root = ['-n', 'root'];
  const cases: readonly (readonly [string, readonly string[], string, Parameters<typeof certify>[1]?])[] = [
    ['a principal that is the user', ['-n', 'nobody,root'], OK],
    ['another principal', ['-n', 'nobody'], NO],
    ['no principals', [], NO],
    ['a certificate of a host', ['-h', ...root], NO],
    ['one that has expired', [...root, '-V', '20200101:20210101'], NO],
    ['a forced command', [...root, '-O', 'force-command=echo forced'], '0 forced\n'],
    ['an address that fits', [...root, '-O', 'source-address=10.0.0.0/8,127.0.0.1/32'], OK],
    ['an address that does not', [...root, '-O', 'source-address=10.0.0.0/8'], NO],
    ['an option that nobody knows', [...root, '-O', 'critical:new@example'], NO],
    ['an extension that nobody knows', [...root, '-O', 'extension:new@example=x'], OK],
    ['another CA', root, NO, { ca: 'other_ca' }],
    ['an ECDSA key as CA', root, OK, { ca: 'ecdsa_ca' }],
  ];
  for (const [name, words, expected, by] of cases)
    it(`is understood as sshd does: ${name}`, async () => {
      certify(words, by);
      assert.equal(await same(plain, name), expected);
    });

  it('lets RSA keys log in by the names of their certificates', async () => {
    certify(root, { key: 'rsa' });
    assert.equal(await same(plain, 'RSA', 'rsa'), OK);
  });

  it('lets nobody in by a certificate who has lost its key, nor by the key without it', async () => {
    rmSync(path('user-cert.pub'));
    assert.equal(await same(plain, 'the key alone'), NO);
    certify(root);
    execFileSync('cp', [path('user-cert.pub'), path('rsa-cert.pub')]);
    assert.equal(await same(plain, 'another key', 'rsa'), NO);
  });

  it('logs who was let in as sshd does', async () => {
    certify([...root, '-z', '77'], { id: 'the id' });
    assert.equal(await same(plain, 'a serial number'), OK);
    const accepted =
      /Accepted publickey for root from 127\.0\.0\.1 port \d+ ssh2(: \S+-CERT .* ID the id .*)/;
    await plain.ours.logged(accepted);
    assert.equal(accepted.exec(plain.ours.log())?.[1], accepted.exec(plain.theirs.log())?.[1]?.trimEnd());
    assert.match(plain.ours.log(), /ID the id \(serial 77\) CA ED25519 SHA256:/);
  });

  it('takes away what the certificate does not permit', async () => {
    certify([...root, '-O', 'clear']);
    const run = await runSsh(plain.ours.port, ['-i', path('user'), '-tt', 'root@127.0.0.1', 'tty'], {
      settings: { CertificateFile: path('user-cert.pub'), IdentitiesOnly: 'yes' },
    });
    assert.match(run.stderr, /PTY allocation request failed/);
  });
});

describe('AuthorizedPrincipalsFile and AuthorizedPrincipalsCommand', () => {
  it('are in the place of the name of the user', async () => {
    certify(['-n', 'root']);
    assert.equal(await same(byFile, 'the user'), NO);
    assert.equal(await same(byCommand, 'the user'), NO);
    certify(['-n', 'x,plain']);
    assert.equal(await same(byFile, 'a principal of the file'), OK);
    certify(['-n', 'from-file']);
    assert.equal(await same(byFile, 'options'), '0 by file\n');
    certify(['-n', 'from-file', '-O', 'force-command=echo other']);
    assert.equal(await same(byFile, 'two commands'), NO);
    certify(['-n', 'plain', '-O', 'force-command=echo other']);
    assert.equal(await same(byFile, 'one command'), '0 other\n');
  });

  it('tell the command what sshd tells it', async () => {
    certify(['-n', 'from-command', '-z', '5'], { ca: 'ecdsa_ca', id: 'one; $(id) two' });
    assert.equal(await logIn(byCommand.theirs.port, 'user'), OK);
    const expected = readFileSync(path('told/words'), 'utf8');
    assert.equal(await logIn(byCommand.ours.port, 'user'), OK);
    assert.equal(readFileSync(path('told/words'), 'utf8'), expected);
    assert.match(expected, /^root 0 \S+ % one; \$\(id\) two 5 ssh-ed25519-cert-v01@openssh\.com ecdsa-sha2/);
  });
});

describe('CASignatureAlgorithms and PubkeyAcceptedAlgorithms', () => {
  it('leave out what they do not name', async () => {
    certify(['-n', 'root']);
    assert.equal(await same(narrow, 'Ed25519'), OK);
    certify(['-n', 'root'], { ca: 'ecdsa_ca' });
    assert.equal(await same(narrow, 'ECDSA'), NO);
    narrow.authorize(line('user'));
    rmSync(path('user-cert.pub'));
    assert.equal(await same(narrow, 'a plain key'), NO);
    narrow.authorize('');
  });
});

describe('cert-authority', () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ['cert-authority', ['-n', 'root'], OK],
    ['cert-authority', ['-n', 'other'], NO],
    ['cert-authority,principals="a,b"', ['-n', 'b'], OK],
    ['cert-authority,principals="a,b"', ['-n', 'root'], NO],
    ['cert-authority,principals="a*"', ['-n', 'ab'], NO],
    ['', ['-n', 'root'], NO],
    ['cert-authority,command="echo line"', ['-n', 'root'], '0 line\n'],
    ['cert-authority,command="echo line"', ['-n', 'root', '-O', 'force-command=echo other'], NO],
    ['cert-authority,command="echo x"', ['-n', 'root', '-O', 'force-command=echo x'], '0 x\n'],
    ['cert-authority,from="10.0.0.0/8"', ['-n', 'root'], NO],
    ['cert-authority,expiry-time="20200101"', ['-n', 'root'], NO],
  ];
  for (const [options, words, expected] of cases)
    it(`is understood as sshd does: ${options} for ${words.join(' ')}`, async () => {
      plain.authorize(`${options} ${line('other_ca')}`);
      certify(words, { ca: 'other_ca' });
      assert.equal(await same(plain, options), expected);
    });

  it('lets the CA itself not log in', async () => {
    plain.authorize(`cert-authority ${line('other_ca')}`);
    assert.equal(await same(plain, 'the key of the CA', 'other_ca'), NO);
    plain.authorize('');
  });
});

describe('RevokedKeys', () => {
  const krl = (specification: string, ...more: readonly string[]): void => {
    writeFileSync(path('specification'), specification);
    execFileSync('ssh-keygen', ['-q', '-k', ...more, '-f', path('revoked'), path('specification')]);
  };
  const byCa = ['-s', path('ca.pub')];
  const lists: readonly (readonly [string, () => void, string])[] = [
    ['an empty file', () => writeFileSync(path('revoked'), ''), OK],
    ['a line with the key', () => writeFileSync(path('revoked'), line('user')), NO],
    ['a line with the CA', () => writeFileSync(path('revoked'), `# no more\n${line('ca')}`), NO],
    ['a line with another key', () => writeFileSync(path('revoked'), line('rsa')), OK],
    ['a list with the serial number', () => krl('serial: 5-9\n', ...byCa), NO],
    ['a list with the key id', () => krl('id: an id\n', ...byCa), NO],
    ['a list with the CA', () => krl(line('ca')), NO],
    ['a list with the hash of the key', () => krl(`sha256: ${line('user')}`), NO],
    ['a broken list', () => writeFileSync(path('revoked'), 'SSHKRL\n\0broken'), NO],
    ['no file', () => undefined, NO],
  ];
  for (const [name, write, expected] of lists)
    it(`is understood as sshd does: ${name}`, async () => {
      certify(['-n', 'root', '-z', '7']);
      rmSync(path('revoked'), { force: true });
      write();
      assert.equal(await same(plain, name), expected);
    });

  it('counts for plain keys as well', async () => {
    plain.authorize(line('rsa'));
    rmSync(path('rsa-cert.pub'), { force: true });
    assert.equal(await same(plain, 'no file', 'rsa'), NO);
    writeFileSync(path('revoked'), line('rsa'));
    assert.equal(await same(plain, 'revoked', 'rsa'), NO);
    writeFileSync(path('revoked'), '');
    assert.equal(await same(plain, 'not revoked', 'rsa'), OK);
    plain.authorize('');
  });
});
