import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { takeOver } from './stage/account.ts';
import { contents } from './stage/folder.ts';
import type { Machine, Ran } from './stage/machine.ts';
import { Stage, succeeds } from './stage/stage.ts';

const stage = await Stage.build();
const ROUNDS = 10;

/** Runs commands at the same moment, each in a process of its own. */
async function atOnce(...runs: readonly (readonly [Machine, ...string[]])[]): Promise<readonly Ran[]> {
  const ran = await Promise.all(runs.map(([machine, ...words]) => machine.run(...words)));
  for (const { code, out, err } of ran) assert.equal(code, 0, `${out}${err}`);
  return ran;
}

function change(machine: Machine, round: number): void {
  const { name } = machine;
  machine.write(`id_${name}_${round}`, `made on the ${name} in round ${round}\n`);
  appendFileSync(join(machine.ssh, 'config'), `Host ${name}-${round}\n  Port ${2000 + round}\n`);
}

test('writers who compare nothing lose an update: the control of what follows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-attack-'));
  const list = join(folder, 'list');
  const read = (): string => (existsSync(list) ? readFileSync(list, 'utf8') : '');
  const [seenByLaptop, seenByDesktop] = [read(), read()];
  writeFileSync(list, `${seenByLaptop}laptop `);
  writeFileSync(list, `${seenByDesktop}desktop `);
  assert.equal(read(), 'desktop ');
  rmSync(folder, { recursive: true });
});

test('two machines that commit at the same moment, ten times, lose nothing', async () => {
  const [laptop, desktop] = await stage.account(['laptop', 'desktop']);
  assert.ok(laptop !== undefined && desktop !== undefined);
  for (const machine of [laptop, desktop]) machine.write('config', '# of all machines\n');
  for (let round = 0; round < ROUNDS; round++) {
    for (const machine of [laptop, desktop]) change(machine, round);
    await atOnce([laptop, 'sync'], [desktop, 'sync']);
  }
  await succeeds(laptop, 'sync');
  await succeeds(desktop, 'sync');
  await succeeds(laptop, 'sync');
  assert.deepEqual(contents(laptop.ssh), contents(desktop.ssh));
  const config = laptop.read('config');
  for (let round = 0; round < ROUNDS; round++)
    for (const name of ['laptop', 'desktop']) {
      assert.equal(desktop.read(`id_${name}_${round}`), `made on the ${name} in round ${round}\n`);
      assert.equal(config.split(`Host ${name}-${round}\n`).length, 2, `${name} ${round}`);
    }
});

test('rotations, removals and commits at the same moment lose nothing', async () => {
  const [laptop, desktop, tablet] = await stage.account(['laptop', 'desktop', 'tablet']);
  assert.ok(laptop !== undefined && desktop !== undefined && tablet !== undefined);
  const all = [laptop, desktop, tablet] as const;
  laptop.write('config', '# of all machines\n');
  for (const machine of all) await succeeds(machine, 'sync');
  for (const machine of all) change(machine, 1);
  await atOnce([laptop, 'rotate-master-key', '--yes'], [desktop, 'sync'], [tablet, 'sync']);
  for (const machine of all) change(machine, 2);
  await atOnce(
    [laptop, 'sync'],
    [desktop, 'rotate-master-key', '--yes'],
    [tablet, 'rotate-master-key', '--yes'],
  );
  for (const machine of all) await succeeds(machine, 'sync');
  await atOnce([laptop, 'sync'], [desktop, 'remove-machine', 'tablet', '--yes']);
  await succeeds(laptop, 'sync');
  await succeeds(desktop, 'sync');
  assert.deepEqual(contents(laptop.ssh), contents(desktop.ssh));
  for (const { name } of all)
    for (const round of [1, 2])
      assert.equal(laptop.read(`id_${name}_${round}`), `made on the ${name} in round ${round}\n`);
  const { session } = await takeOver(laptop);
  assert.deepEqual(
    [...session.state.members.values()].map(({ name, removed }) => [name, removed === undefined]),
    [
      ['laptop', true],
      ['desktop', true],
      ['tablet', false],
    ],
  );
});

test('commands of one machine at the same moment wait for each other', async () => {
  const [laptop] = await stage.account(['laptop']);
  assert.ok(laptop !== undefined);
  laptop.write('id_ed25519', 'the key of the laptop\n');
  await atOnce(
    [laptop, 'sync'],
    [laptop, 'sync'],
    [laptop, 'status'],
    [laptop, 'rotate-master-key', '--yes'],
  );
  const { session } = await takeOver(laptop);
  assert.equal(session.history().filter(({ entry }) => entry.change.kind === 'commit').length, 1);
});
