import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { makePairWith } from '../../testing/machine.ts';
import type { Preview } from './preview.ts';

function shown({ name, where, before, after, secret }: Preview): readonly unknown[] {
  const text = (bytes: Uint8Array | undefined): string | undefined =>
    bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  return [name, where, text(before), text(after), secret];
}

describe('previewChanges', () => {
  it('has what each change would replace, here and on the server, and by what', async () => {
    const [laptop, desktop] = await makePairWith({ config: 'Host a\n', mine: '1', theirs: '1', gone: '1' });
    laptop.write('config', 'Host a\nHost b\n');
    laptop.write('theirs', '2');
    laptop.write('new', 'n');
    laptop.remove('gone');
    await laptop.sync();
    desktop.write('config', 'Host c\nHost a\n');
    desktop.write('mine', '2');
    const previews: Preview[] = [];
    await desktop.sync({ dryRun: true }, { preview: (changes) => void previews.push(...changes) });
    assert.deepEqual(previews.map(shown), [
      ['config', 'here', 'Host c\nHost a\n', 'Host c\nHost a\nHost b\n', false],
      ['config', 'server', 'Host a\nHost b\n', 'Host c\nHost a\nHost b\n', false],
      ['gone', 'here', '1', undefined, false],
      ['mine', 'server', '1', '2', false],
      ['new', 'here', undefined, 'n', false],
      ['theirs', 'here', '1', '2', false],
    ]);
  });

  it('marks private keys, on either side of a change', async () => {
    const [laptop, desktop] = await makePairWith({ id: 'no key', other: '' });
    laptop.remove('id');
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', laptop.path('id')]);
    await laptop.sync();
    const previews: Preview[] = [];
    await desktop.sync({}, { preview: (changes) => void previews.push(...changes) });
    assert.deepEqual(
      previews.map(({ name, secret }) => [name, secret]),
      [
        ['id', true],
        ['id.pub', false],
      ],
    );
    laptop.write('id', 'no key again');
    await laptop.sync();
    previews.length = 0;
    await desktop.sync({ dryRun: true }, { preview: (changes) => void previews.push(...changes) });
    assert.deepEqual(
      previews.map(({ secret }) => secret),
      [true],
    );
  });
});
