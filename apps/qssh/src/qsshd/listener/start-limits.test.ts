import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from '../../sshd-config/evaluate.ts';
import { readSshdConfig } from '../../sshd-config/read-file.ts';
import { StartLimits } from './start-limits.ts';

function limits(lines: readonly string[], now = () => 0, random = () => 0): StartLimits {
  return new StartLimits(evaluate(readSshdConfig(undefined, lines)), now, random);
}

const enter = (door: StartLimits, count: number, address: string): (string | undefined)[] =>
  Array.from({ length: count }, () => door.enter(address));

test('StartLimits refuses more and more between begin and full, and all from there', () => {
  const lines = ['MaxStartups 2:50:4'];
  const lucky = limits(
    lines,
    () => 0,
    () => 99,
  );
  assert.deepEqual(enter(lucky, 5, '192.0.2.1'), [undefined, undefined, undefined, undefined, 'MaxStartups']);
  const unlucky = limits(
    lines,
    () => 0,
    () => 49,
  );
  assert.deepEqual(enter(unlucky, 3, '192.0.2.1'), [undefined, undefined, 'MaxStartups']);
  unlucky.leave('192.0.2.1');
  assert.equal(unlucky.enter('192.0.2.1'), undefined);
});

test('StartLimits counts the connections of a network together', () => {
  const door = limits(['PerSourceMaxStartups 1', 'PerSourceNetBlockSize 24:64']);
  assert.equal(door.enter('192.0.2.1'), undefined);
  assert.equal(door.enter('192.0.2.200'), 'PerSourceMaxStartups');
  assert.equal(door.enter('192.0.3.1'), undefined);
  assert.equal(door.enter('2001:db8::1'), undefined);
  assert.equal(door.enter('2001:db8::ffff:1'), 'PerSourceMaxStartups');
  assert.equal(door.enter('2001:db8:0:1::1'), undefined);
});

test('StartLimits lets penalties add up, enforces them from the least on, and forgives in time', () => {
  let now = 1000;
  const door = limits(
    ['PerSourcePenalties authfail:10s min:15s max:25s', 'PerSourcePenaltyExemptList 10.0.0.0/8'],
    () => now,
  );
  door.penalise('192.0.2.1', 'authfail');
  assert.equal(door.enter('192.0.2.1'), undefined);
  for (let count = 0; count < 9; count += 1) door.penalise('192.0.2.1', 'authfail');
  assert.equal(door.enter('192.0.2.1'), 'penalty');
  assert.equal(door.enter('192.0.2.2'), undefined);
  now += 24;
  assert.equal(door.enter('192.0.2.1'), 'penalty');
  now += 1;
  assert.equal(door.enter('192.0.2.1'), undefined);
  door.penalise('192.0.2.1', 'authfail');
  assert.equal(door.enter('192.0.2.1'), undefined); // it begins anew
  for (let count = 0; count < 9; count += 1) door.penalise('10.1.2.3', 'authfail');
  assert.equal(door.enter('10.1.2.3'), undefined);
});

test('StartLimits shuts out for the fourth failure in a row for 20 seconds, and for a crash for 90', () => {
  let now = 1000;
  const door = limits([], () => now);
  for (let count = 0; count < 3; count += 1) door.penalise('127.0.0.1', 'authfail');
  assert.equal(door.enter('127.0.0.1'), undefined);
  door.penalise('127.0.0.1', 'authfail');
  door.penalise('127.0.0.2', 'crash');
  assert.equal(door.enter('127.0.0.1'), 'penalty');
  now += 19;
  assert.equal(door.enter('127.0.0.1'), 'penalty');
  now += 1;
  assert.equal(door.enter('127.0.0.1'), undefined);
  now += 69;
  assert.equal(door.enter('127.0.0.2'), 'penalty');
  now += 1;
  assert.equal(door.enter('127.0.0.2'), undefined);
});

test('StartLimits remembers the penalties of each version of IP, however many of the other there are', () => {
  const door = limits(['PerSourcePenalties authfail:10s min:5s max-sources4:2 max-sources6:1'], () => 1000);
  door.penalise('192.0.2.1', 'authfail');
  for (const address of ['2001:db8::1', '2001:db8::2', '2001:db8::3'])
    for (let count = 0; count < 2; count += 1) door.penalise(address, 'authfail');
  assert.equal(door.enter('192.0.2.1'), 'penalty');
});
