import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makePairWith, type Machine } from '../../testing/machine.ts';
import { isRekeying, presentEpoch } from '../ledger/state.ts';
import { finishRotation, openNewEpoch, type Rotated, type RotationOptions } from './rotation.ts';
import { leaveAccount } from './membership.ts';

const FILES = { one: 'content one', two: 'content two', three: 'content three' };

async function open(machine: Machine, removed: readonly Machine[] = []): Promise<void> {
  const ids = removed.map((other) => other.load().session.device.id);
  await openNewEpoch((await machine.open()).session, ids);
}

async function finish(
  machine: Machine,
  options: Partial<RotationOptions> = {},
): Promise<Rotated | undefined> {
  const { home, session } = await machine.open();
  return finishRotation(home, session, { supply: () => undefined, fromLastSeen: false, ...options });
}

/** Whether every object at the server is one that the present ledger keeps, under the present epoch. */
function isClean({ server }: Machine): boolean {
  const { state } = server;
  const { epoch } = presentEpoch(state);
  return (
    server.objects.size === state.live.size &&
    [...state.live].every(([id, sealedIn]) => server.objects.has(id) && sealedIn === epoch)
  );
}

describe('finishRotation', () => {
  it('puts every object under the new key, old versions included, and deletes the old ones', async () => {
    const [laptop, desktop] = await makePairWith(FILES);
    laptop.write('one', 'a newer one');
    await laptop.sync();
    const before = new Set(laptop.server.objects.keys());
    await open(laptop);
    assert.equal(isRekeying(laptop.server.state), true);
    assert.deepEqual(await finish(laptop), { resealed: 6, lost: [], lostHistory: 0 });
    assert.equal(isRekeying(laptop.server.state), false);
    assert.equal(
      [...laptop.server.objects.keys()].some((id) => before.has(id)),
      false,
    );
    assert.ok(isClean(laptop));
    assert.deepEqual((await desktop.sync()).downloaded, ['one']);
    assert.deepEqual(desktop.files(), laptop.files());
  });

  it('has nothing to do for an account at rest', async () => {
    const [laptop] = await makePairWith(FILES);
    assert.equal(await finish(laptop), undefined);
  });

  it('opens an epoch after a machine has left, before anything is committed', async () => {
    const [laptop, desktop] = await makePairWith(FILES);
    await leaveAccount((await desktop.open()).session);
    laptop.write('one', 'after it left');
    assert.deepEqual((await laptop.sync()).uploaded, ['one']);
    assert.equal(presentEpoch(laptop.server.state).epoch, 2);
  });

  it('can be finished by any machine, whenever the one that began stops', async () => {
    const [laptop, desktop] = await makePairWith(FILES);
    for (const lost of [false, true])
      for (let request = 0; request < 7; request++) {
        await open(laptop);
        let left = request;
        const stop = (): void => {
          if (left-- === 0) throw new Error('stopped');
        };
        if (lost) laptop.server.after = stop;
        else laptop.server.before = stop;
        await finish(laptop).catch((error: unknown) => assert.match(String(error), /stopped/));
        laptop.server.before = () => undefined;
        laptop.server.after = () => undefined;
        laptop.server.served.length = 0;
        await desktop.sync();
        assert.equal(isRekeying(laptop.server.state), false);
        assert.deepEqual((await laptop.sync()).decisions, []);
        assert.deepEqual(
          [...laptop.server.state.live.keys()].filter((id) => !laptop.server.objects.has(id)),
          [],
        );
      }
    desktop.write('one', 'still in step');
    await desktop.sync();
    await laptop.sync();
    assert.equal(laptop.read('one'), 'still in step');
  });

  it('is done once when two machines do it at the same time', async () => {
    const [laptop, desktop] = await makePairWith(FILES);
    await open(laptop);
    const results = await Promise.all([finish(laptop), finish(desktop)]);
    assert.equal(results.filter((result) => result !== undefined).length, 1);
    const kinds = (await laptop.open()).session.history().map(({ entry }) => entry.change.kind);
    assert.deepEqual(kinds.slice(-2), ['rotate', 'rekeyed']);
    assert.deepEqual((await desktop.sync()).decisions, []);
  });

  it('goes on over several epochs that were opened one after the other', async () => {
    const [laptop, desktop] = await makePairWith(FILES);
    for (const machine of [laptop, desktop, laptop]) await open(machine);
    await finish(desktop);
    assert.ok(isClean(laptop));
    assert.equal(laptop.server.state.epochs.length, 1);
    assert.deepEqual((await laptop.sync()).decisions, []);
  });

  it('takes from this machine what the server lost, and names what is nowhere', async () => {
    const [laptop, desktop] = await makePairWith(FILES);
    const { session } = await laptop.open();
    for (const id of session.state.live.keys())
      if (id !== session.state.manifests[0]?.id.toHex()) laptop.server.lose(Uint8Array.fromHex(id));
    await open(laptop);
    const supply: RotationOptions['supply'] = ({ name }) =>
      name === 'one' ? new TextEncoder().encode('content one') : undefined;
    assert.deepEqual(await finish(laptop, { supply }), {
      resealed: 2,
      lost: ['three', 'two'],
      lostHistory: 0,
    });
    const newcomer = await laptop.admit('newcomer');
    const report = await newcomer.sync();
    assert.deepEqual(report.downloaded, ['one']);
    assert.deepEqual(
      report.remarks.map(({ name, kind }) => `${kind} ${name}`),
      ['lost three', 'lost two'],
    );
    assert.deepEqual((await desktop.sync()).uploaded, ['three', 'two']);
    assert.deepEqual((await newcomer.sync()).downloaded, ['three', 'two']);
    assert.deepEqual(newcomer.files(), laptop.files());
  });

  it('counts old versions that were lost', async () => {
    const [laptop] = await makePairWith(FILES);
    const old = new Set(laptop.server.objects.keys());
    for (const name of Object.keys(FILES)) laptop.write(name, `newer ${name}`);
    await laptop.sync();
    const contents = [...laptop.server.state.manifests].map(({ id }) => id.toHex());
    for (const id of old) if (!contents.includes(id)) laptop.server.lose(Uint8Array.fromHex(id));
    await open(laptop);
    const rotated = await finish(laptop);
    assert.deepEqual([rotated?.lost, rotated?.lostHistory], [[], 3]);
    assert.ok(isClean(laptop));
  });

  it('stops if the newest list of files is lost, unless it may go on from the last one seen', async () => {
    const [laptop, desktop] = await makePairWith(FILES);
    laptop.write('one', 'a newer one');
    await laptop.sync();
    await open(laptop);
    const newest = laptop.server.state.manifests.at(-1);
    assert.ok(newest !== undefined);
    laptop.server.lose(newest.id);
    await assert.rejects(finish(desktop), {
      name: 'UnreadableViewError',
      message: 'Cannot finish the rotation: the newest list of files cannot be read',
    });
    await finish(desktop, { fromLastSeen: true });
    const report = await laptop.sync();
    assert.deepEqual(report.downloaded, ['one']);
    assert.equal(laptop.read('one'), 'content one');
    assert.notEqual(report.snapshot, undefined, 'the way back to the newer one');
  });
});

describe('openNewEpoch', () => {
  it('puts machines out, who then cannot read what follows', async () => {
    const [laptop, desktop] = await makePairWith(FILES);
    const { session } = await desktop.open();
    await open(laptop, [desktop]);
    await finish(laptop);
    await assert.rejects(desktop.open(), { name: 'RemovedError' });
    const stale = laptop.server.state.wraps.get(session.device.id.toHex());
    assert.equal(stale, undefined);
  });

  it('leaves out a machine that another one removed first', async () => {
    const [laptop, desktop] = await makePairWith(FILES);
    const phone = await laptop.admit('phone');
    const { session } = await laptop.open();
    await open(desktop, [phone]);
    await openNewEpoch(session, [phone.load().session.device.id]);
    const kinds = session.history().map(({ entry }) => entry.change.kind);
    assert.deepEqual(kinds.slice(-2), ['remove', 'rotate']);
  });
});
