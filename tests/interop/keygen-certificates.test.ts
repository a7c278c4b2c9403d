import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startAgent } from './stage/agents.ts';
import { makeFolder } from './stage/folder.ts';
import { OURS, type Said, THEIRS, keygen } from './stage/keygen.ts';

const folder = makeFolder();
const at = (name: string): string => join(folder, name);
const agent = await startAgent('ssh-agent', at('agent'));
const environment = { SSH_AUTH_SOCK: agent.socket };
const run = (program: string, words: readonly string[], input = ''): Said =>
  keygen(program, folder, words, input, environment);

for (const [name = '', ...words] of [
  ['ca', '-t', 'ed25519'],
  ['rsa', '-t', 'rsa', '-b', '2048'],
  ['a', '-t', 'ed25519'],
  ['b', '-t', 'ecdsa'],
])
  execFileSync(THEIRS, ['-q', '-N', '', '-C', name, '-f', at(name), ...words]);

/** Everything in a certificate that both programs see; both must say the same of it. */
function shown(name: string): string {
  const [said, like] = [run(OURS, ['-L', '-f', name]), run(THEIRS, ['-L', '-f', name])];
  assert.deepEqual([said.status, said.stdout], [like.status, like.stdout], said.stderr);
  return like.stdout;
}

for (const words of [
  ['-s', 'ca', '-I', 'plain'],
  ['-s', 'rsa', '-I', 'rsa', '-n', 'u1,u2', '-z', '5'],
  ['-s', 'rsa', '-I', 'older', '-t', 'rsa-sha2-256'],
  ['-h', '-s', 'ca', '-I', 'host', '-n', 'h.example', '-V', '20200101:forever'],
  ['-s', 'ca', '-I', 'x', '-V', 'always:0x70000000', '-O', 'no-pty', '-O', 'no-touch-required'],
  ['-s', 'ca', '-I', 'x', '-V', '20200101:20300101', '-O', 'clear', '-O', 'permit-pty', '-z', '+7'],
  ['-s', 'ca', '-I', 'x', '-O', 'force-command=ls -l', '-O', 'source-address=10.0.0.0/8,::1'],
  ['-s', 'ca', '-I', 'x', '-O', 'verify-required', '-O', 'extension:e@x', '-O', 'critical:c@x=v'],
])
  test(`qssh-keygen ${words.join(' ')} certifies what ssh-keygen does`, () => {
    const shows = [THEIRS, OURS].map((program) => {
      const said = run(program, [...words, 'a.pub', 'b.pub']);
      assert.deepEqual([said.status, said.stdout], [0, ''], said.stderr);
      return {
        stderr: said.stderr.replaceAll('\r', ''),
        certificates: [shown('a-cert.pub'), shown('b-cert.pub')],
      };
    });
    assert.deepEqual(shows[1], shows[0]);
  });

test('qssh-keygen -U signs certificates by the agent', () => {
  execFileSync('ssh-add', ['-q', at('rsa')], { env: { ...process.env, ...environment } });
  assert.equal(run(OURS, ['-q', '-Us', 'rsa.pub', '-I', 'by agent', 'a.pub']).status, 0);
  assert.match(shown('a-cert.pub'), /\(using rsa-sha2-512\)\n\s*Key ID: "by agent"/);
  const missing = run(OURS, ['-Us', 'ca.pub', '-I', 'x', 'a.pub']);
  assert.deepEqual([missing.status, missing.stderr], [255, 'CA key ca.pub not found in agent\n']);
});

test('qssh-keygen -s refuses what no certificate can say, and writes none', () => {
  rmSync(at('a-cert.pub'), { force: true });
  for (const words of [
    ['-s', 'ca', 'a.pub'],
    ['-s', 'ca', '-I', 'x'],
    ['-s', 'none', '-I', 'x', 'a.pub'],
    ['-s', 'ca', '-I', 'x', 'none.pub'],
    ['-s', 'ca', '-I', 'x', '-O', 'bogus', 'a.pub'],
    ['-s', 'ca', '-I', 'x', '-O', 'force-command', 'a.pub'],
    ['-s', 'ca', '-I', 'x', '-O', 'source-address=10.0.0.1/8', 'a.pub'],
    ['-s', 'ca', '-I', 'x', '-V', 'bogus', 'a.pub'],
    ['-s', 'ca', '-I', 'x', '-V', '20300101:20200101', 'a.pub'],
    ['-s', 'ca', '-I', 'x', '-z', 'q', 'a.pub'],
    ['-s', 'ca', '-I', 'x', '-n', 'a,,b', 'a.pub'],
    ['-s', 'ca', '-I', 'x', '-n', '', 'a.pub'],
    ['-h', '-s', 'ca', '-I', 'x', '-n', '', 'a.pub'],
  ]) {
    const [said, like] = [run(OURS, words), run(THEIRS, words)];
    assert.deepEqual([said.status, said.stdout], [like.status, like.stdout], words.join(' '));
    assert.equal(existsSync(at('a-cert.pub')), false);
  }
  assert.equal(
    run(OURS, ['-s', 'ca', '-I', 'x', '-V', '20300101:20200101', 'a.pub']).stderr,
    'Empty certificate validity interval: 20300101:20200101 does not end after it begins\n',
  );
});

test('qssh-keygen -L reads certificates among other lines, and from standard input', () => {
  for (const name of ['a', 'b']) run(THEIRS, ['-q', '-s', 'ca', '-I', 'x', `${name}.pub`]);
  const text = ['a-cert.pub', 'a.pub', 'b-cert.pub'].map((name) => readFileSync(at(name), 'utf8')).join('');
  const [said, like] = [OURS, THEIRS].map((program) => run(program, ['-L', '-f', '-'], text));
  assert.deepEqual([said?.status, said?.stdout], [like?.status, like?.stdout]);
  for (const name of ['a.pub', 'none']) assert.equal(shown(name), '');
});
