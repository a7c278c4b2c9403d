import assert from 'node:assert/strict';
import { test } from 'node:test';
import { has, readCommandLine, valueOf } from './command-line.ts';

test('readCommandLine makes keys unless a task is named', () => {
  const line = readCommandLine(['-qt', 'rsa', '-t', 'ed25519', '-N', '']);
  assert.deepEqual(
    [line.task, has(line, 'q'), has(line, 'v'), valueOf(line, 't'), valueOf(line, 'N')],
    ['make', true, false, 'ed25519', ''],
  );
  assert.equal(readCommandLine(['-A']).task, 'makeHostKeys');
  assert.equal(readCommandLine(['-r', 'host']).task, 'printSshfp');
  assert.equal(readCommandLine(['-Y', 'verify', '-r', 'list']).task, 'signature');
});

test('readCommandLine refuses options of ssh-keygen that are not here by name', () => {
  for (const letter of ['M', 'D', 'K', 'w', 'Z'])
    assert.throws(() => readCommandLine([`-${letter}`, 'x']), {
      name: 'OptionError',
      message: `option -${letter} of ssh-keygen is not available`,
    });
  assert.throws(() => readCommandLine(['-8']), { message: 'unknown option -- 8' });
  assert.throws(() => readCommandLine(['word']), { message: 'too many arguments' });
});
