import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PendingLine, Preview } from '@orrery/vault';
import { differences } from './differences.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function preview(before: string | undefined, after: string | undefined): Preview {
  const [old, next] = [before, after].map((text) => (text === undefined ? undefined : bytes(text)));
  return { name: 'config', where: 'here', before: old, after: next, secret: false };
}

const forward: PendingLine = {
  name: 'config',
  where: 'Host a',
  line: '\tForwardAgent yes',
  change: 'added',
  reason: 'lets the host use your keys',
  id: '',
};

test('differences shows lines alone, and none behind the last line break', () => {
  assert.deepEqual(differences(preview(undefined, 'a\nb\n'), []), [
    'config (here): is new',
    '  + a',
    '  + b',
  ]);
  assert.deepEqual(differences(preview('a\nb\n', 'a\n\nc\n'), []), [
    'config (here): changes',
    '  - b',
    '  + ',
    '  + c',
  ]);
  assert.deepEqual(differences(preview('a\n', undefined), []), ['config (here): is deleted', '  - a']);
});

test('differences marks the lines that wait for consent, of this file and this direction alone', () => {
  const change = preview('Host a\n', 'Host a\n\tForwardAgent yes\n\tPort 2\n');
  assert.deepEqual(differences(change, [forward]), [
    'config (here, waits for your consent): changes',
    '  + \tForwardAgent yes  (needs your consent: lets the host use your keys)',
    '  + \tPort 2',
  ]);
  assert.deepEqual(differences({ ...change, name: 'other' }, [forward])[0], 'other (here): changes');
  assert.deepEqual(
    differences({ ...change, where: 'server' }, [forward])[0],
    'config (on the server): changes',
  );
});
