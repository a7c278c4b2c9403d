import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makePairWith, type Machine } from '../../testing/machine.ts';
import type { PendingLine } from './arrival.ts';
import { readFolderState, writeFolderState } from './folder-state.ts';
import type { Report } from './report.ts';
import { scanFolder, toSeen } from './scan.ts';

const HOST = 'example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n';

describe('syncFolder with lines that need acceptance', () => {
  const code = 'Host x\n\tProxyCommand nc %h %p\n';

  it('withholds the file in both directions, and the rest goes on', async () => {
    const [laptop, desktop] = await makePairWith({ config: 'Host a\n', id: 'one' });
    laptop.write('config', `Host a\n${code}`);
    laptop.write('id', 'two');
    await laptop.sync();
    desktop.write('config', 'Host a\nHost mine\n');
    for (let round = 0; round < 2; round++) {
      const report = await desktop.sync();
      assert.deepEqual(
        report.withheld.map(({ name, lines }) => [name, lines.map(({ line }) => line)]),
        [['config', ['ProxyCommand nc %h %p']]],
      );
      assert.deepEqual(report.downloaded, round === 0 ? ['id'] : []);
      assert.deepEqual(report.uploaded, []);
    }
    assert.equal(desktop.read('config'), 'Host a\nHost mine\n');
    const accepted = await desktop.sync({}, { accept: () => Promise.resolve(true) });
    assert.deepEqual(accepted.merged, ['config']);
    assert.match(desktop.read('config'), /ProxyCommand/);
    await laptop.sync();
    assert.equal(laptop.read('config'), desktop.read('config'));
  });

  it('asks once about all lines, and never again about those that were accepted', async () => {
    const [laptop, desktop] = await makePairWith({ config: 'Host a\n', known_hosts: HOST });
    laptop.write('config', `Host a\n${code}`);
    laptop.write('known_hosts', `${HOST}${HOST.replace('IAAB', 'IAAC')}`);
    await laptop.sync();
    const asked: (readonly PendingLine[])[] = [];
    const accept = (lines: readonly PendingLine[]): Promise<boolean> => {
      asked.push(lines);
      return Promise.resolve(true);
    };
    await desktop.sync({}, { accept });
    assert.deepEqual(
      asked.map((lines) => lines.map(({ name }) => name)),
      [['config', 'known_hosts']],
    );
    laptop.write('config', 'Host a\n');
    await laptop.sync();
    await desktop.sync({}, { accept });
    laptop.write('config', `Host a\n${code}`);
    await laptop.sync();
    await desktop.sync({}, { accept });
    const lines = asked.flat().map(({ change, line }) => `${change} ${line.trim().slice(0, 12)}`);
    assert.deepEqual(lines, ['added ProxyCommand', 'added example.org ', 'removed ProxyCommand']);
    assert.match(desktop.read('config'), /ProxyCommand/);
  });

  it('asks about a line again that was accepted in another file', async () => {
    const [laptop, desktop] = await makePairWith({
      config: `${code}Host *\n\tInclude ~/.ssh/work\n`,
      work: 'Host y\n',
    });
    laptop.write('work', code);
    await laptop.sync();
    const { withheld } = await desktop.sync();
    assert.deepEqual(
      withheld.map(({ name, lines }) => [name, lines.map(({ line }) => line)]),
      [['work', ['ProxyCommand nc %h %p']]],
    );
    assert.equal(desktop.read('work'), 'Host y\n');
  });

  it('does not let a withheld file go on deletion, and counts it in no way as deleted here', async () => {
    const [laptop, desktop] = await makePairWith({
      config: 'Host a\n\tStrictHostKeyChecking yes\n',
      id: 'one',
    });
    laptop.remove('config');
    await laptop.sync();
    const report = await desktop.sync();
    assert.deepEqual(
      report.withheld.map(({ name }) => name),
      ['config'],
    );
    assert.ok(desktop.has('config'));
    laptop.write('config', 'Host back\n');
    await laptop.sync();
    await desktop.sync({}, { accept: () => Promise.resolve(true) });
    assert.match(desktop.read('config'), /Host back/);
  });

  it('counts programs that the arriving config names as code, and those that the present one names', async () => {
    const [laptop, desktop] = await makePairWith({ id: 'one' });
    laptop.write('config', 'Host x\n\tProxyCommand ~/.ssh/proxy.sh %h\n');
    laptop.write('proxy.sh', '#!/bin/sh\n', { mode: 0o755 });
    await laptop.sync();
    const first = await desktop.sync();
    assert.deepEqual(
      first.withheld.map(({ name }) => name),
      ['config', 'proxy.sh'],
    );
    await desktop.sync({}, { accept: () => Promise.resolve(true) });
    laptop.write('proxy.sh', '#!/bin/sh\nrm -rf ~\n', { mode: 0o755 });
    await laptop.sync();
    assert.deepEqual(
      (await desktop.sync()).withheld.map(({ name }) => name),
      ['proxy.sh'],
    );
    assert.equal(desktop.read('proxy.sh'), '#!/bin/sh\n');
  });

  it('settles what both sides have made the same although it was withheld before', async () => {
    const [laptop, desktop] = await makePairWith({ config: 'Host a\n' });
    laptop.write('config', `Host a\n${code}`);
    await laptop.sync();
    await desktop.sync();
    desktop.write('config', `Host a\n${code}`);
    trustStamps(desktop);
    await desktop.sync();
    desktop.write('config', 'Host a\nHost b\n');
    const report = await desktop.sync();
    assert.deepEqual(actions(report), { config: 'upload' });
  });
});

/** The actions of a report by file, in its order. */
function actions({ decisions }: Report): Readonly<Record<string, string>> {
  return Object.fromEntries(decisions.map(({ name, action }) => [name, action]));
}

/** Remembers the files as they stand, as a sync does that finds them two seconds old. */
function trustStamps({ home, place }: Machine): void {
  const state = readFolderState(home, place.folder);
  const { files } = scanFolder(
    place,
    state,
    () => undefined,
    (name) => name === 'config',
  );
  writeFolderState(home, { ...state, seen: toSeen(files.values(), 2n ** 63n) });
}
