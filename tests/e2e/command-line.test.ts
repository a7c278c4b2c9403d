import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commands } from '../../apps/ssh-sync/src/commands.ts';
import { look, lookAtState } from '../attack/stage/folder.ts';
import { makeKey } from './stage/ssh-key.ts';
import { linesOf, runs, Stage, tells } from './stage/stage.ts';

const stage = await Stage.build();

const UNREAD = 'ssh-sync: cannot read the command line:';
const HELP = 'hint: ssh-sync help COMMAND tells what it takes';

describe('ssh-sync and a command line that it cannot use', () => {
  it('exits with 2 and names the word or the flag', async () => {
    const machine = stage.stranger('laptop');
    for (const [line, ...expected] of [
      ['synk', `${UNREAD} unknown command "synk"`, 'hint: Did you mean sync?'],
      ['sync --dryrun', `${UNREAD} unknown option "--dryrun"`, 'hint: Did you mean --dry-run?'],
      ['status --dry-run', `${UNREAD} unknown option "--dry-run"`, HELP],
      ['sync --path', `${UNREAD} option "--path <dir>" argument missing`, HELP],
      ['undo a b', `${UNREAD} too many arguments for "undo". Expected 1 argument but got 2`, HELP],
      ['sync now', `${UNREAD} too many arguments for "sync". Expected 0 arguments but got 1`, HELP],
    ] as const)
      tells(await runs(machine, line.split(' '), 2), ...expected);
  });

  it('makes that an event with --json', async () => {
    const { out, err } = await runs(stage.stranger('laptop'), ['sync', '--all', '--json'], 2);
    assert.equal(err, '');
    assert.deepEqual(JSON.parse(out), {
      event: 'error',
      message: 'cannot read the command line: unknown option "--all"',
      hint: 'ssh-sync help COMMAND tells what it takes',
      code: 2,
    });
  });

  it('explains each command on standard output if asked to', async () => {
    const machine = stage.stranger('laptop');
    for (const words of [['--help'], ['help', 'sync'], ['sync', '--help'], ['--version']]) {
      const { out, err } = await runs(machine, words);
      assert.equal(err, '');
      assert.match(out, /^(Usage: ssh-sync |\d+\.\d+\.\d+\n$)/);
    }
    const { out } = await runs(machine, ['--help']);
    for (const { name } of commands) assert.match(out, new RegExp(`^ {2}${name} `, 'm'));
  });
});

describe('ssh-sync without a terminal', () => {
  /** What is asked, by command line, and the flag that answers. */
  const QUESTIONS = [
    ['challenge-response', 'The six words that the other machine shows', 'the six words behind the command'],
    ['upload', '"both" differs here and on the server: what shall be done?', '--on-conflict overwrite|skip'],
    ['remove-machine', 'Which machine?', 'NAME'],
    ['remove-machine laptop', 'Remove "laptop" for good, and change the key?', '--yes'],
    ['rotate-master-key', 'Encrypt everything under a new key?', '--yes'],
  ] as const;

  it('exits with 2 where an answer is missing, names the flag, and has changed nothing', async () => {
    const [laptop, desktop] = await stage.pair({ both: '1' });
    laptop.write('both', 'laptop');
    await runs(laptop, ['sync']);
    desktop.write('both', 'desktop');
    // Takes the news over, which every command does.
    await runs(desktop, ['upload', '--on-conflict', 'skip']);
    const before = [look(desktop.ssh), lookAtState(desktop.state)];
    for (const [line, question, flag] of QUESTIONS) {
      const { out, err } = await runs(desktop, line.split(' '), 2);
      assert.equal(out, '');
      assert.deepEqual(linesOf(err).slice(-2), [
        `ssh-sync: cannot ask "${question}": there is no terminal`,
        `hint: answer with ${flag}`,
      ]);
      const inJson = await runs(desktop, [...line.split(' '), '--json'], 2);
      const { event, message, hint, code } = JSON.parse(linesOf(inJson.out).at(-1) ?? '') as Record<
        string,
        unknown
      >;
      assert.deepEqual(
        [event, message, hint, code, inJson.err],
        [
          'error',
          `cannot ask "${question}": there are no questions with --json`,
          `answer with ${flag}`,
          2,
          '',
        ],
      );
    }
    assert.deepEqual([look(desktop.ssh), lookAtState(desktop.state)], before);
  });

  it('asks for every answer that setup needs', async () => {
    const machine = stage.stranger('laptop');
    const { url } = stage.server;
    for (const [words, question, flag] of [
      [[], 'URL of the server', '--server URL'],
      [['--server', url], 'Name of the account', '--username NAME'],
    ] as const)
      tells(
        await runs(machine, ['setup', ...words], 2),
        `ssh-sync: cannot ask "${question}": there is no terminal`,
        `hint: answer with ${flag}`,
      );
    await runs(machine, ['setup', '--server', url, '--username', 'flags']);
  });
});

describe('ssh-sync --json', () => {
  it('is JSON lines alone, on standard output, whatever a command does', async () => {
    const [laptop, desktop] = await stage.pair({ note: '1' });
    makeKey(laptop, 'id_ed25519');
    const phrase = ['abacus', 'abdomen', 'abdominal', 'abide', 'abiding', 'ability'];
    for (const [machine, line, code, last] of [
      [laptop, 'sync', 0, 'sync'],
      [desktop, 'download', 0, 'download'],
      [desktop, 'upload', 0, 'upload'],
      [desktop, 'undo --yes', 0, 'undone'],
      [desktop, 'undo --list', 0, 'snapshots'],
      [laptop, 'rotate-master-key --yes', 0, 'rotated'],
      [laptop, 'migrate --yes', 0, 'migrated'],
      [laptop, `challenge-response --yes ${phrase.join(' ')}`, 1, 'error'],
      [laptop, 'remove-machine desktop --yes', 0, 'rekeyed'],
      [desktop, 'sync', 1, 'error'],
      [desktop, 'reset --yes', 0, 'reset'],
      [laptop, 'setup --server http://127.0.0.1:1 --username other', 1, 'error'],
    ] as const) {
      const { out, err } = await runs(machine, [...line.split(' '), '--json'], code);
      const events = linesOf(out).map((text) => JSON.parse(text) as Readonly<Record<string, unknown>>);
      assert.ok(
        events.every(({ event }) => typeof event === 'string'),
        out,
      );
      assert.equal(events.at(-1)?.['event'], last, line);
      assert.equal(err, '', line);
    }
  });
});
