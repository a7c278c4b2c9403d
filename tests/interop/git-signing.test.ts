// git signs and verifies commits by qssh-keygen as by ssh-keygen.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatPrivateKey, generatePrivateKey, parsePublicKeyBlob, printPublicKeyLine } from '@orrery/keys';
import { startAgent } from './stage/agents.ts';
import { makeFolder } from './stage/folder.ts';
import { OURS, THEIRS } from './stage/keygen.ts';

const folder = makeFolder();
const at = (name: string): string => join(folder, name);
const agent = await startAgent('qssh-agent', at('agent'));

/** In a repository of its own, with no settings of anybody. */
function git(
  program: string,
  words: readonly string[],
  input = '',
  more: Readonly<Record<string, string>> = {},
) {
  const settings = [
    'gpg.format=ssh',
    `gpg.ssh.program=${program}`,
    `gpg.ssh.allowedSignersFile=${at('allowed')}`,
  ];
  const { status, stdout, stderr } = spawnSync('git', [...settings.flatMap((one) => ['-c', one]), ...words], {
    cwd: at('repository'),
    encoding: 'utf8',
    input,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Alice',
      GIT_AUTHOR_EMAIL: 'alice@example.org',
      GIT_COMMITTER_NAME: 'Alice',
      GIT_COMMITTER_EMAIL: 'alice@example.org',
      ...more,
    },
  });
  return { status, stdout, stderr };
}

/** @returns the `.pub` line */
function makeKey(name: string, type: string): string {
  const key = generatePrivateKey(type, name);
  const line = printPublicKeyLine({ ...parsePublicKeyBlob(key.publicKey), comment: name });
  writeFileSync(at(name), formatPrivateKey(key), { mode: 0o600 });
  writeFileSync(at(`${name}.pub`), `${line}\n`);
  return line;
}

/** Signs an empty commit. */
function commit(program: string, key: string, more: Readonly<Record<string, string>> = {}): void {
  const words = ['-c', `user.signingKey=${key}`, 'commit', '-q', '-S', '--allow-empty', '-m', 'signed'];
  const { status, stderr } = git(program, words, '', more);
  assert.equal(status, 0, stderr);
}

const lines = {
  classic: makeKey('classic', 'ssh-ed25519'),
  composite: makeKey('composite', 'ssh-mldsa44-ed25519'),
  held: makeKey('held', 'ssh-ed25519'),
  stranger: makeKey('stranger', 'ssh-ed25519'),
};
writeFileSync(
  at('allowed'),
  ['classic', 'composite', 'held']
    .map((name) => `${name}@example.org namespaces="git" ${readFileSync(at(`${name}.pub`), 'utf8')}`)
    .join(''),
);
mkdirSync(at('repository'));
assert.equal(git(OURS, ['init', '-q']).status, 0);

const pairs = [
  ['classic', OURS, THEIRS],
  ['classic', THEIRS, OURS],
  ['composite', OURS, OURS],
] as const;
const name = (program: string): string => (program === OURS ? 'qssh-keygen' : 'ssh-keygen');
for (const [key, signer, verifier] of pairs)
  test(`a commit that git signs by ${name(signer)} with a ${key} key is verified by ${name(verifier)}`, () => {
    commit(signer, at(key));
    const verified = git(verifier, ['verify-commit', 'HEAD']);
    assert.equal(verified.status, 0, verified.stderr);
    assert.match(verified.stderr, new RegExp(`^Good "git" signature for ${key}@example.org with `));
    const shown = git(verifier, ['log', '-1', '--show-signature']);
    assert.match(shown.stdout, new RegExp(`^Good "git" signature for ${key}@example.org with `, 'm'));
  });

test('git refuses a changed commit, and one by a key that is not allowed, by qssh-keygen as by ssh-keygen', () => {
  commit(OURS, at('classic'));
  const changed = git(OURS, ['cat-file', 'commit', 'HEAD']).stdout.replace(/signed\n$/, 'forged\n');
  const forged = git(OURS, ['hash-object', '-t', 'commit', '-w', '--stdin'], changed).stdout.trim();
  commit(OURS, at('stranger'));
  for (const [what, said] of [
    [forged, /^Could not verify signature\.$/m],
    ['HEAD', /^No principal matched\.$/m],
  ] as const) {
    for (const program of [OURS, THEIRS]) {
      const { status, stderr } = git(program, ['verify-commit', what]);
      assert.equal(status, 1);
      assert.match(stderr, said);
    }
  }
});

test('git signs by qssh-keygen with a key that only qssh-agent has', () => {
  const environment = { SSH_AUTH_SOCK: agent.socket };
  const added = spawnSync('ssh-add', ['-q', at('held')], { env: { ...process.env, ...environment } });
  assert.equal(added.status, 0);
  renameSync(at('held'), at('elsewhere'));
  for (const key of [at('held.pub'), `key::${lines.held}`]) {
    commit(OURS, key, environment);
    assert.equal(git(THEIRS, ['log', '-1', '--format=%G? %GS']).stdout, 'G held@example.org\n');
    const refused = git(OURS, ['-c', `user.signingKey=${key}`, 'commit', '-qS', '--allow-empty', '-m', 'x']);
    assert.notEqual(refused.status, 0);
  }
});
