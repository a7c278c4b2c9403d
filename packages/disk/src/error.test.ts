import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ChangedError, DiskError, explain, shellWord } from './error.ts';

function errorOf(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return assert.fail('no error');
}

test('explain names what failed, the path and the reason, and keeps code and cause', () => {
  const cause = errorOf(() => readdirSync('/no/such'));
  const error = explain('list', '/no/such', cause);
  assert.ok(error instanceof DiskError);
  assert.equal(error.message, 'Cannot list "/no/such": no such file or directory');
  assert.deepEqual(
    [error.code, error.path, error.hint, error.cause],
    ['ENOENT', '/no/such', undefined, cause],
  );
});

test('explain leaves errors alone that say enough, and those of programming', () => {
  const known = new ChangedError('/file', 'gone');
  assert.equal(explain('write', '/file', known), known);
  const mistake = new TypeError('x');
  assert.equal(explain('write', '/file', mistake), mistake);
});

test('shellWord leaves plain paths readable', () => {
  assert.equal(shellWord('/home/a-b_c/.ssh'), '/home/a-b_c/.ssh');
  assert.equal(shellWord('/a b'), "'/a b'");
  assert.equal(shellWord(''), "''");
});

test('shellWord is one word of a shell, whatever the path', () => {
  const path = fc.string({
    unit: fc.constantFrom(...Array.from('aé鍵 \'"\\$`!*?~#&;|<>(){}[]%\n\t-=')),
    maxLength: 20,
  });
  const paths = fc.array(path, { minLength: 50, maxLength: 50 });
  fc.assert(
    fc.property(paths, (words) => {
      const script = `printf '%s\\0' ${words.map((word) => shellWord(word)).join(' ')}`;
      assert.deepEqual(
        execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1),
        words,
      );
    }),
    { numRuns: 4 },
  );
});
