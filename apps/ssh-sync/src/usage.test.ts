import { CommanderError } from 'commander';
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { makeProgram } from './program.ts';
import { usageErrorOf } from './usage.ts';

/** What a person would read. */
async function said(...argv: readonly string[]): Promise<string | undefined> {
  const program = makeProgram(argv, () => undefined);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (cause) {
    assert.ok(cause instanceof CommanderError);
    const error = usageErrorOf(cause);
    return error === undefined ? undefined : `${error.message}; ${error.hint}`;
  }
  throw new Error('The command line was read');
}

test('usageErrorOf says what is wrong and what may be meant', async () => {
  const wrong = 'Cannot read the command line:';
  const help = 'ssh-sync help COMMAND tells what it takes';
  assert.equal(await said('synk'), `${wrong} unknown command "synk"; Did you mean sync?`);
  assert.equal(await said('sync', '--jsn'), `${wrong} unknown option "--jsn"; Did you mean --json?`);
  assert.equal(await said('sync', '--path'), `${wrong} option "--path <dir>" argument missing; ${help}`);
  assert.equal(
    await said('undo', 'a', 'b'),
    `${wrong} too many arguments for "undo". Expected 1 argument but got 2; ${help}`,
  );
});
