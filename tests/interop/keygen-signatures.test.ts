import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startAgent } from './stage/agents.ts';
import { makeFolder } from './stage/folder.ts';
import { OURS, type Said, THEIRS, keygen } from './stage/keygen.ts';

const folder = makeFolder();
const at = (name: string): string => join(folder, name);
const text = (name: string): string => readFileSync(at(name), 'utf8');
const agent = await startAgent('ssh-agent', at('agent'));
const environment = { SSH_AUTH_SOCK: agent.socket };
const run = (program: string, words: readonly string[], input = ''): Said =>
  keygen(program, folder, words, input, environment);
const words = (line: string): string[] => line.split(' ');

/** Exit code and standard output of ours, which are those of ssh-keygen. */
function same(line: string, input = ''): Pick<Said, 'status' | 'stdout'> {
  const [said, like] = [run(OURS, words(line), input), run(THEIRS, words(line), input)];
  assert.deepEqual([said.status, said.stdout], [like.status, like.stdout], `${line}\n${said.stderr}`);
  return { status: said.status, stdout: said.stdout };
}

for (const [name = '', ...more] of [
  ['a', '-t', 'ed25519'],
  ['rsa', '-t', 'rsa', '-b', '2048'],
  ['ca', '-t', 'ed25519'],
])
  execFileSync(THEIRS, ['-q', '-N', '', '-C', name, '-f', at(name), ...more]);
execFileSync(THEIRS, ['-q', '-s', at('ca'), '-I', 'id', '-n', 'alice', '-z', '7', at('a.pub')]);
writeFileSync(at('letter'), 'hello\n');
writeFileSync(
  at('allowed'),
  `alice@x,bob@* ${text('a.pub')}carol namespaces="git" ${text('rsa.pub')}* cert-authority ${text('ca.pub')}old valid-before="20200101Z" ${text('rsa.pub')}`,
);
writeFileSync(at('none-allowed'), 'nonsense\n');

for (const [key, hash] of [
  ['a', 'sha512'],
  ['rsa', 'sha256'],
  ['a-cert.pub', 'sha512'],
] as const)
  test(`qssh-keygen -Y sign with ${key} and ${hash} signs what ssh-keygen verifies, and verifies what it signs`, () => {
    for (const program of [OURS, THEIRS]) {
      rmSync(at('letter.sig'), { force: true });
      const said = run(program, ['-Y', 'sign', '-f', key, '-n', 'git', '-O', `hashalg=${hash}`, 'letter']);
      assert.deepEqual([said.status, said.stdout], [0, ''], said.stderr);
      const check = same('-Y check-novalidate -n git -s letter.sig -O print-pubkey', 'hello\n');
      assert.match(check.stdout, /^Good "git" signature with /);
      same('-Y check-novalidate -n git -s letter.sig', 'other\n');
    }
    for (const who of ['alice@x', 'bob@y', 'carol', 'alice', 'old', 'nobody'])
      same(`-Y verify -f allowed -I ${who} -n git -s letter.sig`, 'hello\n');
    same('-Y find-principals -f allowed -s letter.sig');
  });

test('qssh-keygen -Y verify refuses as ssh-keygen does', () => {
  rmSync(at('letter.sig'), { force: true });
  assert.equal(run(OURS, words('-q -Y sign -f a -n file letter')).status, 0);
  const verify = '-Y verify -s letter.sig';
  assert.equal(same(`${verify} -f allowed -I alice@x -n file`, 'hello\n').status, 0);
  for (const line of [
    `${verify} -f allowed -I alice@x -n git`,
    `${verify} -f allowed -I nobody -n file`,
    `${verify} -q -f allowed -I nobody -n file`,
    `${verify} -f none-allowed -I alice@x -n file`,
    `${verify} -f missing -I alice@x -n file`,
    `${verify} -r a.pub -f allowed -I alice@x -n file`,
    '-Y verify -s letter -f allowed -I alice@x -n file',
    '-Y verify -s missing -f allowed -I alice@x -n file',
  ])
    assert.equal(same(line, 'hello\n').status, 255);
  assert.equal(same(`${verify} -f allowed -I carol -n git -O verify-time=20190101Z`, 'hello\n').status, 255);
  for (const line of [
    '-Y sign -f a letter',
    '-Y sign -n file letter',
    '-Y verify -n file',
    '-Y verify -n file -s letter.sig -f allowed',
    '-Y find-principals -f allowed',
    '-Y match-principals -f allowed',
    '-Y bogus',
  ])
    assert.equal(same(line).status, 1);
});

test('qssh-keygen -Y match-principals and find-principals print what ssh-keygen does', () => {
  for (const who of ['bob@y', 'carol', 'alice@x']) same(`-Y match-principals -f allowed -I ${who}`);
  assert.equal(same('-Y match-principals -f none-allowed -I x').status, 210);
  assert.equal(same('-Y find-principals -f none-allowed -s letter.sig').status, 255);
});

test('qssh-keygen -Y sign signs standard input, by the agent, and replaces only after a yes', () => {
  execFileSync('ssh-add', ['-q', at('rsa')], { env: { ...process.env, ...environment } });
  writeFileSync(at('alone.pub'), text('rsa.pub'));
  const said = run(OURS, words('-Y sign -f alone.pub -n file'), 'hello\n');
  writeFileSync(at('alone.sig'), said.stdout);
  assert.equal(same('-Y check-novalidate -n file -s alone.sig', 'hello\n').status, 0);
  assert.equal(existsSync(at('alone')), false);
  for (const name of ['not-held', 'not-held.pub']) {
    writeFileSync(at(name), text('ca.pub'), { mode: 0o600 });
    for (const line of [`-Y sign -U -f ${name} -n file`, `-Y sign -f ${name} -n file`])
      assert.deepEqual(run(OURS, words(line), 'hello\n'), {
        status: 255,
        stdout: '',
        stderr: `No private key found for public key "${name}"\n`,
      });
    rmSync(at(name));
  }
  writeFileSync(at('letter.sig'), 'old');
  same('-Y sign -f a -n file letter', 'n\n');
  assert.equal(text('letter.sig'), 'old');
  assert.equal(run(OURS, words('-Y sign -f a -n file letter'), 'y\n').status, 0);
  assert.notEqual(text('letter.sig'), 'old');
  for (const line of [
    '-Y sign -f missing -n x letter',
    '-Y sign -f a -n x missing',
    '-Y sign -f a -n x -O z=1 letter',
  ])
    assert.equal(same(line).status, 255);
});

test('qssh-keygen -k and -Q make and read lists of revoked keys as ssh-keygen does', () => {
  const hash = execFileSync(THEIRS, ['-lf', at('rsa.pub')], { encoding: 'utf8' }).split(' ')[1];
  writeFileSync(
    at('specification'),
    `serial: 1\nserial: 5-9\nid: some id\nsha1: ${text('ca.pub')}hash: ${hash}\n# comment\n`,
  );
  const undated = (stdout: string): string => stdout.replace(/Generated at \S+/, '');
  for (const program of [OURS, THEIRS]) {
    rmSync(at('krl'), { force: true });
    const made = run(program, words('-k -f krl -s ca.pub -z 9 specification'));
    assert.deepEqual([made.status, made.stdout], [0, 'Revoking from specification\n'], made.stderr);
    assert.equal(same('-Q -f krl a.pub').status, 0);
    assert.equal(same('-Q -lf krl a-cert.pub a.pub rsa.pub ca.pub').status, 1);
    assert.equal(run(program, words('-k -q -u -f krl a.pub')).status, 0);
    const shown = [OURS, THEIRS].map((one) => undated(run(one, words('-Q -lf krl a.pub')).stdout));
    assert.equal(shown[0], shown[1]);
  }
  for (const line of [
    '-k a.pub',
    '-Q a.pub',
    '-k -u -f missing a.pub',
    '-k -f new missing',
    '-k -f new -z q a.pub',
    '-Q -f missing a.pub',
    '-Q -f krl missing',
    '-Q -f letter a.pub',
  ])
    assert.equal(same(line).status, 255, line);
  assert.equal(run(OURS, words('-k -f new specification')).status, 255);
  assert.equal(existsSync(at('new')), false);
});
