import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { contents, look } from '../attack/stage/folder.ts';
import { linesOf, printed, runs, Stage, tells } from './stage/stage.ts';

const stage = await Stage.build();

describe('ssh-sync and its folders', () => {
  it('syncs another folder with --ssh-dir or, for once, with --path', async () => {
    const [laptop, desktop] = await stage.pair({ id: 'from ~/.ssh' });
    for (const [flag, folder] of [
      ['--ssh-dir', 'other'],
      ['--path', 'third'],
    ] as const) {
      const path = join(desktop.home, folder);
      assert.deepEqual(await printed(desktop, 'sync', flag, path), [
        'id: downloaded',
        'Sync complete: 0 uploaded, 1 downloaded, 0 skipped.',
      ]);
      assert.equal(readFileSync(join(path, 'id'), 'utf8'), 'from ~/.ssh');
      assert.equal(statSync(path).mode & 0o777, 0o700);
    }
    writeFileSync(join(desktop.home, 'other/new'), 'from another folder');
    await runs(desktop, ['sync', '--ssh-dir', join(desktop.home, 'other')]);
    assert.equal(existsSync(join(desktop.ssh, 'new')), false);
    await runs(laptop, ['sync']);
    assert.equal(laptop.read('new'), 'from another folder');
  });

  it('says so if the folder is a file', async () => {
    const [laptop] = await stage.pair({ id: '1' });
    const file = join(laptop.ssh, 'id');
    tells(
      await runs(laptop, ['sync', '--ssh-dir', file], 2),
      `ssh-sync: cannot use "${file}": it is not a folder`,
      'hint: name a folder with --ssh-dir or --path',
    );
  });

  it('keeps its state where --home, $SSH_SYNC_HOME or $HOME says, in this order', async () => {
    const machine = stage.stranger('laptop');
    const flags = ['--server', stage.server.url, '--machine', 'laptop', '--username'];
    const environment = { SSH_SYNC_HOME: join(machine.home, 'by-variable') };
    await runs(machine, ['setup', ...flags, 'by-home']);
    await runs(machine, ['setup', ...flags, 'by-variable'], 0, { environment });
    const byFlag = join(machine.home, 'by-flag');
    await runs(machine, ['setup', ...flags, 'by-flag', '--home', byFlag], 0, { environment });
    for (const folder of ['.ssh-sync', 'by-variable', 'by-flag']) {
      assert.equal(statSync(join(machine.home, folder)).mode & 0o777, 0o700);
      assert.equal(statSync(join(machine.home, folder, 'device.key')).mode & 0o777, 0o600);
    }
    const account = (await runs(machine, ['status', '--home', byFlag])).out.split('\n')[0];
    assert.match(account ?? '', /^account "by-flag" /);
  });

  it('never syncs the state folder, in which the keys of the machine lie', async () => {
    const [laptop] = await stage.pair();
    const refused = `it belongs to "${laptop.state}", where this program keeps the keys of this machine`;
    for (const command of ['sync', 'upload', 'download', 'status', 'diff', 'undo'])
      tells(
        await runs(laptop, [command, '--path', laptop.state], 2),
        `ssh-sync: cannot use folder "${laptop.state}": ${refused}`,
        'hint: use other folders with --path, --ssh-dir or --home',
      );
  });

  it('refuses a state folder in which others can write', async () => {
    const machine = stage.stranger('laptop');
    const open = join(machine.home, 'open');
    mkdirSync(open, { mode: 0o777 });
    const { code, err } = await machine.run(
      'setup',
      '--server',
      stage.server.url,
      '--username',
      'x',
      '--home',
      open,
    );
    // mkdir is subject to the umask of whoever runs the tests.
    if ((statSync(open).mode & 0o022) === 0) return assert.equal(code, 0);
    assert.equal(code, 1);
    assert.match(err, /lets other users change what is in it\nhint: chmod go-w /);
  });

  it('writes to ~/.ssh-sync-data alone with --safe-mode', async () => {
    const [laptop, desktop] = await stage.pair({ id: '1', config: 'Host a\n' });
    laptop.write('id', '2');
    laptop.write('new', 'n');
    await runs(laptop, ['sync']);
    desktop.write('mine', 'm');
    const before = look(desktop.ssh);
    const data = join(desktop.home, '.ssh-sync-data');
    const safe = await runs(desktop, ['sync', '--safe-mode']);
    tells(safe, `what arrived is in "${data}"`);
    assert.deepEqual(linesOf(safe.out), [
      'mine: uploaded',
      'id: downloaded',
      'new: downloaded',
      'Sync complete: 1 uploaded, 2 downloaded, 1 skipped.',
    ]);
    assert.deepEqual(look(desktop.ssh), before);
    assert.deepEqual(readdirSync(data).toSorted(), ['id', 'new']);
    laptop.write('id', '3');
    await runs(laptop, ['sync']);
    await runs(desktop, ['download', '--safe-mode', '--on-conflict', 'overwrite']);
    assert.equal(readFileSync(join(data, 'id'), 'utf8'), '3');
    assert.deepEqual(look(desktop.ssh), before);
    await runs(desktop, ['sync']);
    await runs(laptop, ['sync']);
    assert.deepEqual(contents(desktop.ssh), contents(laptop.ssh));
  });

  it('keeps authorized_keys and leftovers here, until --include names them once', async () => {
    const [laptop, desktop] = await stage.pair();
    const local = ['authorized_keys', 'config~', 'known_hosts.old', 'rc', '.ssh-sync-ignore'];
    for (const name of local) laptop.write(name, `# ${name}\n`);
    assert.deepEqual(await printed(laptop, 'sync'), ['Sync complete: 0 uploaded, 0 downloaded, 0 skipped.']);
    assert.deepEqual(await printed(laptop, 'sync', '--include', 'known_hosts.old', 'authorized_keys'), [
      'authorized_keys: uploaded',
      'known_hosts.old: uploaded',
      'Sync complete: 2 uploaded, 0 downloaded, 0 skipped.',
    ]);
    laptop.write('known_hosts.old', '# changed\n');
    assert.deepEqual(await printed(laptop, 'sync'), [
      'known_hosts.old: uploaded',
      'Sync complete: 1 uploaded, 0 downloaded, 1 skipped.',
    ]);
    assert.deepEqual(await printed(desktop, 'sync'), ['Sync complete: 0 uploaded, 0 downloaded, 0 skipped.']);
    const guarded = await runs(desktop, ['sync', '--include', 'authorized_keys', 'known_hosts.old'], 4);
    assert.match(guarded.err, /^withheld authorized_keys: it stays as it is until you accept/m);
    await runs(desktop, ['sync', '--accept-commands']);
    assert.deepEqual(readdirSync(desktop.ssh).toSorted(), ['authorized_keys', 'known_hosts.old']);
  });

  it('refuses what --include cannot mean, and warns of a name that nothing has', async () => {
    const [laptop] = await stage.pair();
    tells(
      await runs(laptop, ['sync', '--include', '../evil'], 2),
      'ssh-sync: cannot use --include "../evil": it holds a path separator',
      'hint: the name of a file that lies directly in the synced folder is expected',
    );
    tells(
      await runs(laptop, ['sync', '--include', 'autorized_keys']),
      'ssh-sync: warning: autorized_keys: no file of this name is here or on the server; it is synced once there is one',
    );
  });

  it('never touches sockets and pipes, and leaves what editors leave', async () => {
    const [laptop, desktop] = await stage.pair({ id: '1' });
    const left = ['.config.swp', '#config#', 'config.bak', 'id.orig', 'environment', 'id.duplicate'];
    for (const name of left) laptop.write(name, 'of this machine\n');
    execFileSync('mkfifo', [join(laptop.ssh, 'pipe')]);
    const socket = createServer().listen(join(laptop.ssh, 'master-alice@web:22'));
    await once(socket, 'listening');
    const before = look(laptop.ssh);
    try {
      assert.deepEqual(await printed(laptop, 'sync'), [
        'Sync complete: 0 uploaded, 0 downloaded, 1 skipped.',
      ]);
    } finally {
      socket.close();
    }
    assert.deepEqual(Object.keys(before).length, left.length + 3);
    await runs(desktop, ['sync']);
    assert.deepEqual(readdirSync(desktop.ssh), ['id']);
  });

  it('keeps and refuses what .ssh-sync-ignore names on this machine', async () => {
    const [laptop, desktop] = await stage.pair({ id: '1', work_key: '1', note: '1' });
    desktop.write('.ssh-sync-ignore', '# of this machine\nwork_*\n*.local\n');
    desktop.write('x.local', 'x');
    laptop.write('work_key', '2');
    laptop.write('work_new', 'n');
    await runs(laptop, ['sync']);
    assert.deepEqual(await printed(desktop, 'sync'), ['Sync complete: 0 uploaded, 0 downloaded, 2 skipped.']);
    assert.equal(desktop.read('work_key'), '1');
    assert.equal(existsSync(join(laptop.ssh, 'x.local')), false);
    desktop.write('.ssh-sync-ignore', '');
    await runs(desktop, ['sync']);
    await runs(laptop, ['sync']);
    assert.equal(desktop.read('work_key'), '2');
    assert.equal(laptop.read('x.local'), 'x');
  });

  it('names subfolders, and an Include that points into one', async () => {
    const [laptop] = await stage.pair();
    mkdirSync(join(laptop.ssh, 'conf.d'));
    mkdirSync(join(laptop.ssh, 'sockets'));
    laptop.write('config', 'Include conf.d/*\n');
    await runs(laptop, ['sync']);
    assert.deepEqual((await printed(laptop, 'status')).slice(2), [
      'conf.d/: a subfolder, not synced',
      'sockets/: a subfolder, not synced',
      'config: an Include points into conf.d/, which is not synced',
      'everything is in step',
    ]);
  });

  it('syncs files that the config includes as config', async () => {
    const [laptop, desktop] = await stage.pair();
    laptop.write('config', 'Include work.conf\n');
    laptop.write('work.conf', `Host w\n\tIdentityFile ${laptop.ssh}/id_w\n`);
    await runs(laptop, ['sync']);
    tells(
      await runs(desktop, ['sync'], 4),
      'withheld config: it stays as it is until you accept, with --accept-commands:',
      '  + config, every host: Include work.conf  (reads another config)',
    );
    await runs(desktop, ['sync', '--accept-commands']);
    assert.equal(desktop.read('work.conf'), `Host w\n\tIdentityFile ${desktop.ssh}/id_w\n`);
    laptop.write('work.conf', `${laptop.read('work.conf')}Host x\n`);
    desktop.write('work.conf', `# mine\n${desktop.read('work.conf')}`);
    await runs(laptop, ['sync']);
    assert.deepEqual((await printed(desktop, 'sync')).slice(-1), ['work.conf: merged']);
    assert.equal(desktop.read('work.conf'), `# mine\nHost w\n\tIdentityFile ${desktop.ssh}/id_w\nHost x\n`);
  });
});
