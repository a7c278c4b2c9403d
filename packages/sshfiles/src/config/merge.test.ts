import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import type { Conflict } from '../review.ts';
import { mergeConfig } from './merge.ts';

interface Merged {
  readonly text: string;
  readonly conflicts: readonly Conflict[];
}

function merge(
  base: string | undefined,
  ours: string,
  theirs: string,
  prefer: 'ours' | 'theirs' = 'ours',
): Merged {
  const { bytes, conflicts } = mergeConfig(
    base === undefined ? undefined : utf8(base),
    utf8(ours),
    utf8(theirs),
    prefer,
  );
  return { text: Buffer.from(bytes).toString('utf8'), conflicts };
}

const base = `# my machines
Compression yes

Host a
  User alice
  IdentityFile ~/.ssh/a

# work
Host b
  Port 22
Host *
  User x
`;

test('mergeConfig takes from each side what only that side changed', () => {
  const ours = base
    .replace('User alice', 'User anna')
    .replace('Compression yes\n', 'Compression yes\nBatchMode no\n');
  const theirs = base
    .replace('Port 22', 'Port 2222\n  # slow\n  ConnectTimeout 5')
    .replace('  IdentityFile ~/.ssh/a\n', '');
  assert.deepEqual(merge(base, ours, theirs), {
    text: `# my machines
Compression yes
BatchMode no

Host a
  User anna

# work
Host b
  Port 2222
  # slow
  ConnectTimeout 5
Host *
  User x
`,
    conflicts: [],
  });
});

test('mergeConfig keeps the blocks that both sides added, each in front of what it preceded', () => {
  const ours = base.replace('Host *', 'Host c\n  User c\nHost *').replace('Host b', 'Host a2\nHost b');
  const theirs = `${base.replace('Host *', 'Host d\n  User d\n\nHost *')}Host last\n`;
  assert.equal(
    merge(base, ours, theirs).text,
    base
      .replace('Host b', 'Host a2\nHost b')
      .replace('Host *', 'Host c\n  User c\nHost d\n  User d\n\nHost *') + 'Host last\n',
  );
  assert.match(merge(base, ours, theirs, 'theirs').text, /Host d\n {2}User d\nHost c\n {2}User c\n\nHost \*/);
});

test('mergeConfig puts new blocks for some hosts before a new block for all, whoever wrote which', () => {
  const ours = 'Host a\nHost *\n  User x\n';
  const theirs = 'Host a\nHost b\nHost *.c\n';
  for (const prefer of ['ours', 'theirs'] as const) {
    assert.equal(
      merge('Host a\n', ours, theirs, prefer).text,
      'Host a\nHost b\nHost *.c\nHost *\n  User x\n',
    );
    assert.equal(merge('', ours, theirs, prefer).text, 'Host a\nHost b\nHost *.c\nHost *\n  User x\n');
  }
});

test('mergeConfig reports a directive that both changed, and prefer wins', () => {
  const [ours, theirs] = [base.replace('Port 22', 'Port 23'), base.replace('Port 22', '\tport=24')];
  assert.deepEqual(merge(base, ours, theirs), {
    text: ours,
    conflicts: [{ where: 'Host b', ours: 'Port 23', theirs: 'port=24', kept: 'ours' }],
  });
  assert.deepEqual(merge(base, ours, theirs, 'theirs'), {
    text: theirs,
    conflicts: [{ where: 'Host b', ours: 'Port 23', theirs: 'port=24', kept: 'theirs' }],
  });
  assert.deepEqual(merge('', 'Port 1\n', 'Port 2\n').conflicts, [
    { where: 'every host', ours: 'Port 1', theirs: 'Port 2', kept: 'ours' },
  ]);
});

test('mergeConfig lets a new value win over a new way of writing the old one', () => {
  assert.deepEqual(merge('Port 22\n', '  port = 22\r\n', 'Port 23\n'), { text: 'Port 23\n', conflicts: [] });
  assert.deepEqual(merge('Port 22\n', 'Port 23\n', 'PORT 23\n'), { text: 'Port 23\n', conflicts: [] });
});

test('mergeConfig deletes what one side deleted and the other left alone', () => {
  const ours = base.replace(/\n# work\nHost b\n {2}Port 22\n/, '\n');
  const theirs = base.replace('User alice', 'User anna');
  assert.equal(merge(base, ours, theirs).text, ours.replace('User alice', 'User anna'));
  assert.equal(merge(base, ours, theirs, 'theirs').text, ours.replace('User alice', 'User anna'));
});

test('mergeConfig keeps what one side changed and the other deleted, and says so', () => {
  const without = base.replace('\n# work\nHost b\n  Port 22\n', '');
  const changed = base.replace('Port 22', 'Port 23');
  const note = 'changed on one side, deleted on the other';
  assert.deepEqual(merge(base, without, changed), {
    text: changed,
    conflicts: [{ where: 'Host b', ours: '', theirs: 'Host b', kept: 'theirs', note }],
  });
  assert.deepEqual(merge('User a\nPort 1\n', 'User b\nPort 1\n', 'Port 1\nBatchMode no\n'), {
    text: 'User b\nPort 1\nBatchMode no\n',
    conflicts: [{ where: 'every host', ours: 'User b', theirs: '', kept: 'ours', note }],
  });
});

test('mergeConfig merges repeated keywords as lists', () => {
  const list = (...names: string[]): string => names.map((name) => `IdentityFile ${name}\n`).join('');
  assert.deepEqual(merge(list('a', 'b', 'c'), list('a', 'x', 'b', 'c'), list('b', 'y', 'c')), {
    text: list('x', 'b', 'y', 'c'),
    conflicts: [],
  });
  assert.equal(
    merge('', 'SendEnv A\nLocalForward 1 a:1\n', 'SendEnv B\nLocalForward 2 b:2\n').text.split('\n').length,
    5,
  );
  assert.equal(merge('', 'Unheard a\n', 'Unheard b\n').text, 'Unheard a\nUnheard b\n');
});

test('mergeConfig follows the side that moved a block', () => {
  const moved = 'Host b\nHost a\nHost c\n';
  const grown = 'Host a\nHost b\nHost c\n  User c\n';
  assert.deepEqual(merge('Host a\nHost b\nHost c\n', moved, grown), {
    text: `${moved}  User c\n`,
    conflicts: [],
  });
  assert.deepEqual(merge('Host a\nHost b\nHost c\n', grown, moved), {
    text: `${moved}  User c\n`,
    conflicts: [],
  });
  assert.deepEqual(merge('Host a\nHost b\nHost c\n', moved, 'Host c\nHost a\nHost b\n'), {
    text: moved,
    conflicts: [
      {
        where: 'order of the blocks',
        ours: 'Host b; Host a; Host c',
        theirs: 'Host c; Host a; Host b',
        kept: 'ours',
      },
    ],
  });
});

test('mergeConfig keeps a new block before all that it preceded, even if these were moved', () => {
  const theirs = 'Host x\nHost a\nHost *\n';
  assert.equal(merge('Host a\nHost *\n', 'Host *\nHost a\n', theirs).text, 'Host x\nHost *\nHost a\n');
});

test('mergeConfig tells blocks with the same head apart by what they say', () => {
  const ours = 'Host *\n  User new\nHost a\nHost *\n  Port 1\n';
  const theirs = 'Host a\nHost *\n  Port 2\n';
  assert.equal(
    merge('Host a\nHost *\n  Port 1\n', ours, theirs).text,
    'Host *\n  User new\nHost a\nHost *\n  Port 2\n',
  );
});

test('mergeConfig lets comments travel with what follows them', () => {
  const ours = base
    .replace('# work\n', '# work, new\n')
    .replace('  IdentityFile', '  # the old key\n  IdentityFile');
  const theirs = base
    .replace('Host b', '# and play\nHost b')
    .replace('Host *', 'Host z\n  # ProxyJump put aside\n\nHost *');
  assert.equal(
    merge(base, ours, theirs).text,
    base
      .replace('# work\nHost b', '# work, new\n# and play\nHost b')
      .replace('  IdentityFile', '  # the old key\n  IdentityFile')
      .replace('Host *', 'Host z\n  # ProxyJump put aside\n\nHost *'),
  );
});

test('mergeConfig ends a line that is no longer the last one', () => {
  assert.equal(
    merge('', 'Host a\r\n  User b', 'Host c\r\n  User d').text,
    'Host a\r\n  User b\r\nHost c\r\n  User d',
  );
  assert.equal(
    merge('Port 1', 'Port 1\nUser a', 'Port 1\nBatchMode no').text,
    'Port 1\nUser a\nBatchMode no',
  );
});

test('mergeConfig returns the other side as it is if one is the base, both are equal or one is missing', () => {
  const odd = Uint8Array.of(0xff, 0x00, 0x0d, 0x22);
  const other = utf8('Host a');
  const cases: [Uint8Array | undefined, Uint8Array | undefined, Uint8Array | undefined, Uint8Array][] = [
    [other, other, odd, odd],
    [other, odd, other, odd],
    [other, odd, odd, odd],
    [undefined, odd, odd, odd],
    [other, undefined, odd, odd],
    [other, odd, undefined, odd],
    [other, undefined, undefined, new Uint8Array()],
  ];
  for (const [common, ours, theirs, expected] of cases) {
    assert.deepEqual(mergeConfig(common, ours, theirs, 'ours'), { bytes: expected, conflicts: [] });
  }
});

test('mergeConfig refuses a config over the limit', () => {
  assert.throws(() => mergeConfig(undefined, new Uint8Array((1 << 20) + 1), utf8('x'), 'ours'), RangeError);
});

test('mergeConfig refuses configs with more lines than it compares', () => {
  const lines = utf8('\n'.repeat((1 << 20) - 10));
  const refused = /^RangeError: Cannot merge ssh_config of 1048566 lines: at most 10000 are allowed$/;
  assert.throws(() => mergeConfig(utf8('Host a\n'), utf8('Host b\n'), lines, 'theirs'), refused);
  assert.throws(() => mergeConfig(lines, utf8('Host b\n'), utf8('Host c\n'), 'theirs'), refused);
  assert.equal(mergeConfig(undefined, lines, lines, 'ours').bytes, lines, 'the same needs no merge');
});
