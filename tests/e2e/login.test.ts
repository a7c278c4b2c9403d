import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Machine } from '../attack/stage/machine.ts';
import { makeKey } from './stage/ssh-key.ts';
import { startSshd } from './stage/sshd.ts';
import { runs, Stage } from './stage/stage.ts';

const stage = await Stage.build();
const [laptop, desktop] = await stage.pair();
const sshd = await startSshd(join(stage.folder, 'sshd'), makeKey(laptop, 'id_work'));
after(() => sshd.stop());

interface Login {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Logs in by what is in the machine's ~/.ssh alone: ssh takes `~` from the account database, and not from $HOME. */
function logIn(machine: Machine, ...options: readonly string[]): Promise<Login> {
  const alone = [
    '-oBatchMode=yes',
    '-oIdentitiesOnly=yes',
    '-oIdentityAgent=none',
    '-oGlobalKnownHostsFile=none',
  ];
  const words = ['-F', join(machine.ssh, 'config'), ...alone, ...options, 'work', 'echo "$0 is at work"'];
  const env = { PATH: process.env['PATH'] ?? '', HOME: machine.home, LC_ALL: 'C' };
  return new Promise((resolve) => {
    const child = execFile('ssh', words, { env }, (_error, out, err) => {
      resolve({ code: child.exitCode ?? -1, out, err });
    });
  });
}

function blockFor(machine: Machine): string {
  return [
    '# written by hand',
    'Host work',
    '  HostName 127.0.0.1',
    `  Port ${sshd.port}`,
    `  User ${userInfo().username}`,
    `  IdentityFile ${machine.ssh}/id_work`,
    `  UserKnownHostsFile "${machine.ssh}/known_hosts"`,
    '',
  ].join('\n');
}

describe('a login with what another machine sent', () => {
  it('works with its key, its config and its known_hosts, although the home directory is another one', async () => {
    laptop.write('config', blockFor(laptop));
    // The first login of all meets the host, as a person does, and keeps its key under a hashed name.
    const met = await logIn(laptop, '-oStrictHostKeyChecking=accept-new', '-oHashKnownHosts=yes');
    assert.equal(met.code, 0, met.err);
    assert.match(laptop.read('known_hosts'), /^\|1\|\S+ ssh-ed25519 \S+\n$/);
    await runs(laptop, ['sync']);

    assert.equal((await logIn(desktop, '-oStrictHostKeyChecking=yes')).code, 255);
    await runs(desktop, ['sync', '--accept-commands']);
    assert.equal(desktop.read('config'), blockFor(desktop));
    assert.equal(statSync(join(desktop.ssh, 'id_work')).mode & 0o777, 0o600);
    const { code, out, err } = await logIn(desktop, '-oStrictHostKeyChecking=yes');
    assert.equal(code, 0, err);
    assert.match(out, / is at work\n$/);
  });

  it('fails without any one of the three, so that all of them are needed', async () => {
    for (const [name, said] of [
      ['known_hosts', /Host key verification failed/],
      ['id_work', /Permission denied \(publickey\)/],
      ['config', /Could not resolve hostname work/],
    ] as const) {
      const content = desktop.read(name);
      desktop.write(name, '');
      const { code, err } = await logIn(desktop, '-oStrictHostKeyChecking=yes');
      assert.equal(code, 255);
      assert.match(err, said);
      desktop.write(name, content);
    }
  });

  it('works with a new key that another machine made', async () => {
    const successor = makeKey(desktop, 'id_new');
    desktop.write('config', blockFor(desktop).replace('id_work', 'id_new'));
    await runs(desktop, ['sync']);
    await runs(laptop, ['sync']);
    assert.equal(laptop.read('config'), blockFor(laptop).replace('id_work', 'id_new'));
    const refused = await logIn(laptop, '-oStrictHostKeyChecking=yes');
    assert.match(refused.err, /Permission denied \(publickey\)/);
    sshd.authorize(successor);
    assert.equal((await logIn(laptop, '-oStrictHostKeyChecking=yes')).code, 0);
  });
});
