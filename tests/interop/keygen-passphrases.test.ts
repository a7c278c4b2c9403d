// What qssh-keygen asks at a terminal is what ssh-keygen asks, and each opens what the other has written.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Ended, Screen } from '../e2e/stage/screen.ts';
import { makeFolder } from './stage/folder.ts';
import { OURS, THEIRS, keygen } from './stage/keygen.ts';

const folder = makeFolder();
const at = (name: string): string => join(folder, name);
const text = (name: string): string => readFileSync(at(name), 'utf8');

/** A program, and its file, which the other one reads afterwards. */
interface Side {
  readonly program: string;
  readonly other: string;
  readonly file: string;
}

const sides: readonly [Side, Side] = [
  { program: OURS, other: THEIRS, file: 'ours' },
  { program: THEIRS, other: OURS, file: 'theirs' },
];

/** What the terminal shows, with the one name for both files; nothing of it is a passphrase. */
async function asked(
  { program, file }: Side,
  words: readonly string[],
  ...steps: readonly (readonly [RegExp, string])[]
): Promise<Ended> {
  const call = JSON.stringify([program, [...words, '-f', file]]).slice(1, -1);
  const options = `{ stdio: 'inherit', cwd: ${JSON.stringify(folder)} }`;
  const script = `process.exitCode = require('child_process').spawnSync(${call}, ${options}).status`;
  const typed = steps.map(([prompt, answer]) => [prompt, `${answer}\r`] as const);
  const ended = await new Screen({ home: folder }, [script], '-e').answer(...typed);
  assert.equal(ended.restored, true);
  for (const [, answer] of steps) assert.equal(ended.text.includes(answer), false);
  return { ...ended, text: ended.text.replaceAll(file, 'FILE').replaceAll('\r', '') };
}

/** The public key of a file, as a program opens it with a passphrase; empty if it does not. */
function opened(program: string, file: string, passphrase: string): string {
  return keygen(program, folder, ['-y', '-P', passphrase, '-f', file]).stdout;
}

const NEW = /Enter passphrase \(empty for no passphrase\): $/;
const CHANGED = /Enter new passphrase \(empty for no passphrase\): $/;
const AGAIN = /Enter same passphrase again: $/;
const OLD = /Enter old passphrase: $/;

/** Does the same with both; the terminals show the same. */
async function alike(act: (side: Side) => Promise<Ended>): Promise<Ended> {
  const [ours, theirs] = [await act(sides[0]), await act(sides[1])];
  assert.deepEqual(ours, theirs);
  return ours;
}

test('qssh-keygen asks for a new passphrase twice, and once more if they differ', async () => {
  const made = await alike((side) =>
    asked(
      side,
      ['-q', '-t', 'ed25519', '-a', '4', '-C', 'me'],
      [NEW, 'first-word'],
      [AGAIN, 'other-word'],
      [NEW, 'secret-word'],
      [AGAIN, 'secret-word'],
    ),
  );
  assert.equal(made.code, 0);
  assert.match(made.text, /^Passphrases do not match\. {2}Try again\.$/m);
  for (const { other, file } of sides) {
    assert.equal(opened(other, file, 'secret-word'), text(`${file}.pub`));
    assert.equal(opened(other, file, 'first-word'), '');
  }
});

test('qssh-keygen -p refuses a wrong old passphrase and leaves the file as it is', async () => {
  const before = sides.map(({ file }) => text(file));
  const refused = await alike((side) => asked(side, ['-p'], [OLD, 'wrong-word']));
  assert.equal(refused.code, 255);
  assert.match(
    refused.text,
    /^Failed to load key FILE: incorrect passphrase supplied to decrypt private key$/m,
  );
  assert.deepEqual(
    sides.map(({ file }) => text(file)),
    before,
  );
});

test('qssh-keygen -p changes a passphrase that is known', async () => {
  const changed = await alike((side) =>
    asked(side, ['-p', '-a', '4'], [OLD, 'secret-word'], [CHANGED, 'better-word'], [AGAIN, 'better-word']),
  );
  assert.equal(changed.code, 0);
  for (const { other, file } of sides) {
    assert.equal(opened(other, file, 'better-word'), text(`${file}.pub`));
    assert.equal(opened(other, file, 'secret-word'), '');
  }
});

test('qssh-keygen makes no file when the question for a passphrase is broken off', async () => {
  const ended = await alike((side) =>
    asked({ ...side, file: `${side.file}-none` }, ['-q', '-t', 'ed25519'], [NEW, '\x03']),
  );
  assert.equal(existsSync(at('ours-none')), false);
  assert.equal(ended.code, 130);
});
