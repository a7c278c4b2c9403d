import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
  assert.deepEqual(keygen(OURS, folder, ['-F', 'x', '-f', 'none']).status, 255);
});
