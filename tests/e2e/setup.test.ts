import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Machine, Ran } from '../attack/stage/machine.ts';
import { askAgain, askForAdmission, type Waiting } from '../attack/stage/enrolment.ts';
import { linesOf, printed, runs, Stage, tells } from './stage/stage.ts';

const stage = await Stage.build();
const { url } = stage.server;

function identity(username: string, machine: string): readonly string[] {
  return ['--server', url, '--username', username, '--machine', machine];
}

/** Founds an account by the command, and returns its fingerprint. */
async function setUp(machine: Machine, username: string, ...flags: readonly string[]): Promise<string> {
  const lines = await printed(machine, 'setup', ...identity(username, machine.name), ...flags);
  const [ready, account = '', next] = lines;
  assert.equal(ready, `Account "${username}" is ready, and this machine is "${machine.name}".`);
  assert.match(account, /^Account fingerprint: SHA256:[\w+/]{43}$/);
  assert.equal(next, 'Next: ssh-sync sync');
  return account.replace('Account fingerprint: ', '');
}

let count = 0;

/** A laptop that is set up, its account, and a desktop that is not. */
async function scene(): Promise<{ laptop: Machine; desktop: Machine; username: string; account: string }> {
  const username = `setup${++count}`;
  const [laptop, desktop] = [stage.stranger('laptop'), stage.stranger('desktop')];
  return { laptop, desktop, username, account: await setUp(laptop, username) };
}

function admits(laptop: Machine, { words }: Waiting, ...flags: readonly string[]): Promise<Ran> {
  return runs(laptop, ['challenge-response', ...words, '--yes', ...flags]);
}

describe('ssh-sync setup', () => {
  it('begins an account once on a machine, and once on a server', async () => {
    const { laptop, desktop, username } = await scene();
    tells(
      await runs(laptop, ['setup', ...identity('other', 'laptop')], 1),
      `ssh-sync: cannot set up "${laptop.state}": it is machine "laptop" of account "${username}" at ${url}`,
      'hint: to leave that account first: ssh-sync reset',
    );
    const taken = await runs(desktop, ['setup', ...identity(username, 'desktop')], 1);
    assert.match(taken.err, /^hint: choose another --username, or join that account with --existing$/m);
    assert.match(taken.err, /^ssh-sync: cannot create the account: the server answered 409: /);
    await setUp(desktop, `${username}-2`);
  });

  it('takes the host name for the machine, and refuses names that are not allowed', async () => {
    const machine = stage.stranger('laptop');
    const flags = ['--server', url, '--username', 'hosts'];
    for (const [more, message] of [
      [['--machine', 'a/b'], /machine name "a\/b": 1 to 32 letters and digits expected/],
      [['--username', 'Alice'], /username "Alice": 1 to 64 of a-z, 0-9/],
      [
        ['--server', 'sync.example.org'],
        /server "sync.example.org": a URL such as https:\/\/sync.example.org expected/,
      ],
      [['--server', `${url}/path`], /a URL such as https:\/\/sync.example.org expected/],
    ] as const)
      assert.match((await runs(machine, ['setup', ...flags, ...more], 2)).err, message);
    const [line = ''] = await printed(machine, 'setup', ...flags);
    assert.match(line, /^Account "hosts" is ready, and this machine is ".+"\.$/);
  });
});

describe('ssh-sync setup --existing and challenge-response', () => {
  it('let a machine in whose words are typed, in any case and with any separators', async () => {
    const { laptop, desktop, username, account } = await scene();
    const waiting = await askForAdmission(desktop, url, username);
    assert.equal(waiting.words.length, 6);
    const typed = waiting.words.map((word) => word.toUpperCase()).join(',');
    const admitted = await runs(laptop, ['challenge-response', typed, '--yes']);
    const [ask, newcomer = '', shown] = linesOf(admitted.err);
    assert.equal(ask, 'A machine asks to be admitted:');
    assert.match(
      newcomer,
      /^ {2}machine "desktop" with fingerprint SHA256:\S{43} \(mldsa65-ed25519-xwing\)$/,
    );
    assert.equal(shown, `  account "${username}" with fingerprint ${account}`);
    assert.equal(admitted.out, `"desktop" is now a machine of account "${username}".\n`);
    const joined = await waiting.ended;
    assert.equal(joined.code, 0, joined.err);
    assert.deepEqual(linesOf(joined.out).slice(-2), [
      `This machine is "desktop" of account "${username}".`,
      'Next: ssh-sync sync',
    ]);
    assert.ok(linesOf(joined.err).includes(`  account "${username}" with fingerprint ${account}`));
    assert.match(joined.err, /^ {2}by machine "laptop" \(SHA256:\S{43}\)$/m);
    laptop.write('id', 'from the laptop');
    await runs(laptop, ['sync']);
    await runs(desktop, ['sync']);
    assert.equal(desktop.read('id'), 'from the laptop');
  });

  it('print events with --json, from which a script joins', async () => {
    const { laptop, desktop, username, account } = await scene();
    const phrase = Promise.withResolvers<string>();
    const words = [
      'setup',
      '--existing',
      ...identity(username, 'desktop'),
      '--json',
      '--expect-account',
      account,
    ];
    const joining = desktop.start(words, {
      started: (child) =>
        child.stdout?.once('data', (chunk: Buffer | string) => phrase.resolve(String(chunk))),
    });
    const event = JSON.parse(await phrase.promise) as Readonly<Record<string, unknown>>;
    assert.deepEqual(Object.keys(event).slice(0, 2), ['event', 'phrase']);
    assert.equal(event['event'], 'phrase');
    await runs(laptop, ['challenge-response', String(event['phrase']), '--yes', '--json']);
    const { code, out } = await joining;
    assert.equal(code, 0);
    const last = JSON.parse(linesOf(out).at(-1) ?? '') as Readonly<Record<string, unknown>>;
    assert.deepEqual(
      [last['event'], last['username'], last['machine'], last['account'], last['admittedBy']],
      ['setup', username, 'desktop', account, 'laptop'],
    );
  });

  it('name a missing answer and a mistyped word, find no room for wrong words, and work after all that', async () => {
    const { laptop, desktop, username } = await scene();
    tells(
      await runs(desktop, ['setup', '--existing', ...identity(username, 'desktop')], 2),
      'ssh-sync: cannot ask whether the account is the right one: there is no terminal',
      'hint: answer with --expect-account FINGERPRINT or --yes',
    );
    const waiting = await askForAdmission(desktop, url, username);
    const asked = await runs(laptop, ['challenge-response', ...waiting.words], 2);
    assert.match(
      asked.err,
      /cannot ask "Admit "desktop" to account ".*"\?": there is no terminal\nhint: answer with --yes\n$/,
    );
    const [, ...others] = waiting.words;
    const mistyped = await runs(laptop, ['challenge-response', 'xylophonist', ...others, '--yes'], 2);
    assert.match(mistyped.err, /^ssh-sync: cannot read phrase: word 1, "xylophonist", is not in the list/);
    tells(
      await runs(laptop, ['challenge-response', 'abacus', '--yes'], 2),
      'ssh-sync: cannot read phrase: found 1 words, 6 expected',
    );
    const wrong = await runs(laptop, ['challenge-response', ...Array<string>(6).fill('abacus'), '--yes'], 1);
    tells(
      wrong,
      `ssh-sync: cannot find a machine of "${username}" with this phrase: no such room`,
      'hint: is it typed as the other machine shows it, for the same account and server, and not older than 10 minutes?',
    );
    await admits(laptop, waiting);
    assert.equal((await waiting.ended).code, 0);
  });

  it('tell the newcomer that its name is taken', async () => {
    const { laptop, username } = await scene();
    const other = stage.stranger('LAPTOP');
    const waiting = await askForAdmission(other, url, username);
    const refused = await runs(laptop, ['challenge-response', ...waiting.words, '--yes'], 1);
    assert.match(refused.err, /^hint: run setup on the new machine again, with another --machine NAME$/m);
    const told = await waiting.ended;
    assert.equal(told.code, 1);
    assert.match(told.err, /cannot join the account: the account has a machine named "LAPTOP" already/);
  });

  it('keep to the account that --expect-account names', async () => {
    const { laptop, desktop, username } = await scene();
    const waiting = await askForAdmission(desktop, url, username, '--expect-account', 'SHA256:other');
    await admits(laptop, waiting);
    const { code, err } = await waiting.ended;
    assert.equal(code, 1);
    assert.match(err, /cannot join account SHA256:\S+: "SHA256:other" was expected$/m);
    assert.match(err, /^hint: on a machine of that account, run: ssh-sync remove-machine "desktop"$/m);
    assert.equal(existsSync(join(desktop.state, 'account')), false);
  });

  it('go on after the newcomer was stopped: admitted meanwhile, or with new words', async () => {
    const { laptop, desktop, username } = await scene();
    const first = await askForAdmission(desktop, url, username);
    first.stop();
    await first.ended;
    await admits(laptop, first);
    const resumed = await runs(desktop, ['setup', '--existing', ...identity(username, 'desktop'), '--yes']);
    assert.match(
      resumed.err,
      /^looking for an answer to the interrupted setup of "desktop" for account "\w+" at http:\S+\nended the/m,
    );
    await runs(desktop, ['sync']);

    const phone = stage.stranger('phone');
    const second = await askForAdmission(phone, url, username);
    second.stop();
    await second.ended;
    const third = await askForAdmission(phone, url, username);
    assert.notDeepEqual(third.words, second.words);
    third.stop();
    await third.ended;
    // Who does not say again who the machine is to be has said it before.
    const fourth = await askAgain(phone);
    await admits(laptop, fourth);
    const { code, out } = await fourth.ended;
    assert.equal(code, 0);
    assert.match(out, new RegExp(`^This machine is "phone" of account "${username}"\\.$`, 'm'));
  });

  it('admit a classic machine to a post-quantum account only with --allow-classic, and status says so', async () => {
    const { laptop, desktop, username } = await scene();
    const waiting = await askForAdmission(desktop, url, username, '--classic');
    tells(
      await runs(laptop, ['challenge-response', ...waiting.words, '--yes'], 1),
      'ssh-sync: cannot admit "desktop": its keys are not post-quantum, and those of this account are',
      'hint: run setup without --classic there, or allow it here with --allow-classic: what is encrypted for it is not post-quantum',
    );
    await admits(laptop, waiting, '--allow-classic');
    assert.equal((await waiting.ended).code, 0);
    assert.ok(
      (await printed(laptop, 'status')).includes(
        'a classic machine can read this account: it is not post-quantum',
      ),
    );
  });
});
