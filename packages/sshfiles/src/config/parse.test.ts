import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';
import { maxConfigBytes, parseConfig, parseLine } from './parse.ts';
import { printConfig } from './print.ts';

const pieces = fc.constantFrom(
  ...'"|\'|\\|=|#| |\t|\n|\n|\r\n|\r|\f|\0|*|Host|Match|Port|ProxyCommand|~/.ssh/x|22|\u00ff|\0home\0|\0home'.split(
    '|',
  ),
);

test('printConfig gives back any bytes that parseConfig has read', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .array(pieces, { maxLength: 60 })
      .map((parts) => Uint8Array.from(Buffer.from(parts.join(''), 'latin1'))),
  );
  fc.assert(
    fc.property(bytes, (config) => assert.deepEqual(printConfig(parseConfig(config)), config)),
    { numRuns: 500 },
  );
});

test('parseConfig cuts a config into the global block and one block for each Host and Match', () => {
  const config = parseConfig(
    utf8('# mine\r\nPort 22\r\n\r\n"Host" a !b # work\n\tUser=x\nMATCH all\nIdentityFile "a b" c'),
  );
  const shape = config.blocks.map(({ head, lines }) => ({
    head: head && [head.keyword, head.rest],
    lines: lines.map((line) => (line.kind === 'directive' ? [line.keyword, line.rest] : line.kind)),
  }));
  assert.deepEqual(shape, [
    { head: undefined, lines: ['comment', ['port', '22'], 'blank'] },
    { head: ['host', 'a !b # work'], lines: [['user', 'x']] },
    { head: ['match', 'all'], lines: [['identityfile', '"a b" c']] },
  ]);
});

test('parseConfig takes only LF as a line end, and no line goes on behind a backslash', () => {
  const config = parseConfig(utf8('Port 22\rHost x\nUser a\\\nHost b\n'));
  assert.deepEqual(
    config.blocks.map(({ head, lines }) => [head?.source, lines.map((line) => line.source)]),
    [
      [undefined, ['Port 22\rHost x\n', 'User a\\\n']],
      ['Host b\n', []],
    ],
  );
});

test('parseLine gives the arguments with their place, or none if a quote is open', () => {
  const line = parseLine('  IdentityFile "a b" # c\r\n');
  assert.deepEqual(line, {
    kind: 'directive',
    source: '  IdentityFile "a b" # c\r\n',
    keyword: 'identityfile',
    rest: '"a b" # c',
    args: [{ value: 'a b', start: 15, end: 20 }],
  });
  const open = parseLine('IdentityFile "a b\n');
  assert.equal(open.kind === 'directive' && open.args, undefined);
});

test('parseLine tells blank lines from lines that ssh skips for another reason', () => {
  const kinds = ['', '\n', ' \t\r\n', '#x\n', ' = # x\n', 'Port"22\n', '\0Port 22\n'].map(
    (source) => parseLine(source).kind,
  );
  assert.deepEqual(kinds, ['blank', 'blank', 'blank', 'comment', 'comment', 'comment', 'comment']);
});

test('parseConfig refuses more than maxConfigBytes', () => {
  assert.equal(parseConfig(new Uint8Array(maxConfigBytes)).blocks.length, 1);
  assert.throws(() => parseConfig(concat(new Uint8Array(maxConfigBytes), utf8('x'))), {
    name: 'RangeError',
    message: 'Cannot parse ssh_config of 1048577 bytes: at most 1048576 are allowed',
  });
});
