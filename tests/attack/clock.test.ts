import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'node:test';
import { takeOver } from './stage/account.ts';
import { contents } from './stage/folder.ts';
import { refusal, type Lie } from './stage/liar.ts';
import type { Machine, Ran } from './stage/machine.ts';
import { Stage, succeeds } from './stage/stage.ts';

const stage = await Stage.build();
const YEAR = 365 * 86_400;
const preload = pathToFileURL(join(import.meta.dirname, 'stage/shifted-clock.ts')).href;

/** Runs the client with a clock that is wrong. */
async function runShifted(machine: Machine, seconds: number, ...words: readonly string[]): Promise<Ran> {
  const environment = { NODE_OPTIONS: `--import ${preload}`, SHIFT_SECONDS: String(seconds) };
  const ran = await machine.start(words, { environment });
  assert.equal(ran.code, 0, `${ran.out}${ran.err}`);
  return ran;
}

test('who compares the clocks of two machines loses what is newer: the control of what follows', () => {
  const clock = Date.now() / 1000;
  const ofLaptop = { text: 'older', written: clock - 60 + YEAR };
  const ofDesktop = { text: 'newer', written: clock };
  const [kept] = [ofLaptop, ofDesktop].toSorted((one, other) => other.written - one.written);
  assert.equal(kept?.text, 'older');
});

for (const [shift, says] of [
  [YEAR, /warning: the clock of this machine is 365 days ahead of the server's: check both/],
  [-YEAR, /warning: the clock of this machine is 365 days behind the server's: check both/],
] as const)
  test(`a machine whose clock is ${shift > 0 ? 'ahead' : 'behind'} by a year is warned and works`, async () => {
    const [laptop, desktop] = await stage.account(['laptop', 'desktop']);
    assert.ok(laptop !== undefined && desktop !== undefined);
    laptop.write('id_laptop', 'from the laptop\n');
    const statuses: number[] = [];
    const listen: Lie = async (_asked, honest) => {
      const answer = await honest();
      statuses.push(answer.status);
      return answer;
    };
    const { err } = await stage.liar.during(listen, () => runShifted(laptop, shift, 'sync'));
    assert.match(err, says);
    // The control: a client that believes only its own clock is refused, and ends here.
    assert.deepEqual(statuses.slice(0, 2), [401, 200]);
    desktop.write('id_desktop', 'from the desktop\n');
    assert.doesNotMatch((await succeeds(desktop, 'sync')).err, /clock/);
    assert.match((await runShifted(laptop, shift, 'rotate-master-key', '--yes')).err, says);
    desktop.write('id_laptop', 'changed on the desktop\n', { age: 0 });
    await succeeds(desktop, 'sync');
    await runShifted(laptop, shift, 'sync');
    assert.equal(laptop.read('id_laptop'), 'changed on the desktop\n');
    laptop.write('id_laptop', 'changed on the laptop\n', { age: 0 });
    await runShifted(laptop, shift, 'sync');
    await succeeds(desktop, 'sync');
    assert.equal(desktop.read('id_laptop'), 'changed on the laptop\n');
    assert.deepEqual(contents(laptop.ssh), contents(desktop.ssh));
    await runShifted(laptop, shift, 'list-machines');
  });

test('a machine whose clock is wrong by a year can be set up and admit another', async () => {
  const laptop = stage.stranger('laptop');
  const server = ['--server', stage.liar.url, '--username', 'shifted', '--machine', 'laptop'];
  await runShifted(laptop, YEAR, 'setup', ...server);
  laptop.write('id_laptop', 'from the laptop\n');
  await runShifted(laptop, YEAR, 'sync');
  assert.equal((await takeOver(laptop)).session.state.members.size, 1);
});

test('a server that complains about every clock is asked twice, and its time is not used for anything else', async () => {
  const [laptop] = await stage.account(['laptop']);
  assert.ok(laptop !== undefined);
  laptop.write('id_ed25519', 'the key of the laptop\n');
  await succeeds(laptop, 'sync');
  const before = contents(laptop.ssh);
  for (const date of ['Fri, 31 Dec 9999 23:59:59 GMT', 'Thu, 01 Jan 1970 00:00:01 GMT', 'no date']) {
    stage.liar.heard.length = 0;
    const lie: Lie = () => ({ ...refusal(401, 'clock', 'What time is it?'), headers: { date } });
    const ran: Ran = await stage.liar.during(lie, () => laptop.run('sync'));
    assert.equal(ran.code, 1, ran.err);
    assert.match(ran.err, /the server answered 401: What time is it\?/);
    assert.match(ran.err, /hint: set the clock of this machine/);
    assert.ok(stage.liar.heard.length <= 2);
  }
  assert.deepEqual(contents(laptop.ssh), before);
  await succeeds(laptop, 'sync');
});
