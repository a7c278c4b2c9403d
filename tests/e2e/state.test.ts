import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { lookAtState } from '../attack/stage/folder.ts';
import type { Machine } from '../attack/stage/machine.ts';
import { newDatabase, setupAt, withServer } from './stage/own-server.ts';
import { linesOf, printed, runs, Stage, tells } from './stage/stage.ts';

const stage = await Stage.build();

const REJOIN =
  'hint: to join the account anew: ssh-sync reset --local, then ssh-sync setup --existing; then remove what this machine was before on another one: ssh-sync remove-machine NAME';

async function newLaptop(): Promise<Machine> {
  const [laptop] = await stage.pair({ note: '1' });
  return laptop;
}

/** What can happen to a file, and what is said of it. */
const DAMAGES = {
  missing: (path: string) => rmSync(path),
  empty: (path: string) => writeFileSync(path, ''),
  other: (path: string) => writeFileSync(path, 'other bytes than those that were written'),
} as const;

describe('A damaged state folder', () => {
  for (const file of ['account', 'device.key', 'ledger'] as const)
    it(`is named by the file "${file}", never blamed on the server, and forgotten by reset --local`, async () => {
      const laptop = await newLaptop();
      const path = join(laptop.state, file);
      const whole = readFileSync(path);
      for (const [kind, damage] of Object.entries(DAMAGES)) {
        damage(path);
        // Without the entries themselves, the state that they lead to is enough until somebody asks for them.
        if (file === 'ledger' && kind !== 'missing') rmSync(join(laptop.state, 'state'), { force: true });
        const refused = await runs(laptop, ['sync'], 1);
        assert.ok(refused.err.includes(`cannot use "${path}": it is `), `${kind}: ${refused.err}`);
        assert.equal(linesOf(refused.err).at(-1), REJOIN, kind);
        const begun = await runs(laptop, ['setup', ...setupAt(stage.server.url, laptop).slice(1)], 1);
        if (file === 'account') assert.equal(linesOf(begun.err).at(-1), REJOIN, kind);
        else assert.match(begun.err, /^hint: to leave that account first: ssh-sync reset$/m);
        const left = await runs(laptop, ['reset', '--yes'], 1);
        assert.equal(linesOf(left.err).at(-1), REJOIN, kind);
        writeFileSync(path, whole, { mode: 0o600 });
        chmodSync(path, 0o600);
      }
      DAMAGES.other(path);
      await runs(laptop, ['reset', '--local', '--yes']);
      assert.equal(existsSync(laptop.state), false);
      assert.equal(laptop.read('note'), '1');
    });

  it('without its account is forgotten only if somebody says so', async () => {
    const laptop = await newLaptop();
    rmSync(join(laptop.state, 'account'));
    const before = lookAtState(laptop.state);
    tells(
      await runs(laptop, ['reset', '--local'], 2),
      `ssh-sync: cannot ask "Forget what is left of an account in "${laptop.state}", without telling the server?": there is no terminal`,
      'hint: answer with --yes',
    );
    assert.deepEqual(lookAtState(laptop.state), before);
    assert.deepEqual(await printed(laptop, 'reset', '--local', '--yes'), [
      'What was left of an account is forgotten.',
    ]);
  });

  it('does not take the keys of another machine for its own', async () => {
    const [laptop, desktop] = await stage.pair();
    writeFileSync(join(laptop.state, 'device.key'), readFileSync(join(desktop.state, 'device.key')));
    const [other] = await stage.account(['other']);
    assert.ok(other !== undefined);
    writeFileSync(join(laptop.state, 'device.key'), readFileSync(join(other.state, 'device.key')));
    tells(
      await runs(laptop, ['sync'], 1),
      `ssh-sync: cannot use "${join(laptop.state, 'device.key')}": it has other keys than the account knows`,
      REJOIN,
    );
  });

  it('with a key that others can read is closed, and says so once', async () => {
    const laptop = await newLaptop();
    const path = join(laptop.state, 'device.key');
    chmodSync(path, 0o644);
    const hint = 'if they may have: ssh-sync reset, then ssh-sync setup --existing make new keys';
    tells(await runs(laptop, ['status']), `ssh-sync: warning: others could read "${path}"; ${hint}`);
    assert.equal(statSync(path).mode & 0o777, 0o644);
    tells(
      await runs(laptop, ['sync']),
      `ssh-sync: warning: others could read "${path}": now its mode is 0600; ${hint}`,
    );
    assert.equal(statSync(path).mode & 0o777, 0o600);
    tells(await runs(laptop, ['sync']));
  });
});

describe('The address of the server', () => {
  it('is checked before an account is begun or a machine waits', async () => {
    const machine = stage.stranger('laptop');
    await withServer(newDatabase(stage), ['--origin', 'https://sync.example.org'], async ({ url }) => {
      for (const words of [setupAt(url, machine), [...setupAt(url, machine), '--existing', '--yes']]) {
        const { err } = await runs(machine, words, 1);
        assert.match(
          err,
          /the server answered 421: Cannot accept request: it was sent to "http:\/\/127\.0\.0\.1:\d+", and this server is https:\/\/sync\.example\.org$/m,
        );
        assert.equal(
          linesOf(err).at(-1),
          'hint: if the server names the address by which you know it: ssh-sync setup --server URL',
        );
        assert.deepEqual(
          readdirSync(machine.state).filter((name) => /device|pending|account|ledger/.test(name)),
          [],
        );
      }
    });
  });

  it('can change: setup --server goes on with the account there, if the server has it', async () => {
    const laptop = stage.stranger('laptop');
    const database = newDatabase(stage);
    await withServer(database, [], async ({ url }) => {
      await runs(laptop, setupAt(url, laptop));
      laptop.write('note', '1');
      await runs(laptop, ['sync']);
    });
    await withServer(database, [], async ({ url }) => {
      const before = lookAtState(laptop.state);
      const other = await runs(laptop, ['setup', '--server', stage.server.url], 1);
      assert.match(other.err, /the server answered 401: /);
      await runs(laptop, ['setup', '--server', url, '--username', 'bob'], 1);
      assert.deepEqual(await printed(laptop, 'setup', '--server', url, '--dry-run'), [
        `This machine would go on with account "alice" at ${url}.`,
      ]);
      assert.deepEqual(lookAtState(laptop.state), before);
      assert.deepEqual(await printed(laptop, 'setup', '--server', url), [
        `This machine goes on with account "alice" at ${url}.`,
      ]);
      assert.deepEqual(await printed(laptop, 'sync'), [
        'Sync complete: 0 uploaded, 0 downloaded, 1 skipped.',
      ]);
    });
  });
});
