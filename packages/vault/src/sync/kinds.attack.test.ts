import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Machine, temporaryFolder } from '../../testing/machine.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
const OTHER_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';

/** The victim's machine, and one that plays false but signs as it should. */
async function pair(): Promise<readonly [Machine, Machine]> {
  const laptop = await Machine.found(temporaryFolder(), 'laptop');
  return [laptop, await laptop.admit('desktop')];
}

describe('a machine that gives a file a second meaning', () => {
  it('does not make a program harmless by including it', async () => {
    const [laptop, desktop] = await pair();
    laptop.write('config', 'Host a\n  ProxyCommand ~/.ssh/proxy.sh\n');
    laptop.write('proxy.sh', '#!/bin/sh\n', { mode: 0o755 });
    await laptop.sync();
    await desktop.sync({}, { accept: () => Promise.resolve(true) });
    desktop.write('config', 'Include ~/.ssh/proxy.sh\nHost a\n  ProxyCommand ~/.ssh/proxy.sh\n');
    desktop.write('proxy.sh', '#!/usr/bin/env -S sh -c "touch owned"\n', { mode: 0o755 });
    await desktop.sync();
    const { withheld } = await laptop.sync();
    assert.deepEqual(withheld.map(({ name }) => name).toSorted(), ['config', 'proxy.sh']);
    assert.equal(laptop.read('proxy.sh'), '#!/bin/sh\n');
  });

  it('does not make a login harmless by calling its file known_hosts', async () => {
    const [laptop, desktop] = await pair();
    const include = ['authorized_keys'];
    laptop.write('authorized_keys', `${KEY}\n`);
    await laptop.sync({ include });
    await desktop.sync({ include }, { accept: () => Promise.resolve(true) });
    desktop.write('config', 'UserKnownHostsFile ~/.ssh/authorized_keys\n');
    desktop.write('authorized_keys', `${KEY}\npty ${OTHER_KEY}\n`);
    await desktop.sync();
    const { withheld } = await laptop.sync();
    assert.deepEqual(withheld.map(({ name }) => name).toSorted(), ['authorized_keys', 'config']);
    assert.equal(laptop.read('authorized_keys'), `${KEY}\n`);
  });

  it('does not make a revocation removable by including known_hosts', async () => {
    const [laptop, desktop] = await pair();
    laptop.write('known_hosts', `@revoked * ${KEY}\n`);
    await laptop.sync();
    await desktop.sync({}, { accept: () => Promise.resolve(true) });
    desktop.write('config', 'Include ~/.ssh/known_hosts\n');
    await desktop.sync();
    await laptop.sync();
    desktop.write('known_hosts', '');
    await desktop.sync();
    assert.ok((await laptop.sync()).withheld.some(({ name }) => name === 'known_hosts'));
    assert.equal(laptop.read('known_hosts'), `@revoked * ${KEY}\n`);
  });

  it('does not empty, replace or delete a list of revoked host keys unasked', async () => {
    const [laptop, desktop] = await pair();
    laptop.write('config', 'RevokedHostKeys ~/.ssh/revoked\n');
    laptop.write('revoked', `${KEY}\n`);
    laptop.write('other', '');
    await laptop.sync();
    await desktop.sync({}, { accept: () => Promise.resolve(true) });
    const tries = [
      () => desktop.write('revoked', ''),
      () => desktop.write('revoked', `${KEY}\n${OTHER_KEY}\n`),
      () => desktop.remove('revoked'),
    ];
    for (const change of tries) {
      change();
      await desktop.sync();
      const { withheld } = await laptop.sync();
      assert.deepEqual(
        withheld.map(({ name, lines }) => [name, lines.map(({ reason }) => reason)]),
        [['revoked', ['ssh refuses the host keys that it lists']]],
      );
      assert.equal(laptop.read('revoked'), `${KEY}\n`);
    }
  });

  it('shows the lines of a file that it sent before the line that includes it', async () => {
    const [laptop, desktop] = await pair();
    desktop.write('extra', 'Host *\n  ProxyCommand touch owned\n');
    await desktop.sync();
    assert.deepEqual((await laptop.sync()).downloaded, ['extra']);
    desktop.write('config', 'Include ~/.ssh/extra\n');
    await desktop.sync();
    const { withheld } = await laptop.sync();
    const lines = withheld.flatMap((file) => file.lines.map(({ line }) => line.trim()));
    assert.ok(lines.includes('ProxyCommand touch owned'), lines.join('\n'));
  });
});

describe('known_hosts in two steps', () => {
  it('keeps a host known that went before, also when much went with it', async () => {
    const [laptop, desktop] = await pair();
    laptop.write('known_hosts', `bank.example ${KEY}\n`);
    await laptop.sync();
    await desktop.sync();
    const junk = Array.from({ length: 60_000 }, (_, index) => `host${index}.example ${KEY}\n`).join('');
    desktop.write('known_hosts', `bank.example ${KEY}\n${junk}`);
    await desktop.sync();
    await laptop.sync();
    desktop.write('known_hosts', '');
    await desktop.sync();
    const { withheld } = await laptop.sync();
    desktop.write('known_hosts', `bank.example ${OTHER_KEY}\n`);
    await desktop.sync();
    const after = await laptop.sync();
    assert.ok([...withheld, ...after.withheld].some(({ name }) => name === 'known_hosts'));
    assert.doesNotMatch(laptop.read('known_hosts'), new RegExp(OTHER_KEY));
  });
});

describe('a withheld file', () => {
  it('is not deleted for everybody because it is not here', async () => {
    const [laptop] = await pair();
    laptop.write('config', 'Host a\n  ProxyCommand nc %h %p\n');
    laptop.write('other', 'content\n');
    laptop.write('third', 'content\n');
    await laptop.sync();
    laptop.remove('config');
    const download = await laptop.sync({ direction: 'down' });
    assert.deepEqual(
      download.withheld.map(({ name }) => name),
      ['config'],
    );
    const sync = await laptop.sync();
    assert.deepEqual(sync.deletedOnServer, []);
    assert.deepEqual(
      sync.withheld.map(({ name }) => name),
      ['config'],
    );
  });
});
