// Users who log in by certificates of OpenSSH's: each login is tried with both servers, from the same files.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { makeFolder } from './stage/folder.ts';
import { startQsshd } from './stage/qsshd.ts';
import { runSsh } from './stage/ssh.ts';
import { startSshd } from './stage/sshd.ts';

const folder = makeFolder();
chmodSync(folder, 0o711); // a program of another user is in it
const path = (name: string): string => join(folder, name);
const line = (name: string): string => readFileSync(path(`${name}.pub`), 'utf8');
function generate(name: string, type = 'ed25519', ...size: readonly string[]): void {
  execFileSync('ssh-keygen', ['-q', '-t', type, ...size, '-N', '', '-C', name, '-f', path(name)]);
}
for (const name of ['ca', 'other_ca', 'user']) generate(name);
generate('rsa', 'rsa', '-b', '2048');
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

/** Addresses from which settings are others: each further server would cost more than all logins at it. */
const from = { file: '127.0.0.2', command: '127.0.0.3', narrow: '127.0.0.4' };
const matches = [
  `Match Address ${from.file}`,
  `AuthorizedPrincipalsFile ${folder}/principals_%u`,
  `Match Address ${from.command}`,
  `AuthorizedPrincipalsCommand ${program} %u %U %h %% %i %s %t %T %f %F %k %K`,
  'AuthorizedPrincipalsCommandUser nobody',
  `Match Address ${from.narrow}`,
  'CASignatureAlgorithms ssh-ed25519',
  'PubkeyAcceptedAlgorithms ssh-ed25519-cert-v01@openssh.com',
];
const config = [`TrustedUserCAKeys ${path('trusted')}`, `RevokedKeys ${path('revoked')}`, 'MaxAuthTries 20'];
for (const place of ['theirs', 'ours']) mkdirSync(path(place));
const [theirs, ours] = await Promise.all([
  startSshd(path('theirs'), [], config, matches),
  startQsshd(path('ours'), config, matches),
]);
function authorize(lines: string): void {
  writeFileSync(path('theirs/authorized_keys'), lines);
  ours.authorize(lines);
}
authorize('');

/** Makes the certificate beside a key. @param words Of ssh-keygen, behind -s and -I. */
function certify(words: readonly string[], { key = 'user', ca = 'ca', id = 'an id' } = {}): void {
  execFileSync('ssh-keygen', ['-q', '-s', path(ca), '-I', id, ...words, path(`${key}.pub`)]);
}

interface Login {
  readonly key?: string;
  /** Files of certificates of that key. */
  readonly certificates?: readonly string[];
  readonly address?: string;
}

async function logIn(
  port: number,
  { key = 'user', certificates = [`${key}-cert.pub`], address = '127.0.0.1' }: Login,
): Promise<string> {
  const settings = { IdentitiesOnly: 'yes', BatchMode: 'yes', BindAddress: address };
  const shown = certificates.flatMap((name) => ['-o', `CertificateFile=${path(name)}`]);
  const args = [...shown, '-i', path(key), 'root@127.0.0.1', 'echo as asked'];
  const { code, stdout } = await runSsh(port, args, { settings });
  return `${code} ${stdout.toString()}`;
}

/** What both servers do. */
async function same(name: string, login: Login = {}): Promise<string> {
  const [expected, found] = await Promise.all([logIn(theirs.port, login), logIn(ours.port, login)]);
  assert.equal(found, expected, name);
  return found;
}

/** One login that shows them all: if one of them counted, it would go on. */
async function sameForAll(names: readonly string[], make: (name: string) => void): Promise<string> {
  const certificates = names.map((name, index) => {
    make(name);
    renameSync(path('user-cert.pub'), path(`${index}-cert.pub`));
    return `${index}-cert.pub`;
  });
  return same(names.join(', '), { certificates });
}

const OK = '0 as asked\n';
const NO = '255 ';

describe('TrustedUserCAKeys', () => {
  const root = ['-n', 'root'];
  const cases: readonly (readonly [string, readonly string[], string, Parameters<typeof certify>[1]?])[] = [
    ['a principal that is the user', ['-n', 'nobody,root'], OK],
    ['a forced command', [...root, '-O', 'force-command=echo forced'], '0 forced\n'],
    ['an address that fits', [...root, '-O', 'source-address=10.0.0.0/8,127.0.0.1/32'], OK],
    ['an extension that nobody knows', [...root, '-O', 'extension:new@example=x'], OK],
    ['an ECDSA key as CA', root, OK, { ca: 'ecdsa_ca' }],
  ];
  for (const [name, words, expected, by] of cases)
    it(`is understood as sshd does: ${name}`, async () => {
      certify(words, by);
      assert.equal(await same(name), expected);
    });

  it('lets nobody in by a certificate that sshd refuses', async () => {
    const refused: Readonly<Record<string, Parameters<typeof certify>>> = {
      'another principal': [['-n', 'nobody']],
      'no principals': [[]],
      'a certificate of a host': [['-h', ...root]],
      'one that has expired': [[...root, '-V', '20200101:20210101']],
      'an address that does not fit': [[...root, '-O', 'source-address=10.0.0.0/8']],
      'an option that nobody knows': [[...root, '-O', 'critical:new@example']],
      'another CA': [root, { ca: 'other_ca' }],
    };
    const make = (name: string): void => certify(...(refused[name] ?? [[]]));
    assert.equal(await sameForAll(Object.keys(refused), make), NO);
  });

  it('lets RSA keys log in by the names of their certificates', async () => {
    certify(root, { key: 'rsa' });
    assert.equal(await same('RSA', { key: 'rsa' }), OK);
  });

  it('lets nobody in by a certificate who has lost its key, nor by the key without it', async () => {
    rmSync(path('user-cert.pub'), { force: true });
    assert.equal(await same('the key alone'), NO);
    certify(root);
    execFileSync('cp', [path('user-cert.pub'), path('rsa-cert.pub')]);
    assert.equal(await same('another key', { key: 'rsa' }), NO);
  });

  it('logs who was let in as sshd does', async () => {
    certify([...root, '-z', '77'], { id: 'the id' });
    assert.equal(await same('a serial number'), OK);
    const accepted =
      /Accepted publickey for root from 127\.0\.0\.1 port \d+ ssh2(: \S+-CERT .* ID the id .*)/;
    await ours.logged(accepted);
    assert.equal(accepted.exec(ours.log())?.[1], accepted.exec(theirs.log())?.[1]?.trimEnd());
    assert.match(ours.log(), /ID the id \(serial 77\) CA ED25519 SHA256:/);
  });

  it('takes away what the certificate does not permit', async () => {
    certify([...root, '-O', 'clear']);
    const run = await runSsh(ours.port, ['-i', path('user'), '-tt', 'root@127.0.0.1', 'tty'], {
      settings: { CertificateFile: path('user-cert.pub'), IdentitiesOnly: 'yes' },
    });
    assert.match(run.stderr, /PTY allocation request failed/);
  });
});

describe('AuthorizedPrincipalsFile and AuthorizedPrincipalsCommand', () => {
  it('are in the place of the name of the user', async () => {
    certify(['-n', 'root']);
    assert.equal(await same('the user', { address: from.file }), NO);
    assert.equal(await same('the user', { address: from.command }), NO);
    certify(['-n', 'x,plain']);
    assert.equal(await same('a principal of the file', { address: from.file }), OK);
    certify(['-n', 'from-file']);
    assert.equal(await same('options', { address: from.file }), '0 by file\n');
    certify(['-n', 'from-file', '-O', 'force-command=echo other']);
    assert.equal(await same('two commands', { address: from.file }), NO);
    certify(['-n', 'plain', '-O', 'force-command=echo other']);
    assert.equal(await same('one command', { address: from.file }), '0 other\n');
  });

  it('tell the command what sshd tells it', async () => {
    certify(['-n', 'from-command', '-z', '5'], { ca: 'ecdsa_ca', id: 'one; $(id) two' });
    assert.equal(await logIn(theirs.port, { address: from.command }), OK);
    const expected = readFileSync(path('told/words'), 'utf8');
    assert.equal(await logIn(ours.port, { address: from.command }), OK);
    assert.equal(readFileSync(path('told/words'), 'utf8'), expected);
    assert.match(expected, /^root 0 \S+ % one; \$\(id\) two 5 ssh-ed25519-cert-v01@openssh\.com ecdsa-sha2/);
  });
});

describe('CASignatureAlgorithms and PubkeyAcceptedAlgorithms', () => {
  it('leave out what they do not name', async () => {
    certify(['-n', 'root']);
    assert.equal(await same('Ed25519', { address: from.narrow }), OK);
    certify(['-n', 'root'], { ca: 'ecdsa_ca' });
    assert.equal(await same('ECDSA', { address: from.narrow }), NO);
    authorize(line('user'));
    rmSync(path('user-cert.pub'));
    assert.equal(await same('a plain key', { address: from.narrow }), NO);
    authorize('');
  });
});

describe('cert-authority', () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ['cert-authority', ['-n', 'root'], OK],
    ['cert-authority,principals="a,b"', ['-n', 'b'], OK],
    ['cert-authority,command="echo line"', ['-n', 'root'], '0 line\n'],
    ['cert-authority,command="echo x"', ['-n', 'root', '-O', 'force-command=echo x'], '0 x\n'],
  ];
  for (const [options, words, expected] of cases)
    it(`is understood as sshd does: ${options} for ${words.join(' ')}`, async () => {
      authorize(`${options} ${line('other_ca')}`);
      certify(words, { ca: 'other_ca' });
      assert.equal(await same(options), expected);
    });

  it('lets nobody in by a line that sshd does not let count', async () => {
    const refused: Readonly<Record<string, readonly string[]>> = {
      'cert-authority ': ['-n', 'other'],
      'cert-authority,principals="a,b" ': ['-n', 'root'],
      'cert-authority,principals="a*" ': ['-n', 'ab'],
      '': ['-n', 'root'],
      'cert-authority,command="echo line" ': ['-n', 'root', '-O', 'force-command=echo other'],
      'cert-authority,from="10.0.0.0/8" ': ['-n', 'root'],
      'cert-authority,expiry-time="20200101" ': ['-n', 'root'],
    };
    const options = Object.keys(refused);
    const caOf = (option: string): string => `ca_${options.indexOf(option)}`;
    for (const option of options) generate(caOf(option));
    authorize(options.map((option) => option + line(caOf(option))).join(''));
    const make = (option: string): void => certify(refused[option] ?? [], { ca: caOf(option) });
    assert.equal(await sameForAll(options, make), NO);
  });

  it('lets the CA itself not log in', async () => {
    authorize(`cert-authority ${line('other_ca')}`);
    assert.equal(await same('the key of the CA', { key: 'other_ca' }), NO);
    authorize('');
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
      assert.equal(await same(name), expected);
    });

  it('counts for plain keys as well', async () => {
    authorize(line('rsa'));
    rmSync(path('rsa-cert.pub'), { force: true });
    assert.equal(await same('no file', { key: 'rsa' }), NO);
    writeFileSync(path('revoked'), line('rsa'));
    assert.equal(await same('revoked', { key: 'rsa' }), NO);
    writeFileSync(path('revoked'), '');
    assert.equal(await same('not revoked', { key: 'rsa' }), OK);
    authorize('');
  });
});
