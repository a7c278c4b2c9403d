import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../testing/machine.ts';
import { readRules, type Rules } from './rules.ts';

const none: ReadonlySet<string> = new Set();

function rulesWith(ignore: string | Uint8Array, included: ReadonlySet<string> = none): Promise<Rules> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, '.ssh-sync-ignore'), ignore);
  return readRules(folder, included);
}

const table: readonly (readonly [name: string, reason: string | undefined])[] = [
  ['id_ed25519', undefined],
  ['id_ed25519.pub', undefined],
  ['config', undefined],
  ['known_hosts', undefined],
  ['.hidden', undefined],
  ['authorized_keys', 'says who may log in here'],
  ['authorized_keys2', 'says who may log in here'],
  ['Authorized_Keys', 'says who may log in here'],
  ['authorized_keys3', undefined],
  ['rc', 'runs or changes logins on this machine'],
  ['environment', 'runs or changes logins on this machine'],
  ['rcfile', undefined],
  ['config~', "an editor's backup"],
  ['.config.swp', "an editor's backup"],
  ['#config#', "an editor's backup"],
  ['.#config', "an editor's backup"],
  ['config.bak', "an editor's backup"],
  ['config.orig', "an editor's backup"],
  ['known_hosts.old', 'an old copy'],
  ['known_hosts.older', undefined],
  ['config.duplicate', 'a copy that a download saved beside'],
  ['config.duplicate12', 'a copy that a download saved beside'],
  ['config.duplicate.pub', undefined],
  ['.DS_Store', "a file browser's"],
  ['.ssh-sync-ignore', 'the rules of this machine'],
  ['.orrery-tmp-1-2-3', 'unfinished writing'],
  ['.ssh-\u017fync-ignore', 'the rules of this machine'],
  ['.SSH-SYNC-IGNORE', 'the rules of this machine'],
  ['authorized_\u212aeys', 'says who may log in here'],
  ['CONFIG.BAK', "an editor's backup"],
];

describe('readRules', () => {
  it('keeps by default what acts on this machine alone, and what programs leave behind', async () => {
    const rules = await readRules(temporaryFolder(), none);
    assert.deepEqual(
      table.map(([name]) => [name, rules(name)]),
      table,
    );
  });

  it('lets a name in that was asked for, but never its own file or unfinished ones', async () => {
    const included = new Set(['authorized_keys', 'a.old', '.ssh-sync-ignore', '.orrery-tmp-1']);
    const rules = await rulesWith('a.old\n', included);
    const names = [...included, 'b.old', 'Authorized_keys'];
    assert.deepEqual(names.map(rules), [
      undefined,
      undefined,
      'the rules of this machine',
      'unfinished writing',
      'an old copy',
      'says who may log in here',
    ]);
  });

  it('follows .ssh-sync-ignore in the syntax of gitignore', async () => {
    const rules = await rulesWith('# of this machine\nwork_*\n!work_shared\n/id_rsa\nb\\*\n');
    const names = ['work_key', 'work_shared', 'id_rsa', 'my_id_rsa', 'b*', 'bc'];
    assert.deepEqual(
      names.map((name) => rules(name) !== undefined),
      [true, false, true, false, true, false],
    );
    assert.equal(rules('work_key'), 'named in .ssh-sync-ignore');
  });

  it('reads CRLF lines and bytes that are no UTF-8', async () => {
    const rules = await rulesWith(new Uint8Array([...Buffer.from('id_a\r\n'), 0xff, 0x0a]));
    assert.equal(rules('id_a'), 'named in .ssh-sync-ignore');
    assert.equal(rules('id_b'), undefined);
  });

  it('does not take a link that leads nowhere for "no rules"', async () => {
    const folder = temporaryFolder();
    symlinkSync('nowhere', join(folder, '.ssh-sync-ignore'));
    await assert.rejects(readRules(folder, none), { code: 'dangling-link' });
  });
});
