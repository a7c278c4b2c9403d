import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStty } from './terminal-modes.ts';

test('parseStty reads characters, flags and the speed', () => {
  const text = `speed 38400 baud; rows 24; columns 80; line = 0;
intr = ^C; quit = ^\\; erase = ^?; kill = M-^?; eol = <undef>; eol2 = x; min = 1; time = 0;
-parenb cs8 hupcl -echo icrnl iutf8 opost -ocrnl
`;
  assert.deepEqual(parseStty(text), {
    VINTR: 3,
    VQUIT: 28,
    VERASE: 127,
    VKILL: 255,
    VEOL: 255,
    VEOL2: 120,
    ICRNL: 1,
    IUTF8: 1,
    ECHO: 0,
    OPOST: 1,
    OCRNL: 0,
    CS8: 1,
    PARENB: 0,
    TTY_OP_ISPEED: 38_400,
    TTY_OP_OSPEED: 38_400,
  });
});

test('parseStty makes nothing of nothing', () => {
  assert.deepEqual(parseStty(''), {});
});
