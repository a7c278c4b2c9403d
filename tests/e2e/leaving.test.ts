import { classicSuite } from '@orrery/vault';
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { enrol } from '../attack/stage/account.ts';
import { askForAdmission } from '../attack/stage/enrolment.ts';
import { contents, look, lookAtState } from '../attack/stage/folder.ts';
import type { Machine } from '../attack/stage/machine.ts';
import { newDatabase, withServer } from './stage/own-server.ts';
import { startServer } from './stage/server.ts';
import { linesOf, masked, printed, runs, Stage, tells } from './stage/stage.ts';

const stage = await Stage.build();

/** What `status` says about the account, without its head. */
async function standing(machine: Machine): Promise<readonly string[]> {
  return (await printed(machine, 'status')).slice(2);
}

async function suitesOf(machine: Machine): Promise<readonly string[]> {
  const { out } = await runs(machine, ['list-machines', '--json']);
  const { machines } = JSON.parse(out) as { machines: { name: string; suite: string }[] };
  return machines.map(({ name, suite }) => `${name} ${suite}`);
}

async function admittersOf(machine: Machine): Promise<readonly string[]> {
  const { out } = await runs(machine, ['list-machines', '--json']);
  const { machines } = JSON.parse(out) as { machines: { name: string; admittedBy: string }[] };
  return machines.map(({ name, admittedBy }) => `${name} by ${admittedBy}`);
}

const UNTOUCHED = 'Your SSH files are untouched.';

describe('ssh-sync migrate', () => {
  it('makes machine after machine post-quantum, and tells from when on the account is', async () => {
    const [laptop, desktop] = await stage.account(['laptop', 'desktop'], classicSuite);
    assert.ok(laptop !== undefined && desktop !== undefined);
    laptop.write('note', '1');
    await runs(laptop, ['sync']);
    const [line, ...rest] = masked((await runs(laptop, ['migrate', '--yes'])).out);
    assert.equal(
      line,
      'This machine is post-quantum now (mldsa65-ed25519-xwing), with fingerprint SHA256:....',
    );
    assert.deepEqual(rest, []);
    assert.deepEqual(await suitesOf(laptop), ['desktop p256', 'laptop mldsa65-ed25519-xwing']);
    assert.deepEqual(await admittersOf(laptop), ['desktop by laptop', 'laptop by itself']);
    const classic = 'a classic machine can read this account: it is not post-quantum';
    assert.deepEqual(await standing(laptop), [classic, 'everything is in step']);
    const followed = await runs(desktop, ['sync']);
    assert.deepEqual(masked(followed.err), [
      '"laptop" became post-quantum on TIME, with new keys (SHA256:...)',
    ]);
    assert.equal(desktop.read('note'), '1');
    await runs(desktop, ['migrate', '--yes']);
    assert.deepEqual(await admittersOf(desktop), ['laptop by itself', 'desktop by laptop']);
    desktop.write('note', '2', { age: 10 });
    await runs(desktop, ['sync']);
    await runs(laptop, ['sync']);
    assert.equal(laptop.read('note'), '2');
    assert.deepEqual(await standing(laptop), [
      'up to epoch 2 keys were wrapped for a classic machine: what was stored then was not post-quantum',
      'everything is in step',
    ]);
    assert.deepEqual(await printed(laptop, 'migrate', '--yes'), ['This machine is post-quantum already.']);
  });
});

describe('ssh-sync reset', () => {
  it('takes the machine out and forgets its state, and the next sync of another changes the key', async () => {
    const [laptop, desktop] = await stage.pair({ note: '1' });
    const before = look(desktop.ssh);
    assert.deepEqual(await printed(desktop, 'reset', '--yes'), [
      `This machine is no longer part of account "${stage.username}".`,
      UNTOUCHED,
    ]);
    assert.deepEqual(look(desktop.ssh), before);
    assert.equal(existsSync(desktop.state), false);
    tells(
      await runs(desktop, ['sync'], 1),
      `ssh-sync: cannot use "${desktop.state}": this machine is not set up`,
      'hint: run: ssh-sync setup',
    );
    const looked = await runs(laptop, ['status']);
    assert.deepEqual(masked(looked.err), ['"desktop" left the account on TIME']);
    assert.deepEqual(linesOf(looked.out).slice(2), [
      'a rotation is not finished: the next sync finishes it',
      'everything is in step',
    ]);
    const followed = await runs(laptop, ['sync']);
    assert.deepEqual(masked(followed.err), [
      '"desktop" left the account on TIME',
      'encrypted 2 objects under the new key',
    ]);
    assert.deepEqual(await standing(laptop), ['everything is in step']);
  });

  it('lets the machine join again under its name, and its files are merged, not lost', async () => {
    const [laptop, desktop] = await stage.pair({ both: '1', config: 'Host a\n' });
    const account = stage.username;
    await runs(desktop, ['reset', '--yes']);
    desktop.write('both', 'desktop', { age: 10 });
    desktop.write('config', 'Host a\nHost mine\n');
    desktop.write('mine', 'm');
    laptop.write('config', 'Host a\nHost theirs\n');
    await runs(laptop, ['sync']);
    const waiting = await askForAdmission(desktop, stage.server.url, account);
    await runs(laptop, ['challenge-response', ...waiting.words, '--yes']);
    assert.equal((await waiting.ended).code, 0);
    await runs(desktop, ['sync']);
    await runs(laptop, ['sync']);
    assert.deepEqual(contents(laptop.ssh), contents(desktop.ssh));
    assert.deepEqual(laptop.read('config').split('\n').toSorted(), [
      '',
      'Host a',
      'Host mine',
      'Host theirs',
    ]);
    assert.deepEqual([laptop.read('both'), laptop.read('mine')], ['desktop', 'm']);
  });

  it('of the last machine deletes the account, whose name is free then', async () => {
    const [laptop] = await stage.account(['laptop']);
    assert.ok(laptop !== undefined);
    const account = stage.username;
    laptop.write('note', '1');
    await runs(laptop, ['sync']);
    tells(
      await runs(laptop, ['reset'], 2),
      `ssh-sync: cannot ask "Take this machine out of account "${account}"? It is the last one: the account and all its files on the server go with it. What "ssh-sync undo" could bring back goes, too.": there is no terminal`,
      'hint: answer with --yes',
    );
    await runs(laptop, ['reset', '--yes']);
    assert.equal(laptop.read('note'), '1');
    const flags = ['--server', stage.server.url, '--username', account, '--machine', 'laptop'];
    await runs(laptop, ['setup', ...flags]);
    assert.deepEqual(await printed(laptop, 'sync'), [
      'note: uploaded',
      'Sync complete: 1 uploaded, 0 downloaded, 0 skipped.',
    ]);
  });

  it('of the only machine never takes a refusal of the server for the end of the account', async () => {
    const [laptop] = await stage.account(['laptop']);
    assert.ok(laptop !== undefined);
    const account = stage.username;
    const localhost = stage.server.url.replace('127.0.0.1', 'localhost');
    await withServer(newDatabase(stage), ['--origin', localhost], async (server) => {
      // It knows neither the account nor, by its address, any client.
      const moved = readFileSync(join(laptop.state, 'account'), 'latin1').replace(
        stage.server.url,
        server.url,
      );
      const before = readFileSync(join(laptop.state, 'account'), 'latin1');
      writeFileSync(join(laptop.state, 'account'), moved, 'latin1');
      const state = lookAtState(laptop.state);
      const { err } = await runs(laptop, ['reset', '--yes'], 1);
      assert.match(err, /the server answered 401: /);
      assert.deepEqual(linesOf(err).slice(1), [
        `hint: is ${server.url} still its address? if not: ssh-sync setup --server URL`,
        'hint: nothing was changed; to forget only the local state: ssh-sync reset --local; this is the only machine: if the account is still there, nobody can open it then',
      ]);
      assert.deepEqual(lookAtState(laptop.state), state);
      writeFileSync(join(laptop.state, 'account'), before, 'latin1');
    });
    await runs(laptop, ['sync']);
    assert.deepEqual(await printed(laptop, 'reset', '--local', '--yes'), [
      `What this machine knew of account "${account}" is forgotten.`,
      `If the server still has account "${account}", nobody can open it any more.`,
      UNTOUCHED,
    ]);
    assert.deepEqual(await printed(laptop, 'reset'), ['This machine is not set up: nothing to do.']);
  });

  it('--local forgets the state without the server, which then still lists the machine', async () => {
    const server = await startServer(join(stage.folder, 'away.sqlite'));
    const desktop = stage.stranger('desktop');
    const flags = ['--server', server.url, '--username', 'alice', '--machine', 'desktop'];
    await runs(desktop, ['setup', ...flags]);
    const phone = stage.stranger('phone');
    await enrol(desktop, phone);
    await server.stop();
    const before = look(desktop.home);
    const refused = await runs(desktop, ['reset', '--yes'], 1);
    assert.deepEqual(linesOf(refused.err), [
      `ssh-sync: cannot reach server "${server.url}": the connection was refused`,
      `cause: connect ECONNREFUSED 127.0.0.1:${server.port}`,
      'hint: nothing was changed; to forget only the local state: ssh-sync reset --local, and remove this machine from another one',
    ]);
    assert.deepEqual(look(desktop.home), before);
    assert.deepEqual(await printed(desktop, 'reset', '--local', '--yes'), [
      'What this machine knew of account "alice" is forgotten.',
      'If "desktop" is still in the account, remove it from another machine: ssh-sync remove-machine "desktop"',
      UNTOUCHED,
    ]);
    assert.equal(existsSync(join(desktop.state, 'account')), false);
    const again = await startServer(join(stage.folder, 'away.sqlite'), [], server.port);
    try {
      await runs(phone, ['remove-machine', 'desktop', '--keep-admitted', '--yes']);
      assert.deepEqual(await suitesOf(phone), ['phone mldsa65-ed25519-xwing']);
    } finally {
      await again.stop();
    }
  });
});
