// Agents that are forwarded, with OpenSSH's programs and ours in every combination.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { makeFolder } from './stage/folder.ts';
import { clientWords, pairings, startForwarding } from './stage/forwarding.ts';

const folder = makeFolder();
const stage = await startForwarding(folder);
const print = execFileSync('ssh-keygen', ['-lf', `${stage.qsshd.key}.pub`], { encoding: 'utf8' });
const listed = /SHA256:\S+/.exec(print)?.[0] ?? '';

/** The other one of the two servers. */
const beyond = { sshd: 'qsshd', qsshd: 'sshd' } as const;

for (const { client, server, agent } of pairings) {
  const onward = (to: string): string => `${clientWords(client, folder).join(' ')} ${to} 'echo in' 2>&1`;
  const report = `ssh-add -l | cut -d' ' -f2; ${onward(beyond[server])}; ${onward(server)}`;

  test(`${client} -A to ${server} forwards ${agent}: programs there list its keys and log in by them`, async () => {
    stage.give(agent);
    const { code, stdout, stderr } = await stage.logIn(client, agent, ['-A', server, report]);
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `${listed}\nin\nin\n`, stderr: '' });
  });

  test(`${client} -A to ${server} forwards ${agent}: a key with destinations goes on where it may, and nowhere else`, async () => {
    stage.give(agent, '-h', server, '-h', `${server}>${beyond[server]}`);
    const { code, stdout } = await stage.logIn(client, agent, ['-A', server, report]);
    assert.equal(code, 255);
    assert.match(
      stdout,
      new RegExp(`^${listed.replaceAll('+', '\\+')}\nin\n(?:.*: )?Permission denied \\(publickey`),
    );
    stage.give(agent, '-h', server);
    const confined = await stage.logIn(client, agent, ['-A', server, 'ssh-add -l']);
    assert.deepEqual([confined.code, confined.stdout], [1, 'The agent has no identities.\n']);
  });
}
