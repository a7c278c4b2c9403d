import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder } from './stage/folder.ts';
import { OURS, type Said, THEIRS, keygen } from './stage/keygen.ts';

const folder = makeFolder();
const at = (name: string): string => join(folder, name);
const text = (name: string): string => readFileSync(at(name), 'utf8');

for (const name of ['a', 'b'])
  execFileSync(THEIRS, ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', at(name)]);
const [a, b] = [text('a.pub'), text('b.pub')];
const whole = `host-a,Host-B ${a}# a comment\n[h]:2222 ${b}*.x ${b}@cert-authority *.ca ${a}\n@revoked host-a ${b}host-c ${b}`;
const broken = `${whole}junk\n`;

/** What a program says of a file, and what it leaves of it. Salts are random. */
function run(
  program: string,
  words: readonly string[],
  file: string,
): Said & { readonly files: readonly string[] } {
  rmSync(at('hosts.old'), { force: true });
  writeFileSync(at('hosts'), file, { mode: 0o640 });
  const said = keygen(program, folder, [...words, '-f', 'hosts']);
  const files = ['hosts', 'hosts.old'].filter((name) => existsSync(at(name))).map(text);
  const unsalted = (one: string): string => one.replaceAll(/\|1\|\S+/g, 'HASH');
  return { ...said, stdout: unsalted(said.stdout), files: files.map(unsalted) };
}

for (const words of [
  ['-F', 'host-a'],
  ['-q', '-F', 'host-b'],
  ['-F', '[h]:2222', '-l'],
  ['-F', 'host-c', '-lv'],
  ['-H', '-F', 'host-b'],
  ['-F', 'q.x'],
  ['-F', 'q.ca'],
  ['-F', 'none'],
  ['-R', 'host-a'],
  ['-q', '-R', 'host-c'],
  ['-R', 'none'],
  ['-H'],
])
  test(`qssh-keygen ${words.join(' ')} prints and leaves what ssh-keygen does`, () => {
    for (const file of [whole, broken]) {
      const [said, like] = [run(OURS, words, file), run(THEIRS, words, file)];
      assert.deepEqual(
        [said.status, said.stdout, said.files],
        [like.status, like.stdout, like.files],
        said.stderr,
      );
    }
  });

test('qssh-keygen -H hashes names that ssh-keygen finds, and -R takes away what it hashed', () => {
  writeFileSync(at('hosts'), whole, { mode: 0o640 });
  assert.equal(keygen(OURS, folder, ['-H', '-f', 'hosts']).status, 0);
  assert.equal(statSync(at('hosts')).mode & 0o777, 0o640);
  assert.equal(text('hosts.old'), whole);
  for (const host of ['host-a', 'host-b', '[h]:2222', 'host-c'])
    assert.equal(keygen(THEIRS, folder, ['-F', host, '-f', 'hosts']).status, 0, host);
  assert.equal(keygen(THEIRS, folder, ['-q', '-H', '-f', 'hosts']).status, 0);
  assert.equal(keygen(OURS, folder, ['-R', 'host-b', '-f', 'hosts']).status, 0);
  assert.equal(keygen(OURS, folder, ['-F', 'host-b', '-f', 'hosts']).status, 1);
  const said = keygen(OURS, folder, ['-F', 'x', '-f', 'none']);
  assert.deepEqual([said.status, said.stderr], [255, 'Cannot stat none: No such file or directory\n']);
});

test('qssh-keygen without -f looks at the known_hosts of OpenSSH and at that of qssh', () => {
  const [usual, own] = [at('.ssh/known_hosts'), at('.qssh/known_hosts')];
  const say = (...words: readonly string[]): readonly unknown[] => {
    const { status, stdout, stderr } = keygen(OURS, folder, words);
    return [status, stdout, stderr];
  };
  assert.deepEqual(say('-F', 'h'), [255, '', `Cannot stat ${usual}: No such file or directory\n`]);
  for (const name of ['.ssh', '.qssh']) mkdirSync(at(name));
  writeFileSync(usual, `h ${a}`);
  assert.deepEqual(say('-F', 'h'), [0, `# Host h found: line 1 \nh ${a}`, '']);
  assert.deepEqual(say('-F', 'k'), [1, '', '']);
  writeFileSync(own, `k ${b}h ${b}`);
  const found = `# Host h found: line 2 of ${own} \nh ${b}`;
  assert.deepEqual(say('-F', 'h'), [0, `# Host h found: line 1 \nh ${a}${found}`, '']);
  assert.equal(say('-F', 'k')[0], 0);
  assert.equal(say('-F', 'none')[0], 1);
  const updated = (path: string): string => `${path} updated.\nOriginal contents retained as ${path}.old\n`;
  assert.deepEqual(say('-R', 'k'), [
    0,
    `# Host k found: line 1 of ${own}\n${updated(own)}`,
    `Host k not found in ${usual}\n`,
  ]);
  assert.equal(say('-H')[0], 0);
  for (const path of [usual, own])
    assert.match(readFileSync(path, 'utf8'), /^\|1\|\S+ ssh-ed25519 \S+ [ab]\n$/);
  assert.deepEqual(say('-R', 'h'), [
    0,
    `# Host h found: line 1\n${updated(usual)}# Host h found: line 1 of ${own}\n${updated(own)}`,
    '',
  ]);
  assert.deepEqual([readFileSync(usual, 'utf8'), readFileSync(own, 'utf8')], ['', '']);
  rmSync(usual);
  writeFileSync(own, `h ${b}`);
  assert.equal(say('-q', '-R', 'h')[0], 0);
  assert.equal(readFileSync(own, 'utf8'), '');
});
