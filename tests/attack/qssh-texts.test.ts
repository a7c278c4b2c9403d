// A server whose texts would act on the terminal of whoever logs in, or say something in the client's name.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { ours, runWords } from '../interop/stage/sftp.ts';
import { naivelyTold, rudenesses, startRude, UGLY, type Rudeness } from './stage/rude-server.ts';

const qssh = join(import.meta.dirname, '../../bin/qssh');
let folder = '';

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'qssh-texts-'));
  writeFileSync(join(folder, 'ask'), `#!/bin/sh\nprintf '%s\\n' "$1" >> ${folder}/asked\necho answer\n`);
  chmodSync(join(folder, 'ask'), 0o700);
});

after(() => rmSync(folder, { recursive: true }));

/** Everything that a person sees of a login. */
async function seen(rudeness: Rudeness): Promise<string> {
  const { port, server } = await startRude(rudeness);
  const options = ['UserKnownHostsFile=/dev/null', 'StrictHostKeyChecking=no', 'PubkeyAuthentication=no'];
  const words = [
    '-vvv',
    '-F',
    'none',
    '-p',
    String(port),
    ...options.flatMap((option) => ['-o', option]),
    'user@127.0.0.1',
    'true',
  ];
  const child = spawn(qssh, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, HOME: folder, SSH_ASKPASS: join(folder, 'ask'), SSH_ASKPASS_REQUIRE: 'force' },
  });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  server.close();
  return output + errors;
}

/** Characters that do something else than being seen, beside the ends of lines. */
const ACTS = /[^\P{C}\n\t]/u;

/** Lines that begin as if the client had said them. */
const FORGED = /^forged/m;

/** What people are to read has lines of its own. */
const multiline: readonly Rudeness[] = ['banner', 'questions', 'change of password'];

describe('what a server says', () => {
  it('acts on the terminal, and speaks for a naive client', () => {
    assert.match(naivelyTold(), ACTS);
    assert.match(naivelyTold(), FORGED);
  });

  for (const rudeness of rudenesses)
    it(`is shown escaped by qssh: ${rudeness}`, async () => {
      const shown = await seen(rudeness);
      assert.notEqual(shown, '');
      assert.doesNotMatch(shown, ACTS);
      if (!multiline.includes(rudeness)) assert.doesNotMatch(shown, FORGED);
    });

  it('is escaped in questions, too', () => {
    const asked = readFileSync(join(folder, 'asked'), 'utf8');
    assert.ok(asked.includes(String.raw`\x1b[2J\x1b]0;owned\x07\x9b2J`));
    assert.doesNotMatch(asked, ACTS);
  });
});

describe('what a server of files says', () => {
  const server = `${process.execPath} ${join(import.meta.dirname, 'stage/rude-sftp.ts')}`;

  it('is shown escaped by qsftp, whatever it is asked for', async () => {
    const lines = [
      'pwd',
      'cd x',
      'ls',
      'ls -l',
      'ls -la /',
      'ls *',
      'get x',
      'get -r x y',
      'put /etc/hostname',
      'rm x',
      'rmdir x',
      'mkdir x',
      'rename a b',
      'symlink a b',
      'ln a b',
      'chmod 600 x',
      'df -h',
      'stat x',
      `rm ${UGLY.replaceAll(/[\n\r]/g, '')}`,
      'help',
    ];
    const { stdout, stderr } = await runWords(
      [...ours('qsftp'), '-v', '-b', '-', '-D', server],
      lines.map((line) => `-${line}\n`).join(''),
      folder,
    );
    const told = Buffer.from(stdout + stderr, 'latin1').toString();
    assert.ok(told.includes(String.raw`\x1b[2J`));
    assert.doesNotMatch(told, ACTS);
    assert.doesNotMatch(told, FORGED);
  });

  it('is shown escaped by qscp', async () => {
    for (const words of [
      ['-r', 'h:x', 'copy'],
      ['h:*', 'copies'],
      ['/etc/hostname', 'h:y'],
    ]) {
      const { stdout, stderr } = await runWords([...ours('qscp'), '-v', '-D', server, ...words], '', folder);
      const told = Buffer.from(stdout + stderr, 'latin1').toString();
      assert.notEqual(told, '');
      assert.doesNotMatch(told, ACTS);
      assert.doesNotMatch(told, FORGED);
    }
  });
});
