import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { look, lookAtState } from '../attack/stage/folder.ts';
import type { Machine } from '../attack/stage/machine.ts';
import { Screen, type Ended } from './stage/screen.ts';
import { printed, runs, Stage } from './stage/stage.ts';

const stage = await Stage.build();
const { url } = stage.server;

const [CTRL_C, CTRL_U, UP, DOWN] = ['\x03', '\x15', '\x1b[A', '\x1b[B'];

/** The end of what the terminal showed; what came before is drawn anew with every key. */
function assertEnds({ code, text, restored }: Ended, expected: number, lines: readonly string[]): void {
  assert.deepEqual([code, restored], [expected, true], text);
  assert.deepEqual(text.split('\n').slice(-lines.length - 1, -1), lines);
}

/** A laptop that changed three files that a desktop changed, too, and sent them. */
async function makeConflict(): Promise<readonly [laptop: Machine, desktop: Machine]> {
  const [laptop, desktop] = await stage.pair({ a: '1', b: '1', c: '1' });
  for (const name of ['a', 'b', 'c']) {
    laptop.write(name, 'laptop');
    desktop.write(name, 'desktop');
  }
  await runs(laptop, ['sync']);
  return [laptop, desktop];
}

/** A desktop that a line waits for which runs a program. */
async function makeUnaccepted(): Promise<Machine> {
  const [laptop, desktop] = await stage.pair({ config: 'Host a\n' });
  laptop.write('config', 'Host a\n\tProxyCommand nc %h %p\n');
  await runs(laptop, ['sync']);
  return desktop;
}

/** All that must be as before: files here, what a sync would do, and the ledger, of which news may have come. */
async function everything(machine: Machine): Promise<readonly unknown[]> {
  const kept = Object.entries(lookAtState(machine.state)).filter(([name]) =>
    /^(folders|snapshots|.*key)/.test(name),
  );
  return [look(machine.ssh), Object.fromEntries(kept), (await runs(machine, ['status'])).out];
}

describe('ssh-sync at a terminal', () => {
  it('asks setup what is missing, and says at once what it cannot use', async () => {
    const laptop = stage.stranger('laptop');
    const ended = await new Screen(laptop, ['setup', '--machine', 'laptop']).answer(
      [/URL of the server/, 'sync.example.org\r'],
      [/Cannot use server "sync\.example\.org": a URL such as/, `${CTRL_U}${url}\r`],
      [/Name of the account/, 'Typed\r'],
      [/Cannot use username "Typed": 1 to 64 of a-z/, `${CTRL_U}typed\r`],
    );
    const { text } = ended;
    const fingerprint = /^Account fingerprint: SHA256:[\w+/]{43}$/m.exec(text)?.[0] ?? '';
    assertEnds(ended, 0, [
      'Account "typed" is ready, and this machine is "laptop".',
      fingerprint,
      'Next: ssh-sync sync',
    ]);
  });

  it('lets two people join a machine: the phrase is typed, and both say yes to fingerprints', async () => {
    const [laptop, desktop] = [stage.stranger('laptop'), stage.stranger('desktop')];
    await runs(laptop, ['setup', '--server', url, '--username', 'both', '--machine', 'laptop']);
    const words = ['--server', url, '--username', 'both', '--machine', 'desktop'];
    const newcomer = new Screen(desktop, ['setup', '--existing', ...words]);
    const [, phrase = ''] = await newcomer.until(/^ {2}(\S+(?: \S+){5})\n/m);
    const admitter = new Screen(laptop, ['challenge-response']);
    await admitter.until(/The six words that the other machine shows/);
    admitter.press(`x${phrase}\r`);
    await admitter.until(/cannot read phrase: word 1, .*[^]*The six words that the other machine shows/i);
    admitter.press(`${phrase.replaceAll(' ', '-')}\r`);
    const [, device, account] = await admitter.until(
      /machine "desktop" with fingerprint (\S+) .*\n {2}account "both" with fingerprint (\S+)\n[^]*Admit "desktop" to account "both"\? Type "yes" to agree/,
    );
    admitter.press('yes\r');
    assertEnds(await admitter.ended, 0, ['"desktop" is now a machine of account "both".']);
    const ended = await newcomer.answer([
      /Is this the account fingerprint that the other machine shows\?/,
      'yes\r',
    ]);
    assert.ok(ended.text.includes(`It shows the fingerprint of this machine: ${device}\n`));
    assert.ok(ended.text.includes(`  account "both" with fingerprint ${account}\n`));
    assertEnds(ended, 0, ['This machine is "desktop" of account "both".', 'Next: ssh-sync sync']);
  });

  it('admits nobody without the word yes, and tells the newcomer', async () => {
    const [laptop, desktop] = [stage.stranger('laptop'), stage.stranger('desktop')];
    await runs(laptop, ['setup', '--server', url, '--username', 'wary', '--machine', 'laptop']);
    const words = ['--server', url, '--username', 'wary', '--machine', 'desktop'];
    const newcomer = new Screen(desktop, ['setup', '--existing', ...words]);
    const [, phrase = ''] = await newcomer.until(/^ {2}(\S+(?: \S+){5})\n/m);
    const refused = await new Screen(laptop, ['challenge-response', ...phrase.split(' ')]).answer([
      /Admit "desktop"/,
      '\r',
    ]);
    assertEnds(refused, 1, ['ssh-sync: cannot admit "desktop": you said no', 'hint: nothing was changed']);
    const told = await newcomer.ended;
    assert.equal(told.code, 1);
    assert.match(told.text, /^ssh-sync: cannot join the account: "laptop" did not admit this machine$/m);
    assert.equal((await printed(laptop, 'list-machines', '--json'))[0]?.includes('desktop'), false);
  });

  it('asks download about each file that differs', async () => {
    const [, desktop] = await makeConflict();
    const ask = (name: string): RegExp => new RegExp(`"${name}" differs here and on the server`);
    const ended = await new Screen(desktop, ['download']).answer(
      [ask('a'), `${UP}\r`],
      [ask('b'), '\r'],
      [ask('c'), `${DOWN}\r`],
    );
    assert.equal(ended.code, 0);
    assert.deepEqual(
      ['a', 'b', 'c', 'c.duplicate'].map((name) => desktop.read(name)),
      ['laptop', 'desktop', 'desktop', 'laptop'],
    );
  });

  it('shows the lines that need consent, and takes them over only after the word yes', async () => {
    const desktop = await makeUnaccepted();
    const line =
      '  + config, Host a: ProxyCommand nc %h %p  (runs a program on every connection to matching hosts)';
    const asked = /Accept all of these changes\? Type "yes" to agree/;
    const refused = await new Screen(desktop, ['sync', '--yes']).answer([asked, 'no\r']);
    assert.ok(refused.text.includes(`${line}\n`));
    assert.equal(refused.code, 4);
    assert.equal(desktop.read('config'), 'Host a\n');
    const accepted = await new Screen(desktop, ['sync']).answer([asked, 'yes\r']);
    assert.equal(accepted.code, 0);
    assert.equal(desktop.read('config'), 'Host a\n\tProxyCommand nc %h %p\n');
  });

  it('says that two machines saw different keys of a host before it asks for consent', async () => {
    const key = (host: string): string =>
      `${host} ${execFileSync('ssh-keygen', ['-y', '-f', makeKey(host)], { encoding: 'utf8' })}`;
    const folder = mkdtempSync(join(stage.folder, 'keys-'));
    const makeKey = (name: string): string => {
      const path = join(folder, `${name}-${readdirSync(folder).length}`);
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path]);
      return path;
    };
    const [laptop, desktop] = await stage.pair({ known_hosts: key('known.example') });
    laptop.write('known_hosts', laptop.read('known_hosts') + key('new.example'));
    desktop.write('known_hosts', desktop.read('known_hosts') + key('new.example'));
    await runs(laptop, ['sync']);
    const { text } = await new Screen(desktop, ['sync']).answer([/Accept all of these changes\?/, 'no\r']);
    const [warned, asked] = [text.indexOf('possible interception'), text.indexOf('Accept all of these')];
    assert.ok(warned > 0 && warned < asked, text);
  });

  it('asks remove-machine which one, about those that it admitted, and once more', async () => {
    const [laptop] = await stage.pair();
    const ended = await new Screen(laptop, ['remove-machine']).answer(
      [/Which machine\?/, '\r'],
      [/Remove "desktop" for good, and change the key\?/, 'y'],
    );
    assert.equal(ended.code, 0, ended.text);
    assert.match(ended.text, /^"desktop" is removed\.$/m);
  });
});

describe('Ctrl-C', () => {
  it('leaves a question with everything as before: exit code 130, the terminal restored', async () => {
    const [laptop, desktop] = await makeConflict();
    for (const [machine, ...questions] of [
      [await makeUnaccepted(), ['sync', /Accept all/]],
      [desktop, ['download', /"a" differs/]],
      [
        laptop,
        ['remove-machine', /Which machine\?/],
        ['rotate-master-key', /Encrypt everything/],
        ['reset', /Take this machine out/],
        ['challenge-response', /six words/],
      ],
    ] as const) {
      const before = await everything(machine);
      for (const [command, question] of questions)
        assertEnds(await new Screen(machine, [command]).answer([question, CTRL_C]), 130, [
          'ssh-sync: interrupted',
        ]);
      assert.deepEqual(await everything(machine), before);
    }
  });

  it('leaves a setup that has asked nobody yet without state, and one that waits to be run again', async () => {
    const machine = stage.stranger('laptop');
    const ended = await new Screen(machine, ['setup']).answer([/URL of the server/, CTRL_C]);
    assertEnds(ended, 130, ['ssh-sync: interrupted']);
    assert.deepEqual(lookAtState(machine.state), {});
    await stage.account(['first']);
    const waiting = new Screen(machine, [
      'setup',
      '--existing',
      '--server',
      url,
      '--username',
      stage.username,
    ]);
    const stopped = await waiting.answer([/waiting for the other machine\n/, CTRL_C]);
    assert.deepEqual([stopped.code, stopped.restored], [130, true], stopped.text);
    assert.deepEqual(await printed(machine, 'reset', '--yes'), ['The interrupted setup is discarded.']);
  });
});
