import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { createRecorder } from '../testing/recorder.ts';
import { createLines } from './lines.ts';

suite('createLines', () => {
  test('writes results and remarks to their streams', () => {
    const recorder = createRecorder();
    const lines = createLines('orrery', recorder.streams);
    lines.result('a result');
    lines.remark('a remark');
    assert.equal(recorder.output(), 'a result\n');
    assert.equal(recorder.errors(), 'a remark\n');
  });

  test('keeps the status line below every other line', () => {
    const recorder = createRecorder();
    const lines = createLines('orrery', recorder.streams);
    lines.status('busy');
    lines.remark('a remark');
    lines.result('a result');
    lines.status(undefined);
    assert.equal(recorder.errors(), '\r\x1b[Kbusy\r\x1b[Ka remark\nbusy\r\x1b[Kbusy\r\x1b[K');
  });

  test('draws no status line while it is held', () => {
    const recorder = createRecorder();
    const lines = createLines('orrery', recorder.streams);
    lines.status('busy');
    lines.hold(true);
    recorder.errors();
    lines.status('busier');
    lines.remark('a remark');
    assert.equal(recorder.errors(), 'a remark\n');
    lines.hold(false);
    assert.equal(recorder.errors(), 'busier');
  });

  test('writes no escape sequence if there never was a status line', () => {
    const recorder = createRecorder();
    const lines = createLines('orrery', recorder.streams);
    lines.hold(true);
    lines.hold(false);
    lines.status(undefined);
    assert.equal(recorder.errors(), '');
  });
});
