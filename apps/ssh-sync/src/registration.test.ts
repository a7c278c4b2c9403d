import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { UsageError } from '@orrery/terminal';
import { readToken } from './registration.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-token-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function tokenIn(content: string): string | undefined {
  const file = join(folder, 'token');
  writeFileSync(file, content);
  return readToken({ registrationTokenFile: file });
}

test('readToken takes the one line of the file', () => {
  assert.equal(readToken({}), undefined);
  assert.equal(tokenIn('correct horse\n'), 'correct horse');
  assert.equal(tokenIn(' x \r\n'), 'x');
});

test('readToken refuses what is no token, and never shows it', () => {
  for (const content of ['', '\n', ' \n'])
    assert.throws(() => tokenIn(content), {
      message: `Cannot use --registration-token-file "${folder}/token": it is empty`,
      hint: 'write the token into it that the operator of the server gave you, in one line',
    });
  for (const content of ['two\nlines\n', 'Schlüssel', 'a\0b', 'x'.repeat(4097)])
    assert.throws(() => tokenIn(content), {
      name: 'UsageError',
      message: `Cannot use --registration-token-file "${folder}/token": one line with the token of the server expected`,
    });
  assert.throws(() => readToken({ registrationTokenFile: join(folder, 'none') }), UsageError);
});
