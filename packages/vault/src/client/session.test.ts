import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { entryHash } from '../ledger/entry.ts';
import { fingerprint } from '../device/keys.ts';
import { makePair, makePairWith, Machine, temporaryFolder } from '../../testing/machine.ts';
import { finishRotation, openNewEpoch } from './rotation.ts';
import { RemovedError, RestoredServerError } from './session.ts';
import { leaveAccount } from './membership.ts';

function headOf({ server }: Machine): string {
  const last = server.records.at(-1);
  return last === undefined ? '' : fingerprint(Uint8Array.from(entryHash(last.entry)));
}

describe('Session.refresh', () => {
  it('takes over entries of several pages, and writes them down', async () => {
    const [laptop, desktop] = await makePair();
    for (let count = 0; count < 9; count++) {
      laptop.write('id', String(count));
      await laptop.sync();
    }
    const before = desktop.load().session.state.head.number;
    const { session } = desktop.load();
    assert.equal((await session.refresh()).length, 9);
    assert.deepEqual([before, desktop.load().session.state.head.number], [1, 10]);
    assert.equal((await session.refresh()).length, 0);
  });

  it('writes nothing down unless it keeps, but knows all entries', async () => {
    const [laptop, desktop] = await makePairWith({ id: 'one' });
    laptop.write('id', 'two');
    await laptop.sync();
    const { session } = await desktop.open(false);
    assert.equal(session.state.head.number, 3);
    assert.equal(session.history().length, 4);
    assert.equal(desktop.load().session.state.head.number, 2);
  });

  it('that only looks knows each entry once, though another process writes them down meanwhile', async () => {
    const [laptop, desktop] = await makePairWith({ id: 'one' });
    laptop.write('id', 'two');
    await laptop.sync();
    const { session } = await desktop.open(false);
    await desktop.open();
    assert.deepEqual(
      session.history().map(({ entry }) => entry.number),
      [0, 1, 2, 3],
    );
  });

  it('tells a removed machine by whom it was removed', async () => {
    const [laptop, desktop] = await makePair();
    const { session } = await laptop.open();
    await openNewEpoch(session, [desktop.load().session.device.id]);
    await assert.rejects(desktop.open(), (error) => {
      assert.ok(error instanceof RemovedError);
      assert.equal(error.message, 'Cannot go on: this machine was removed from the account by "laptop"');
      return true;
    });
  });

  it('refuses a server that has become shorter, says both heads, and stays where it is', async () => {
    const [laptop] = await makePairWith({ id: 'one' });
    const restore = laptop.server.backup();
    const old = headOf(laptop);
    laptop.write('id', 'two');
    await laptop.sync();
    const seen = headOf(laptop);
    restore();
    for (const keeps of [true, false])
      await assert.rejects(laptop.open(keeps), (error) => {
        assert.ok(error instanceof RestoredServerError);
        assert.equal(error.code, 'rollback');
        assert.equal(
          error.message,
          `Cannot accept the server's ledger: newest entries are missing: this machine has seen entry 3 (${seen}), the server ends at entry 2 (${old})`,
        );
        return true;
      });
    assert.equal(laptop.load().session.state.head.number, 3);
  });

  it('refuses another history of the same length, of more entries and of fewer', async () => {
    const [laptop, desktop] = await makePairWith({ id: 'one' });
    const restore = laptop.server.backup();
    for (const content of ['mine', 'mine again']) {
      laptop.write('id', content);
      await laptop.sync();
    }
    restore();
    for (const [content, message] of [
      [
        'a',
        /^Cannot accept the server's ledger: it differs from the one seen before: this machine has seen entry 4 .* ends at entry 3 /,
      ],
      [
        'b',
        /^Cannot accept the server's ledger: it differs from the one seen before: this machine has seen entry 4 .* ends at entry 4 /,
      ],
      [
        'c',
        /^Cannot accept the server's ledger: its entries do not follow entry 4 .* that this machine has seen$/,
      ],
    ] as const) {
      desktop.write('id', content);
      await desktop.sync();
      await assert.rejects(laptop.open(), { name: 'LedgerError', code: 'fork', message });
    }
    assert.equal(laptop.load().session.state.head.number, 4);
  });
});

describe('Session.append', () => {
  it('builds anew on what others appended first', async () => {
    const [laptop, desktop] = await makePair();
    const { session } = await laptop.open();
    await openNewEpoch((await desktop.open()).session, []);
    await openNewEpoch(session, []);
    assert.deepEqual(
      session.history().map(({ entry }) => entry.change.kind),
      ['genesis', 'admit', 'rotate', 'rotate'],
    );
  });

  it('stops if this machine was removed meanwhile', async () => {
    const [laptop, desktop] = await makePair();
    const { session } = await desktop.open();
    await openNewEpoch((await laptop.open()).session, [session.device.id]);
    await assert.rejects(leaveAccount(session), { name: 'ServerError', code: 'removed' });
    assert.equal(laptop.server.records.length, 3);
  });

  it('is content with an entry of its own that stands already', async () => {
    const [laptop] = await makePairWith({ id: 'one' });
    const { session } = await laptop.open();
    laptop.server.after = (request) => {
      if (request === 'append') throw new Error('connection reset');
    };
    await assert.rejects(openNewEpoch(session, []), /connection reset/);
    laptop.server.after = () => undefined;
    const news = await session.refresh();
    assert.deepEqual(
      news.map(({ entry }) => entry.change.kind),
      ['rotate'],
    );
  });
});

describe('Session.restoreServer', () => {
  /** A laptop in step with a server that then went back to before the last `commits` commits and an admission. */
  async function makeRestored(
    commits: number,
  ): Promise<readonly [laptop: Machine, desktop: Machine, late: Machine]> {
    const [laptop, desktop] = await makePairWith({ id: 'one', config: 'Host a\n', same: 'x' });
    const restore = laptop.server.backup();
    const late = await laptop.admit('late');
    for (let count = 0; count < commits; count++) {
      laptop.write('id', `after the backup ${count}`);
      laptop.write('new', `new ${count}`);
      await laptop.sync();
      await late.sync();
    }
    restore();
    return [laptop, desktop, late];
  }

  async function restoreFrom(laptop: Machine): Promise<number> {
    const { session } = laptop.load();
    const count = await session.restoreServer();
    await openNewEpoch(session, []);
    return count;
  }

  it('gives the entries back and, after a rotation, every content that this machine has', async () => {
    const [laptop, desktop] = await makeRestored(25);
    assert.equal(await restoreFrom(laptop), 26);
    const supply = (name: string): Uint8Array => new TextEncoder().encode(laptop.read(name));
    await laptop.sync({}, {}, { supply: ({ name }) => supply(name), fromLastSeen: true });
    const report = await desktop.sync();
    assert.deepEqual(report.downloaded, ['id', 'new']);
    assert.deepEqual(desktop.files(), laptop.files());
    for (const machine of [laptop, desktop]) assert.deepEqual((await machine.sync()).remarks, []);
  });

  it('leaves what this machine does not have to be given back by one that has it', async () => {
    const [laptop, desktop, late] = await makeRestored(2);
    await restoreFrom(laptop);
    const { home, session } = await laptop.open();
    const rotated = await finishRotation(home, session, { supply: () => undefined, fromLastSeen: true });
    assert.deepEqual(rotated?.lost, ['id', 'new']);
    const without = await desktop.sync();
    assert.deepEqual(without.downloaded, []);
    assert.deepEqual(
      without.remarks.map(({ name, kind }) => [name, kind]),
      [
        ['id', 'lost'],
        ['new', 'lost'],
      ],
    );
    assert.equal(desktop.read('id'), 'one');
    assert.deepEqual((await late.sync()).uploaded, ['id', 'new']);
    assert.deepEqual((await desktop.sync()).downloaded, ['id', 'new']);
    assert.equal(desktop.read('id'), 'after the backup 1');
  });

  it('refuses a server whose list is another one', async () => {
    const [laptop, desktop] = await makeRestored(1);
    desktop.write('id', 'a fork');
    await desktop.sync();
    const { length } = laptop.server.records;
    await assert.rejects(laptop.load().session.restoreServer(), { code: 'fork' });
    assert.equal(laptop.server.records.length, length);
  });

  it('gives nothing to a server that lost nothing', async () => {
    const machine = await Machine.found(temporaryFolder());
    assert.equal(await machine.load().session.restoreServer(), 0);
  });
});
