import { utf8 } from '@orrery/bytes';
import { randomBytes, sha256 } from '@orrery/crypto';
import { buildAdmit, Device, hybridSuite, proveDevice, type Client } from '@orrery/vault';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { enrol, takeOver } from './stage/account.ts';
import { contents, look } from './stage/folder.ts';
import { showing } from './stage/forger.ts';
import { plant, recordsOf, type CommitPlan } from './stage/intruder.ts';
import { concerns, type Lie } from './stage/liar.ts';
import type { Machine } from './stage/machine.ts';
import { Naive } from './stage/naive.ts';
import { alarms, Stage, succeeds } from './stage/stage.ts';

const stage = await Stage.build();

interface Cast {
  readonly laptop: Machine;
  /** The laptop's friend, in the hands of somebody else. */
  readonly desktop: Machine;
  readonly intruder: Client;
}

async function cast(): Promise<Cast> {
  const [laptop, desktop] = await stage.account(['laptop', 'desktop']);
  assert.ok(laptop !== undefined && desktop !== undefined);
  for (const name of ['id_a', 'id_b', 'id_c', 'id_d', 'id_e']) laptop.write(name, `the content of ${name}\n`);
  await succeeds(laptop, 'sync');
  return { laptop, desktop, intruder: await takeOver(desktop) };
}

test('a machine that another one let in is reported by the next sync, with its fingerprint', async () => {
  const { laptop, desktop, intruder } = await cast();
  const before = contents(laptop.ssh);
  await enrol(desktop, stage.stranger('phantom'));
  // The control: to a client that only follows the ledger it is a machine like all others.
  const naive = new Naive(intruder, join(intruder.home.path, 'naive'));
  await naive.sync();
  assert.equal(naive.members.length, 3);
  const { err } = await succeeds(laptop, 'sync');
  assert.deepEqual(contents(laptop.ssh), before);
  assert.match(err, /^"desktop" admitted "phantom" \(SHA256:[A-Za-z0-9+/]{43}\) on /m);
  assert.doesNotMatch((await succeeds(laptop, 'sync')).err, /phantom/, 'once is enough');
});

test('an admission is reported also when the server shows it only in the middle of a sync', async () => {
  const { laptop, desktop, intruder } = await cast();
  const before = recordsOf(intruder);
  laptop.write('id_new', 'made here\n');
  await enrol(desktop, stage.stranger('phantom'));
  let asked = 0;
  const late: Lie = (request, honest, response) =>
    concerns(request, 'GET', '/v1/ledger') && asked++ === 0
      ? showing(before)(request, honest, response)
      : honest();
  const { err } = await stage.liar.during(late, () => succeeds(laptop, 'sync'));
  assert.ok(asked > 1);
  assert.match(err, /"desktop" admitted "phantom"/);
});

test('an admission is reported also when the sync that saw it first failed', async () => {
  const { laptop, desktop } = await cast();
  laptop.write('id_new', 'made here\n');
  await enrol(desktop, stage.stranger('phantom'));
  const breaking: Lie = (request, honest, response) => {
    if (request.method === 'GET') return honest();
    response.destroy();
    return undefined;
  };
  const first = await stage.liar.during(breaking, () => laptop.run('sync'));
  assert.equal(first.code, 1);
  const second = await succeeds(laptop, 'sync');
  assert.match(first.err + second.err, /"desktop" admitted "phantom"/);
});

test('removals and rotations by others are reported, and one’s own removal leaves the files alone', async () => {
  const { laptop, desktop } = await cast();
  await succeeds(desktop, 'sync');
  const tablet = stage.stranger('tablet');
  await enrol(laptop, tablet);
  await succeeds(desktop, 'remove-machine', 'tablet', '--yes');
  await succeeds(desktop, 'rotate-master-key', '--yes');
  const { err } = await succeeds(laptop, 'sync');
  assert.match(err, /^"desktop" removed "tablet" \(SHA256:/m);
  assert.match(err, /^"desktop" rotated the master key on /m);
  await succeeds(desktop, 'remove-machine', 'laptop', '--keep-admitted', '--yes');
  await alarms(laptop, ['sync'], {
    code: 1,
    says: /this machine was removed from the account by "desktop"/,
    advises: /hint: your files are untouched; to join again: ssh-sync reset --local/,
  });
});

test('the deletion of most files stops the sync, where a naive client deletes them', async () => {
  const { laptop, intruder } = await cast();
  await plant(intruder, { deleted: ['id_a', 'id_b', 'id_c'] });
  const { err } = await alarms(laptop, ['sync'], {
    code: 1,
    says: /cannot sync ".*": 3 of 5 files would be deleted here/,
    advises: /hint: if the deletion is meant, repeat with --delete/,
  });
  assert.ok(err.length > 0);
  // The control: what the account says now is what would have been done.
  const naive = new Naive(intruder, join(intruder.home.path, 'naive'));
  await naive.sync();
  assert.deepEqual(Object.keys(look(naive.folder)), ['id_d', 'id_e']);
  await succeeds(laptop, 'sync', '--delete');
  assert.deepEqual(Object.keys(look(laptop.ssh)), ['id_d', 'id_e']);
  await succeeds(laptop, 'undo', '--yes');
  assert.equal(laptop.read('id_a'), 'the content of id_a\n');
});

test('files that were overwritten from elsewhere come back with undo', async () => {
  const { laptop, intruder } = await cast();
  const before = contents(laptop.ssh);
  const names = ['id_a', 'id_b', 'id_c', 'id_d', 'id_e'];
  await plant(intruder, { files: names.map((name) => ({ name, content: 'destroyed\n' })) });
  await succeeds(laptop, 'sync');
  assert.equal(laptop.read('id_e'), 'destroyed\n');
  await succeeds(laptop, 'undo', '--yes');
  assert.deepEqual(contents(laptop.ssh), before);
});

test('an entry of the end of the world stops neither a sync nor the list of machines', async () => {
  const { laptop, intruder } = await cast();
  const { session } = intruder;
  const phantom = Device.generate(hybridSuite);
  const proof = await proveDevice(phantom, session.state.username, 'phantom');
  const shown = { name: 'phantom', keys: phantom.keys, proof };
  const late = Number.MAX_SAFE_INTEGER;
  const record = await buildAdmit(session.state, session.device, randomBytes(32), shown, false, late);
  const accepted = await session.tryAppend(record).catch(() => false);
  const { err } = await succeeds(laptop, 'sync');
  if (accepted) assert.match(err, /"desktop" admitted "phantom"/);
  const { out } = await succeeds(laptop, 'list-machines');
  if (accepted) assert.match(out, /phantom/);
});

test('remove-machine tells what the machine did and whom it let in, and takes these along', async () => {
  const { laptop, desktop, intruder } = await cast();
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(laptop.ssh, 'id_real')]);
  await succeeds(laptop, 'sync');
  const [second, third] = [stage.stranger('second'), stage.stranger('third')];
  await enrol(desktop, second);
  await enrol(second, third);
  await intruder.session.refresh();
  await plant(intruder, { files: [{ name: 'id_f', content: 'planted\n' }] });
  const ran = await succeeds(laptop, 'remove-machine', 'desktop', '--with-admitted', '--yes');
  const said = ran.out + ran.err;
  assert.match(said, /it changed files 1 time \(entries 6\)/);
  assert.match(said, /it admitted, itself or through others: "second", "third"/);
  assert.match(said, /Replace wherever they give access[^]*^  id_real$/m);
  for (const machine of [desktop, second, third])
    assert.match((await machine.run('sync')).err, /was removed from the account by "laptop"/);
  const { out } = await succeeds(laptop, 'list-machines');
  assert.doesNotMatch(out, /desktop|second|third/);
});

test('one large file under many names does not fill the disk of others, nor stop their syncs', async () => {
  const { laptop, intruder } = await cast();
  const content = new Uint8Array(4 * 2 ** 20).fill(65);
  const files = Array.from({ length: 24 }, (_, index) => ({ name: `flood${index}`, content }));
  await plant(intruder, { files: [...files, { name: 'id_new', content: 'the key\n' }] });
  const naive = new Naive(intruder, join(intruder.home.path, 'naive'));
  await naive.sync();
  const floods = (folder: string): number =>
    readdirSync(folder).filter((name) => name.startsWith('flood')).length;
  assert.equal(floods(naive.folder), 24, 'and as many megabytes as somebody likes');
  const { code, err } = await laptop.run('sync');
  assert.equal(code, 4);
  assert.match(err, /flood\d+: not taken from the server: it is among the largest/);
  assert.equal(floods(laptop.ssh), 15, 'all files together have at most 64 MiB');
  assert.equal(contents(laptop.ssh)['id_new'], '0600 file: the key\n');
  await succeeds(laptop, 'remove-machine', 'desktop', '--yes');
});

const KEY = 'the content of id_a\n';
const thefts: readonly (readonly [string, CommitPlan, RegExp])[] = [
  ['drops the object of a file', { dropped: ['id_a'] }, /no object/],
  [
    'puts another object in the place of a file',
    {
      files: [{ name: 'id_a', content: 'junk\n', hash: sha256(utf8(KEY)), size: KEY.length }],
      dropped: ['id_a'],
    },
    /junk/,
  ],
];
for (const [what, plan, loss] of thefts)
  test(`a machine that ${what} destroys nothing for good: the next sync of one that has it gives it back`, async () => {
    const { laptop, intruder } = await cast();
    await plant(intruder, plan);
    // The control: who only compares hashes is in step, and a machine that comes later never has the file.
    const naive = new Naive(intruder, join(intruder.home.path, 'naive'));
    const found = await naive.sync().then(
      () => naive.read('id_a'),
      (error: Error) => error.message,
    );
    assert.match(found, loss);
    const { out } = await succeeds(laptop, 'sync');
    assert.match(out, /^id_a: uploaded$/m);
    const phone = stage.stranger('phone');
    await enrol(laptop, phone);
    await succeeds(phone, 'sync');
    assert.equal(contents(phone.ssh)['id_a'], `0600 file: ${KEY}`);
    assert.doesNotMatch((await succeeds(laptop, 'sync')).out, /uploaded$/m, 'once is enough');
  });
