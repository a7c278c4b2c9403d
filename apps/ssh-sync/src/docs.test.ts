import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { commands } from './commands.ts';
import { makeProgram } from './program.ts';

const root = join(import.meta.dirname, '../../..');
const ofOthers = ['docs/dependencies.md', 'docs/qssh.md', 'docs/qsshd.md'];
const pages = ['README.md', ...globSync('docs/*.md', { cwd: root })].filter(
  (page) => !ofOthers.includes(page),
);
const text = pages
  .flatMap((page) => readFileSync(join(root, page), 'utf8').split('\n'))
  .filter((line) => !line.startsWith('qssh'))
  .join('\n');

/** Every long flag that some command takes. */
const flags = new Set(
  commands.flatMap(({ name }) => {
    const [command] = makeProgram([name], () => undefined).commands;
    return command?.options.flatMap(({ long }) => long ?? []) ?? [];
  }),
);

test('the pages name every command and every flag of ssh-sync', () => {
  const missing = [...commands.map(({ name }) => name), ...flags].filter((word) => !text.includes(word));
  // `-v` is what people type.
  assert.deepEqual(missing, ['--verbose']);
});

test('the pages name no command and no flag that ssh-sync does not have', () => {
  const names = new Set(commands.map(({ name }) => name));
  for (const [, word = ''] of text.matchAll(/\bssh-sync ([a-z][a-z-]+)(?=[ `;)]|$)/gm))
    assert.ok(names.has(word) || PROSE.has(word), `ssh-sync ${word}`);
  for (const [flag] of text.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)) assert.ok(flags.has(flag), flag);
});

const PROSE = new Set(['does', 'help']);

test('docs/scripting.md lists the events that ssh-sync writes, and no others', () => {
  const sources = globSync('**/*.ts', { cwd: import.meta.dirname, exclude: ['**/*.test.ts'] });
  const code = sources.map((path) => readFileSync(join(import.meta.dirname, path), 'utf8')).join('\n');
  const written = [...code.matchAll(/\.(?:event|result)\(\s*(?:dryRun \? 'plan' : )?'(\w+)'/g)].map(
    ([, name = '']) => name,
  );
  const scripting = readFileSync(join(root, 'docs/scripting.md'), 'utf8');
  const events = scripting.slice(scripting.indexOf('## Events'), scripting.indexOf('### A report'));
  const rows = [...events.matchAll(/^\| (`\w+`(?:, `\w+`)*) /gm)].flatMap(([, row = '']) => row.split(', '));
  const elsewhere = ['diff', 'plan', 'sync', 'upload', 'download', 'error', 'warning'];
  assert.deepEqual(
    rows.map((name) => name.replaceAll('`', '')).toSorted(),
    [...new Set([...written, ...elsewhere])].toSorted(),
  );
});
