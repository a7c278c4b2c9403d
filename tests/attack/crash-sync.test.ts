import type { Client } from '@orrery/vault';
import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { takeOver } from './stage/account.ts';
import { demandTidy, demandWhole, filesOf, findPoints, killAt, refuseAt, spread } from './stage/crash.ts';
import { contents } from './stage/folder.ts';
import { plant } from './stage/intruder.ts';
import type { Machine } from './stage/machine.ts';
import { Stage, succeeds, UNLIMITED } from './stage/stage.ts';

const stage = await Stage.build(UNLIMITED);

/** Two machines, of which the laptop is the one that crashes. */
class Pair {
  readonly laptop: Machine;
  readonly desktop: Machine;
  readonly #hand: Client;
  #round = 0;

  static async make(): Promise<Pair> {
    const [laptop, desktop] = await stage.account(['laptop', 'desktop']);
    assert.ok(laptop !== undefined && desktop !== undefined);
    laptop.write('config', '# of all machines\n');
    laptop.write('shared', 'in round 0\n');
    laptop.write('remote_0', 'to be deleted by the desktop\n');
    await succeeds(laptop, 'sync');
    await succeeds(desktop, 'sync');
    const pair = new Pair(laptop, desktop, await takeOver(desktop));
    // Once, so that every later round makes the same calls.
    await pair.change();
    await succeeds(laptop, 'sync');
    return pair;
  }

  private constructor(laptop: Machine, desktop: Machine, hand: Client) {
    this.laptop = laptop;
    this.desktop = desktop;
    this.#hand = hand;
  }

  /** On the desktop one file changes, one comes and one goes; on the laptop a file and a host come. */
  async change(): Promise<void> {
    const round = ++this.#round;
    await this.#hand.session.refresh();
    await plant(this.#hand, {
      files: [
        { name: 'shared', content: `in round ${round}\n` },
        { name: `remote_${round}`, content: `made on the desktop in round ${round}\n` },
      ],
      deleted: [`remote_${round - 1}`],
    });
    this.laptop.write(`local_${round}`, `made on the laptop in round ${round}\n`);
    appendFileSync(join(this.laptop.ssh, 'config'), `Host round-${round}\n`);
  }

  /** Demands that both machines have all that either made, and nothing else. */
  async demandUnion(): Promise<void> {
    await succeeds(this.desktop, 'sync');
    await succeeds(this.laptop, 'sync');
    assert.deepEqual(contents(this.laptop.ssh), contents(this.desktop.ssh));
    const rounds = Array.from({ length: this.#round }, (_, index) => index + 1);
    const names = ['config', 'shared', `remote_${this.#round}`, ...rounds.map((round) => `local_${round}`)];
    assert.deepEqual(Object.keys(contents(this.desktop.ssh)), names.toSorted());
    assert.equal(this.desktop.read('shared'), `in round ${this.#round}\n`);
    assert.equal(
      this.desktop.read('config'),
      `# of all machines\n${rounds.map((round) => `Host round-${round}\n`).join('')}`,
    );
  }
}

/** Changes both sides, lets the laptop's sync end badly, and demands that the next one ends well. */
async function recovers(pair: Pair, badly: () => Promise<void>): Promise<void> {
  const { laptop } = pair;
  await pair.change();
  const before = filesOf(laptop);
  await badly();
  const seen = filesOf(laptop);
  await succeeds(laptop, 'sync');
  demandWhole(seen, before, filesOf(laptop));
  demandTidy(laptop);
}

for (const end of ['signal=KILL', 'error=ENOSPC'])
  test(`a file that is written in place is lost (${end}): the control of what follows`, async () => {
    const [laptop] = await stage.account(['laptop']);
    assert.ok(laptop !== undefined);
    laptop.write('naive', 'old\n'.repeat(1000));
    const before = filesOf(laptop);
    const script = join(laptop.home, 'naive.mjs');
    const target = join(laptop.ssh, 'naive');
    writeFileSync(
      script,
      `import { openSync, writeSync } from 'node:fs';
     const file = openSync(${JSON.stringify(target)}, 'w');
     for (let at = 0; at < 4; at++) writeSync(file, 'new'.repeat(1000), at * 3000);`,
    );
    const under = [
      'strace',
      '-o',
      '/dev/null',
      '-e',
      `inject=pwrite64:${end}:when=2`,
      process.execPath,
      script,
    ];
    await laptop.start([], { under });
    assert.throws(() => demandWhole(filesOf(laptop), before, { naive: 'new' }));
  });

test('a sync killed at any change of a file leaves whole files, and the next one loses nothing', async () => {
  const pair = await Pair.make();
  await pair.change();
  const points = await findPoints(pair.laptop, 'sync');
  assert.ok(points.length >= 20, `${points.length} points`);
  for (const point of points) await recovers(pair, () => killAt(pair.laptop, point, 'sync'));
  await pair.demandUnion();
});

test('a sync on a full disk says so, leaves whole files, and works when there is room again', async () => {
  const pair = await Pair.make();
  await pair.change();
  const points = await findPoints(pair.laptop, 'sync');
  const writes = points.filter(({ call }) => call === 'pwrite64');
  const renames = points.filter(({ call }) => call.startsWith('rename'));
  for (const point of [...spread(writes, 5), ...renames.slice(-1)])
    await recovers(pair, async () => {
      const { code, err } = await refuseAt(pair.laptop, point, 'ENOSPC', 'sync');
      assert.equal(code, 1, err);
      assert.match(err, /ssh-sync: cannot (?:write|append to) ".*": (?:no space left|the disk is full)/i);
      assert.match(err, /hint: /);
    });
  await pair.demandUnion();
});

test('a disk that fails when it is to keep what was written changes nothing', async () => {
  const pair = await Pair.make();
  for (const when of [1, 9, 21])
    await recovers(pair, async () => {
      const { code, err } = await refuseAt(pair.laptop, { call: 'fsync', when }, 'EIO', 'sync');
      assert.equal(code, 1, err);
      assert.match(err, /ssh-sync: cannot .*".*": .*i\/o error|it is done, but syncing the folder failed/);
    });
  await pair.demandUnion();
});
