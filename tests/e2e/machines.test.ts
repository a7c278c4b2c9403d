import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { enrol } from '../attack/stage/account.ts';
import { contents, look } from '../attack/stage/folder.ts';
import type { Machine } from '../attack/stage/machine.ts';
import { makeKey } from './stage/ssh-key.ts';
import { masked, runs, Stage, tells } from './stage/stage.ts';

const stage = await Stage.build();

/** A laptop that admitted a desktop, which changed a file twice and admitted a phone. */
async function makeChain(): Promise<readonly [laptop: Machine, desktop: Machine, phone: Machine]> {
  const [laptop, desktop] = await stage.pair();
  const phone = stage.stranger('phone');
  await enrol(desktop, phone);
  makeKey(laptop, 'id_ed25519');
  await runs(laptop, ['sync']);
  for (const text of ['1', '2']) {
    desktop.write('note', text);
    await runs(desktop, ['sync']);
  }
  return [laptop, desktop, phone];
}

async function namesOf(machine: Machine): Promise<readonly string[]> {
  const { out } = await runs(machine, ['list-machines', '--json']);
  const { machines } = JSON.parse(out) as { readonly machines: readonly { readonly name: string }[] };
  return machines.map(({ name }) => name);
}

describe('ssh-sync list-machines', () => {
  it('shows each machine, who admitted it and when, and which is this one', async () => {
    const [, desktop] = await makeChain();
    const { out, err } = await runs(desktop, ['list-machines']);
    assert.equal(err, '');
    const lines = masked(out).map((line) => line.replace(/[\w+/]{6}$/, 'ID').split(/ {2,}/));
    assert.deepEqual(lines.slice(0, 4), [
      ['', 'MACHINE', 'ADMITTED BY', 'ON', 'LAST SEEN', 'ID'],
      ['', 'laptop', 'itself', 'TIME', 'TIME', 'ID'],
      ['* desktop', 'laptop', 'TIME', 'TIME', 'ID'],
      ['', 'phone', 'desktop', 'TIME', 'TIME', 'ID'],
    ]);
  });

  it('is one line of JSON with --json', async () => {
    const [laptop] = await stage.pair();
    const { out, err } = await runs(laptop, ['list-machines', '--json']);
    assert.equal(err, '');
    const { event, machines } = JSON.parse(out) as { event: string; machines: Record<string, unknown>[] };
    assert.equal(event, 'machines');
    assert.deepEqual(
      machines.map(({ name, thisMachine, admittedBy, suite }) => [name, thisMachine, admittedBy, suite]),
      [
        ['laptop', true, 'itself', 'mldsa65-ed25519-xwing'],
        ['desktop', false, 'laptop', 'mldsa65-ed25519-xwing'],
      ],
    );
    assert.match(JSON.stringify(machines[1]), /"fingerprint":"SHA256:[\w+/]{43}"/);
  });
});

describe('ssh-sync remove-machine', () => {
  it('shows what the machine did, removes it and those that it admitted, and names the keys that they could read', async () => {
    const [laptop, desktop, phone] = await makeChain();
    const ran = await runs(laptop, ['remove-machine', 'desktop', '--with-admitted', '--yes']);
    assert.deepEqual(ran.out.split('\n'), [
      '"desktop" is removed.',
      '"phone" is removed.',
      'What it could read it has read. Replace wherever they give access the keys that are no longer in the account, and these:',
      '  id_ed25519',
      '',
    ]);
    tells(
      ran,
      'Machine "desktop":',
      '  it changed files 2 times (entries 4, 5)',
      '  it admitted, itself or through others: "phone"',
      'encrypted 7 objects under the new key',
    );
    assert.deepEqual(await namesOf(laptop), ['laptop']);
    for (const machine of [desktop, phone]) {
      machine.write('note', 'after the removal');
      const before = look(machine.ssh);
      tells(
        await runs(machine, ['sync'], 1),
        'ssh-sync: cannot go on: this machine was removed from the account by "laptop"',
        'hint: your files are untouched; to join again: ssh-sync reset --local, then ssh-sync setup --existing',
      );
      assert.deepEqual(look(machine.ssh), before);
    }
    await runs(laptop, ['sync']);
    assert.equal(laptop.read('note'), '2');
  });

  it('keeps those that it admitted with --keep-admitted, and they follow', async () => {
    const [laptop, desktop, phone] = await makeChain();
    await runs(laptop, ['remove-machine', 'desktop', '--keep-admitted', '--yes']);
    await runs(desktop, ['status'], 1);
    laptop.write('new', 'new');
    await runs(laptop, ['sync']);
    const followed = await runs(phone, ['sync']);
    assert.deepEqual(masked(followed.err), ['"laptop" removed "desktop" (SHA256:...) on TIME']);
    assert.equal(phone.read('new'), 'new');
    assert.deepEqual(await namesOf(phone), ['laptop', 'phone']);
  });

  it('never takes this machine along, whoever admitted it', async () => {
    const [laptop, desktop, phone] = await makeChain();
    tells(
      await runs(desktop, ['remove-machine', 'laptop', '--with-admitted', '--yes']),
      'Machine "laptop":',
      '  it changed files 1 time (entries 3)',
      '  it admitted, itself or through others: "desktop", "phone"',
      'encrypted 7 objects under the new key',
    );
    assert.deepEqual(await namesOf(desktop), ['desktop']);
    for (const machine of [laptop, phone]) await runs(machine, ['status'], 1);
  });

  it('changes nothing until every question is answered', async () => {
    const [laptop] = await makeChain();
    const shown = [
      'Machine "desktop":',
      '  it changed files 2 times (entries 4, 5)',
      '  it admitted, itself or through others: "phone"',
    ];
    const remove = (...words: readonly string[]): Promise<Parameters<typeof tells>[0]> =>
      runs(laptop, ['remove-machine', ...words], 2);
    tells(
      await remove(),
      'ssh-sync: cannot ask "Which machine?": there is no terminal',
      'hint: answer with NAME',
    );
    tells(
      await remove('desktop', '--yes'),
      ...shown,
      'ssh-sync: cannot ask "Remove those that it admitted, too: "phone"?": there is no terminal',
      'hint: answer with --with-admitted or --keep-admitted',
    );
    tells(
      await remove('desktop', '--with-admitted'),
      ...shown,
      'ssh-sync: cannot ask "Remove "desktop", "phone" for good, and change the key?": there is no terminal',
      'hint: answer with --yes',
    );
    tells(
      await remove('desktop', '--with-admitted', '--keep-admitted', '--yes'),
      'ssh-sync: cannot use --with-admitted together with --keep-admitted: one of them expected',
    );
    tells(
      await remove('laptop', '--yes'),
      'ssh-sync: cannot remove machine "laptop": it is this one',
      'hint: to leave the account: ssh-sync reset',
    );
    tells(
      await runs(laptop, ['remove-machine', 'tablet', '--yes'], 1),
      'ssh-sync: cannot remove machine "tablet": the account has "desktop", "phone"',
    );
    assert.deepEqual(await namesOf(laptop), ['laptop', 'desktop', 'phone']);
  });
});

describe('ssh-sync rotate-master-key', () => {
  it('encrypts everything anew, and the others follow by themselves, with what they changed meanwhile', async () => {
    const [laptop, desktop] = await stage.pair({ note: '1', other: '1' });
    desktop.write('note', '2');
    const rotated = await runs(laptop, ['rotate-master-key', '--yes']);
    assert.equal(rotated.out, 'The account is in epoch 2. Other machines follow at their next sync.\n');
    tells(rotated, 'encrypted 2 objects under the new key');
    const followed = await runs(desktop, ['sync']);
    assert.equal(followed.out, 'note: uploaded\nSync complete: 1 uploaded, 0 downloaded, 1 skipped.\n');
    assert.deepEqual(masked(followed.err), ['"laptop" rotated the master key on TIME']);
    await runs(laptop, ['sync']);
    assert.deepEqual(contents(laptop.ssh), contents(desktop.ssh));
    assert.equal(laptop.read('note'), '2');
    tells(
      await runs(laptop, ['rotate-master-key'], 2),
      'ssh-sync: cannot ask "Encrypt everything under a new key?": there is no terminal',
      'hint: answer with --yes',
    );
  });
});
