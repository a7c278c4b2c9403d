import assert from 'node:assert/strict';
import { copyFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { enrol } from '../attack/stage/account.ts';
import { askForAdmission } from '../attack/stage/enrolment.ts';
import { contents, look, lookAtState } from '../attack/stage/folder.ts';
import type { Machine } from '../attack/stage/machine.ts';
import { backUp } from '../attack/stage/server.ts';
import { newDatabase, setupAt, withServer } from './stage/own-server.ts';
import { startServer } from './stage/server.ts';
import { masked, printed, runs, Stage, tells } from './stage/stage.ts';
import { Way } from './stage/way.ts';

const stage = await Stage.build();

describe('ssh-sync with a server that goes away', () => {
  it('says so, changes nothing, and goes on when it is back', async () => {
    const database = newDatabase(stage);
    const server = await startServer(database);
    const machine = stage.stranger('laptop');
    await runs(machine, setupAt(server.url, machine));
    await server.stop();
    machine.write('note', '1');
    const before = [look(machine.ssh), lookAtState(machine.state)];
    for (const command of ['sync', 'upload', 'download', 'status', 'list-machines', 'rotate-master-key'])
      tells(
        await runs(machine, [command], 1),
        `ssh-sync: cannot reach server "${server.url}": the connection was refused`,
        `cause: connect ECONNREFUSED 127.0.0.1:${server.port}`,
        'hint: is the server running, and is the port right? to use another address: ssh-sync setup --server URL',
      );
    assert.deepEqual([look(machine.ssh), lookAtState(machine.state)], before);
    const sync = async (): Promise<void> => {
      assert.equal((await printed(machine, 'sync'))[0], 'note: uploaded');
    };
    await withServer(database, [], sync, server.port);
  });

  it('ends a setup that was begun while it was away', async () => {
    const database = newDatabase(stage);
    const server = await startServer(database);
    await server.stop();
    const machine = stage.stranger('laptop');
    await runs(machine, setupAt(server.url, machine), 1);
    const finish = async (): Promise<void> => {
      assert.equal(
        (await printed(machine, 'setup'))[0],
        'Account "alice" is ready, and this machine is "laptop".',
      );
    };
    await withServer(database, [], finish, server.port);
  });

  it('lets it finish the request that it has on SIGTERM, and sends the rest with the next sync', async () => {
    const way = await Way.open();
    const database = newDatabase(stage);
    const server = await startServer(database, ['--origin', way.url]);
    way.lead(server.port);
    const [laptop, desktop] = [stage.stranger('laptop'), stage.stranger('desktop')];
    await runs(laptop, setupAt(way.url, laptop));
    await enrol(laptop, desktop);
    laptop.write('large', 'x'.repeat(600_000));
    const held = way.holdAfter(300_000);
    const cut = laptop.run('sync');
    await held;
    const stopped = server.stop();
    await untilRefused(server.port);
    way.release();
    await stopped;
    const { code, err } = await cut;
    assert.equal(code, 1, err);
    assert.match(err, /^ssh-sync: cannot reach server /);
    const again = await startServer(database, ['--origin', way.url], server.port);
    try {
      for (const machine of [laptop, desktop]) await runs(machine, ['sync']);
      assert.deepEqual(contents(desktop.ssh), contents(laptop.ssh));
    } finally {
      await way.close();
      await again.stop();
    }
  });

  it('does not keep it from stopping while a newcomer waits, who goes on with the same words', async () => {
    const database = newDatabase(stage);
    const server = await startServer(database);
    const [laptop, desktop] = [stage.stranger('laptop'), stage.stranger('desktop')];
    await runs(laptop, setupAt(server.url, laptop));
    const waiting = await askForAdmission(desktop, server.url, 'alice');
    await server.stop();
    assert.equal((await waiting.ended).code, 1);
    const goOn = async (): Promise<void> => {
      await runs(laptop, ['challenge-response', ...waiting.words, '--yes']);
      await runs(desktop, ['setup', '--yes']);
      await runs(desktop, ['sync']);
    };
    await withServer(database, [], goOn, server.port);
  });

  it('gives a server that was restored from a backup back what it lost', async () => {
    const database = newDatabase(stage);
    const copy = newDatabase(stage);
    const server = await startServer(database);
    const [laptop, desktop] = [stage.stranger('laptop'), stage.stranger('desktop')];
    await runs(laptop, setupAt(server.url, laptop));
    await enrol(laptop, desktop);
    laptop.write('note', '1');
    for (const machine of [laptop, desktop]) await runs(machine, ['sync']);
    await backUp(database, copy);
    laptop.write('note', '2', { age: 30 });
    laptop.write('new', 'n');
    await runs(laptop, ['sync']);
    await server.stop();
    for (const end of ['', '-wal', '-shm']) rmSync(database + end, { force: true });
    copyFileSync(copy, database);
    await withServer(database, [], () => restore(laptop, desktop), server.port);
  });
});

async function restore(laptop: Machine, desktop: Machine): Promise<void> {
  const before = look(laptop.ssh);
  const refused = await runs(laptop, ['sync'], 3);
  assert.deepEqual(masked(refused.err), [
    `ssh-sync: cannot accept the server's ledger: newest entries are missing: this machine has seen entry 3 (SHA256:...), the server ends at entry 2 (SHA256:...)`,
    'hint: nothing was changed; if the server was restored from a backup, run: ssh-sync sync --restore-server',
  ]);
  await runs(desktop, ['sync']);
  assert.deepEqual(await printed(laptop, 'sync', '--restore-server', '--dry-run'), [
    'would give the server back the entries that it lost',
  ]);
  const restored = await runs(laptop, ['sync', '--restore-server']);
  assert.equal(restored.out, 'Sync complete: 0 uploaded, 0 downloaded, 2 skipped.\n');
  tells(
    restored,
    'gave the server back 1 entry; what they name is encrypted under a new key',
    'encrypted 4 objects under the new key',
    'ssh-sync: warning: the server has lost 1 older version',
  );
  assert.deepEqual(look(laptop.ssh), before);
  await runs(desktop, ['sync']);
  assert.deepEqual(contents(desktop.ssh), contents(laptop.ssh));
  tells(await runs(laptop, ['sync', '--restore-server']), 'the server has lost nothing');
}

/** Waits until a server accepts no more connections: so it has heard the signal to stop. */
async function untilRefused(port: number): Promise<void> {
  const refused = await new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(false)).once('error', () => resolve(true));
    socket.unref().once('connect', () => socket.destroy());
  });
  if (!refused) await untilRefused(port);
}
