import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Machine, makePair, temporaryFolder } from '../../testing/machine.ts';
import { classicSuite, hybridSuite } from '../device/suite.ts';
import { findMember, presentMembers } from '../ledger/state.ts';
import { leaveAccount, migrateDevice, settleMigration, traceMember, type Trace } from './membership.ts';
import { finishRotation, openNewEpoch } from './rotation.ts';

const helpless = { supply: () => undefined, fromLastSeen: false };

async function trace(
  machine: Machine,
  name: string,
): Promise<readonly [commits: Trace['commits'], admitted: string[]]> {
  const { session } = await machine.open();
  const member = presentMembers(session.state).find((candidate) => candidate.name === name);
  assert.ok(member !== undefined);
  const { commits, admitted } = traceMember(session.state, session.history(), member);
  return [commits, admitted.map((other) => other.name)];
}

describe('traceMember', () => {
  it('names the commits of a machine, and whom it admitted, itself or through others', async () => {
    const laptop = await Machine.found(temporaryFolder(), 'laptop', classicSuite);
    const desktop = await laptop.admit('desktop', classicSuite);
    const phone = await desktop.admit('phone', classicSuite);
    const watch = await phone.admit('watch', classicSuite);
    await laptop.admit('tablet', classicSuite);
    phone.write('id', 'one');
    await phone.sync();
    assert.deepEqual(await trace(laptop, 'desktop'), [[], ['phone', 'watch']]);
    assert.deepEqual(await trace(laptop, 'phone'), [[5], ['watch']]);
    assert.deepEqual(
      await trace(laptop, 'laptop'),
      [[5], ['desktop', 'phone', 'watch', 'tablet']].with(0, []),
    );
    await openNewEpoch((await laptop.open()).session, [phone.load().session.device.id]);
    assert.deepEqual(await trace(laptop, 'desktop'), [[], ['watch']], 'through one that is gone');
    assert.deepEqual(await trace(watch, 'watch'), [[], []]);
  });

  it('counts what a machine did before it changed its keys', async () => {
    const laptop = await Machine.found(temporaryFolder(), 'laptop', classicSuite);
    const desktop = await laptop.admit('desktop', classicSuite);
    await desktop.admit('phone', classicSuite);
    desktop.write('id', 'one');
    await desktop.sync();
    const { session } = await desktop.open();
    await migrateDevice(desktop.home, session, 'desktop');
    assert.deepEqual(await trace(laptop, 'desktop'), [[3], ['phone']]);
  });
});

describe('leaveAccount', () => {
  it('leaves the account to the others, who open a new epoch once', async () => {
    const [laptop, desktop] = await makePair();
    const phone = await laptop.admit('phone');
    laptop.write('id', 'one');
    await laptop.sync();
    await leaveAccount((await phone.open()).session);
    const first = await laptop.open();
    const second = await desktop.open();
    assert.equal(first.session.state.departed, true);
    await Promise.all([first, second].map(({ home, session }) => finishRotation(home, session, helpless)));
    assert.deepEqual(
      laptop.server.state.epochs.map(({ epoch }) => epoch),
      [2],
    );
    await assert.rejects(phone.open(), { message: /was removed from the account by "phone"/ });
  });

  it('closes the account after the last machine', async () => {
    const laptop = await Machine.found(temporaryFolder());
    laptop.write('id', 'one');
    await laptop.sync();
    await leaveAccount((await laptop.open()).session);
    assert.equal(laptop.server.objects.size, 0);
  });
});

describe('migrateDevice', () => {
  async function makeClassic(): Promise<readonly [Machine, Machine]> {
    const laptop = await Machine.found(temporaryFolder(), 'laptop', classicSuite);
    const desktop = await laptop.admit('desktop', classicSuite);
    laptop.write('id', 'one');
    await laptop.sync();
    await desktop.sync();
    return [laptop, desktop];
  }

  it('gives a machine other keys and the account another epoch, and both go on', async () => {
    const [laptop, desktop] = await makeClassic();
    const { session } = await desktop.open();
    const next = await migrateDevice(desktop.home, session, 'desktop');
    assert.equal(next.suite.name, hybridSuite.name);
    assert.deepEqual(desktop.home.readDevice('device')?.id, next.id);
    assert.equal(desktop.home.has('nextDevice'), false);
    desktop.write('id', 'two');
    await desktop.sync();
    await laptop.sync();
    assert.equal(laptop.read('id'), 'two');
    const member = findMember(laptop.load().session.state, next.id);
    assert.equal(member?.name, 'desktop');
  });

  it('locks nobody out when the answer is lost: the new keys lie on disk', async () => {
    const [, desktop] = await makeClassic();
    const { session } = await desktop.open();
    desktop.server.after = (request) => {
      if (request === 'append') throw new Error('connection reset');
    };
    await assert.rejects(migrateDevice(desktop.home, session, 'desktop'), /connection reset/);
    desktop.server.after = () => undefined;
    assert.equal(settleMigration(desktop.home, desktop.server.state), true);
    desktop.write('id', 'two');
    assert.deepEqual((await desktop.sync()).uploaded, ['id']);
    assert.equal(settleMigration(desktop.home, desktop.server.state), false);
  });

  it('goes on with the keys of an attempt that never reached the server', async () => {
    const [, desktop] = await makeClassic();
    const { session } = await desktop.open();
    desktop.server.before = (request) => {
      if (request === 'append') throw new Error('connection refused');
    };
    await assert.rejects(migrateDevice(desktop.home, session, 'desktop'), /connection refused/);
    desktop.server.before = () => undefined;
    const kept = desktop.home.readDevice('nextDevice');
    assert.equal(settleMigration(desktop.home, desktop.server.state), false);
    const next = await migrateDevice(desktop.home, (await desktop.open()).session, 'desktop');
    assert.deepEqual(next.id, kept?.id);
  });
});
