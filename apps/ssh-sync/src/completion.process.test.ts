import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { commands } from './commands.ts';
import { completions } from './completion.ts';
import { makeProgram } from './program.ts';

const program = join(import.meta.dirname, '../../../bin/ssh-sync');

function completion(...words: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [program, 'completion', ...words], { encoding: 'utf8' });
}

/** What bash offers for the last of these words. */
function offered(...words: readonly string[]): readonly string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const script = [
    ...(completions['bash']?.() ?? []),
    `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _ssh_sync`,
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join('\n');
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
  return stdout.split('\n').filter((line) => line !== '');
}

test('in bash, completion offers commands, the flags of the command, and what a flag can be', () => {
  assert.deepEqual(offered('ssh-sync', 'ro'), ['rotate-master-key']);
  assert.deepEqual(offered('ssh-sync', 'help', 'st'), ['status']);
  assert.deepEqual(offered('ssh-sync', 'sync', '--re'), ['--restore-server']);
  assert.deepEqual(offered('ssh-sync', 'reset', '--re'), []);
  assert.deepEqual(offered('ssh-sync', 'upload', '--on-conflict', ''), ['overwrite', 'skip']);
  assert.deepEqual(offered('ssh-sync', 'download', '--on-conflict', 'd'), ['duplicate']);
  // Then bash offers paths.
  assert.deepEqual(offered('ssh-sync', 'sync', '--path', '--re'), []);
});

test('completion knows every command and flag for every shell, whatever their descriptions hold', () => {
  assert.deepEqual(Object.keys(completions), ['bash', 'zsh', 'fish']);
  for (const [shell, write] of Object.entries(completions)) {
    const lines = write();
    for (const { name } of commands) {
      const [command] = makeProgram([name], () => undefined).commands;
      for (const { long = '' } of command?.options ?? []) {
        const flag = shell === 'fish' ? `from ${name}'.* -l ${long.slice(2)} ` : `\\b${name}\\).*${long}\\b`;
        assert.ok(
          lines.some((line) => new RegExp(flag).test(line)),
          `${shell}: ${name} ${long}`,
        );
      }
    }
  }
  const own = "make this machine's files the new version";
  assert.ok(completions['zsh']?.().includes(`      'upload:${own.replace("'", `'\\''`)}'`));
  assert.ok(
    completions['fish']?.().some((line) => line.endsWith(`-a upload -d '${own.replace("'", "\\'")}'`)),
  );
});

test('ssh-sync completion writes the script alone, needs no account, and names the shells that it knows', () => {
  for (const [shell, write] of Object.entries(completions)) {
    const { status, stdout, stderr } = completion(shell);
    assert.deepEqual([status, stdout, stderr], [0, `${write().join('\n')}\n`, '']);
  }
  const { status, stderr } = completion('tcsh');
  assert.deepEqual([status, stderr], [2, 'ssh-sync: cannot complete for "tcsh": bash, zsh, fish expected\n']);
});
