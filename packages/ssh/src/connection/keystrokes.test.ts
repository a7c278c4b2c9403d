import { utf8 } from '@orrery/bytes';
import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { Keystrokes } from './keystrokes.ts';

function make() {
  const log: string[] = [];
  const held: (() => void)[] = [];
  const keystrokes = new Keystrokes(
    { milliseconds: 20, sendChaff: () => void log.push('chaff') },
    (bytes, done) => {
      log.push(new TextDecoder().decode(bytes));
      held.push(done);
    },
  );
  const type = (keys: string): void => keystrokes.add(utf8(keys), () => void log.push(`${keys} taken`));
  return { log, keystrokes, type, held };
}

describe('Keystrokes', () => {
  it('sends the first at once and later ones on the beat, with chaff where there are none', () => {
    mock.timers.enable({ apis: ['setInterval'] });
    const { log, keystrokes, type, held } = make();
    type('a');
    held.shift()?.();
    assert.deepEqual(log.splice(0), ['a taken', 'a']);
    mock.timers.tick(7);
    type('b');
    type('c');
    mock.timers.tick(12);
    assert.deepEqual(log.splice(0), ['b taken', 'c taken']);
    mock.timers.tick(1);
    assert.deepEqual(log.splice(0), ['bc']);
    mock.timers.tick(40);
    assert.deepEqual(log.splice(0), ['chaff', 'chaff']);
    keystrokes.stop();
    mock.timers.reset();
  });

  it('takes one more and then no other while the other side holds them up', () => {
    mock.timers.enable({ apis: ['setInterval'] });
    const { log, keystrokes, type, held } = make();
    type('a');
    type('b');
    assert.deepEqual(log.splice(0), ['a taken', 'a']);
    held.shift()?.();
    assert.deepEqual(log.splice(0), ['b taken']);
    keystrokes.stop(() => void log.push('all gone'));
    assert.deepEqual(log.splice(0), ['b']);
    held.shift()?.();
    assert.deepEqual(log.splice(0), ['all gone']);
    mock.timers.reset();
  });

  it('ends the chaff between one and three seconds after the last keystroke', () => {
    mock.timers.enable({ apis: ['setInterval'] });
    const { log, type } = make();
    type('a');
    mock.timers.tick(1000);
    assert.equal(log.length, 52);
    mock.timers.tick(2200);
    const { length } = log;
    assert.ok(length > 52 && length <= 156);
    mock.timers.tick(5000);
    assert.equal(log.length, length);
    mock.timers.reset();
  });

  it('sends what is pasted as it comes, behind what waits', () => {
    mock.timers.enable({ apis: ['setInterval'] });
    const { log, keystrokes, type } = make();
    type('a');
    type('b');
    keystrokes.add(new Uint8Array(1000).fill(0x63), () => undefined);
    assert.deepEqual(log.splice(0), ['a taken', 'a', 'b', 'c'.repeat(1000)]);
    keystrokes.stop();
    mock.timers.reset();
  });

  it('keeps what waits, whatever becomes of the array', () => {
    mock.timers.enable({ apis: ['setInterval'] });
    const { log, keystrokes, type } = make();
    type('a');
    const keys = utf8('b');
    keystrokes.add(keys, () => undefined);
    keys.fill(0x63);
    keystrokes.stop();
    assert.deepEqual(log.splice(0), ['a taken', 'a', 'b']);
    mock.timers.reset();
  });
});
