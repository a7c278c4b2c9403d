import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { buildGenesis, buildLeave, complete, Device, Home, hybridSuite, verifyRecords } from '@orrery/vault';

const program = join(import.meta.dirname, '../../../../bin/ssh-sync');
const folder = mkdtempSync(join(tmpdir(), 'orrery-reset-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The state folder of the only machine of an account on a server that is away. */
async function makeHome(name: string, hasLeft: boolean): Promise<string> {
  const path = join(folder, name);
  const home = Home.open(path);
  const device = Device.generate(hybridSuite);
  home.writeDevice('device', device);
  const genesis = await buildGenesis(device, 'alice', 'desktop', 1_800_000_000);
  const begun = verifyRecords(undefined, [genesis]);
  const ledger = hasLeft ? [genesis, await buildLeave(begun.state, device, 1_800_000_000)] : [genesis];
  const account = {
    server: 'http://127.0.0.1:1',
    username: 'alice',
    machine: 'desktop',
    account: begun.state.account,
  };
  complete(home, account, verifyRecords(undefined, ledger));
  return path;
}

function resetLocal(home: string): readonly string[] {
  const words = [program, 'reset', '--local', '--yes', '--home', home];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
  return stdout.split('\n').slice(0, -1);
}

test('reset --local of the only machine says that nobody can open the account then, and leaves no empty folder', async () => {
  const home = await makeHome('member', false);
  assert.deepEqual(resetLocal(home), [
    'What this machine knew of account "alice" is forgotten.',
    'If the server still has account "alice", nobody can open it any more.',
    'Your SSH files are untouched.',
  ]);
  assert.equal(existsSync(home), false);
});

test('reset --local does not send anybody to remove a machine that is known to be out', async () => {
  assert.deepEqual(resetLocal(await makeHome('removed', true)), [
    'What this machine knew of account "alice" is forgotten.',
    'Your SSH files are untouched.',
  ]);
});

test('reset leaves what others have put into the state folder', async () => {
  const home = await makeHome('shared', false);
  writeFileSync(join(home, 'note'), 'mine');
  resetLocal(home);
  assert.equal(existsSync(join(home, 'note')), true);
});
