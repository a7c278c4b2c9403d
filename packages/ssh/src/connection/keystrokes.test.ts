import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { Keystrokes } from './keystrokes.ts';

function make() {
  const log: string[] = [];
  const keystrokes = new Keystrokes({ milliseconds: 20, sendChaff: () => void log.push('chaff') });
  const type = (key: string): void => keystrokes.add(1, () => void log.push(key));
  return { log, keystrokes, type };
}

describe('Keystrokes', () => {
  it('sends the first at once and later ones on the beat, with chaff where there are none', () => {
    mock.timers.enable({ apis: ['setInterval'] });
    const { log, keystrokes, type } = make();
    type('a');
    assert.deepEqual(log, ['a']);
    mock.timers.tick(7);
    type('b');
    mock.timers.tick(12);
    assert.deepEqual(log, ['a']);
    mock.timers.tick(1);
    assert.deepEqual(log, ['a', 'b']);
    mock.timers.tick(40);
    assert.deepEqual(log, ['a', 'b', 'chaff', 'chaff']);
    keystrokes.stop();
    mock.timers.reset();
  });

  it('ends the chaff between one and three seconds after the last keystroke', () => {
    mock.timers.enable({ apis: ['setInterval'] });
    const { log, type } = make();
    type('a');
    mock.timers.tick(1000);
    assert.equal(log.length, 51);
    mock.timers.tick(2200);
    const { length } = log;
    assert.ok(length > 51 && length <= 155);
    mock.timers.tick(5000);
    assert.equal(log.length, length);
    mock.timers.reset();
  });

  it('sends what is pasted as it comes, behind what waits', () => {
    mock.timers.enable({ apis: ['setInterval'] });
    const { log, keystrokes, type } = make();
    type('a');
    type('b');
    keystrokes.add(1000, () => void log.push('paste'));
    assert.deepEqual(log, ['a', 'b', 'paste']);
    keystrokes.stop();
    mock.timers.reset();
  });
});
