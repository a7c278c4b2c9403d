import { classicSuite } from '@orrery/vault';
import assert from 'node:assert/strict';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { commands } from '../../apps/ssh-sync/src/commands.ts';
import { enrol } from '../attack/stage/account.ts';
import { askForAdmission, type Waiting } from '../attack/stage/enrolment.ts';
import type { Machine } from '../attack/stage/machine.ts';
import { footprint } from './stage/footprint.ts';
import { linesOf, printed, runs, Stage } from './stage/stage.ts';

const stage = await Stage.build();

/** What a command that only looks ends with; most find lines that need consent no failure. */
const CASES: readonly (readonly [words: string, code?: number])[] = [
  ['status'],
  ['diff'],
  ['list-machines'],
  ['undo --list'],
  ['sync --dry-run', 4],
  ['sync --dry-run --safe-mode', 4],
  ['sync --dry-run --accept-commands --delete'],
  ['sync --dry-run --include authorized_keys', 4],
  ['sync --dry-run --restore-server', 4],
  ['upload --dry-run'],
  ['upload --dry-run --on-conflict overwrite'],
  ['download --dry-run'],
  ['download --dry-run --on-conflict duplicate'],
  ['completion bash'],
  ['download --dry-run --safe-mode'],
  ['undo --dry-run'],
  ['challenge-response --dry-run PHRASE'],
  ['remove-machine laptop --dry-run --with-admitted'],
  ['rotate-master-key --dry-run'],
  ['migrate --dry-run'],
  ['reset --dry-run'],
  ['reset --dry-run --local'],
];

/** A desktop on which every kind of difference waits, with news of other machines and a newcomer at the door. */
async function makeEventful(): Promise<{ desktop: Machine; waiting: Waiting }> {
  const names = ['both', 'theirs', 'gone', 'mine', 'same'];
  const [laptop, desktop] = await stage.pair({
    config: 'Host a\n',
    ...Object.fromEntries(names.map((name) => [name, '1'])),
  });
  await enrol(laptop, stage.stranger('phone'));
  laptop.write('config', 'Host a\n\tProxyCommand nc %h %p\n');
  for (const name of ['both', 'theirs', 'new']) laptop.write(name, 'laptop', { age: 50 });
  rmSync(join(laptop.ssh, 'gone'));
  await runs(laptop, ['sync']);
  await runs(laptop, ['rotate-master-key', '--yes']);
  for (const name of ['both', 'mine', 'authorized_keys']) desktop.write(name, 'desktop', { age: 40 });
  desktop.write('config', 'Host a\nHost mine\n');
  symlinkSync('same', join(desktop.ssh, 'link'));
  const waiting = await askForAdmission(stage.stranger('tablet'), stage.server.url, stage.username);
  return { desktop, waiting };
}

/** Demands JSON lines alone, each an event, and nothing on standard error but warnings. */
function assertJson(out: string, err: string, words: string): void {
  assert.ok(out.endsWith('\n'), words);
  for (const line of linesOf(out)) {
    const event: unknown = JSON.parse(line);
    assert.ok(typeof event === 'object' && event !== null && 'event' in event, line);
    assert.equal(typeof event.event, 'string', line);
  }
  for (const line of linesOf(err)) assert.match(line, /^ssh-sync: warning: /, words);
}

describe('ssh-sync, where it only looks,', () => {
  it('writes nothing at all, and speaks JSON if asked to', async () => {
    const { desktop, waiting } = await makeEventful();
    const before = footprint(desktop.home);
    const head = (await printed(desktop, 'status')).slice(0, 2);
    for (const [line, code = 0] of CASES) {
      const command = line.split(' ').flatMap((word) => (word === 'PHRASE' ? waiting.words : [word]));
      const { out, err } = await runs(desktop, [...command, '--json'], code);
      assertJson(out, err, line);
      assert.deepEqual(footprint(desktop.home), before, line);
    }
    assert.deepEqual((await printed(desktop, 'status')).slice(0, 2), head);
    waiting.stop();
    const tried = new Set([...CASES.map(([line]) => line.split(' ')[0]), 'setup']);
    assert.deepEqual(
      commands.map(({ name }) => name).filter((name) => !tried.has(name)),
      [],
    );
  });

  it('founds no account and opens no room with setup --dry-run', async () => {
    const machine = stage.stranger('laptop');
    const before = footprint(machine.home);
    const identity = ['--server', stage.server.url, '--username', 'dry', '--machine', 'laptop'];
    assert.deepEqual(await printed(machine, 'setup', '--dry-run', ...identity), [
      `would begin account "dry" at ${stage.server.url}, with this machine as "laptop"`,
    ]);
    assert.deepEqual(await printed(machine, 'setup', '--dry-run', '--existing', ...identity, '--yes'), [
      'would show a phrase and wait for another machine to admit this one',
    ]);
    assert.deepEqual(footprint(machine.home), before);
    await runs(machine, ['setup', ...identity]);
  });

  it('leaves a classic machine classic with migrate --dry-run', async () => {
    const [machine] = await stage.account(['laptop'], classicSuite);
    assert.ok(machine !== undefined);
    const before = footprint(machine.home);
    assert.deepEqual(await printed(machine, 'migrate', '--dry-run'), [
      'would replace the keys of this machine by post-quantum ones and rotate the master key',
    ]);
    assert.deepEqual(footprint(machine.home), before);
  });

  it('leaves nothing behind on a machine that is not set up', async () => {
    const machine = stage.stranger('laptop');
    machine.write('id', '1');
    const before = footprint(machine.home);
    const anywhere = ['setup', 'reset', 'completion'];
    for (const { name } of commands.filter((command) => !anywhere.includes(command.name)))
      for (const json of [[], ['--json']]) {
        const { out, err } = await runs(machine, [name, ...json], 1);
        const said = json.length > 0 ? out : err;
        assert.match(said, /this machine is not set up/, name);
        assert.match(said, /run: ssh-sync setup/, name);
      }
    assert.deepEqual(footprint(machine.home), before);
  });
});
