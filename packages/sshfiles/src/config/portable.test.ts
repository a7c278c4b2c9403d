import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';
import type { Place } from './place.ts';
import { fromPortable, toPortable } from './portable.ts';

const alice: Place = { home: '/home/alice', separator: '/' };
const bob: Place = { home: '/Users/bob', separator: '/' };
const spaced: Place = { home: '/Users/bob the builder', separator: '/' };
const root: Place = { home: '/', separator: '/' };
const windows: Place = { home: 'C:\\Users\\Carol', separator: '\\' };
const spacedWindows: Place = { home: 'C:\\Users\\Carol C', separator: '\\' };

function stored(config: string, place: Place): string {
  return Buffer.from(toPortable(utf8(config), place).bytes).toString('utf8');
}

function local(config: string, place: Place): string {
  return Buffer.from(fromPortable(utf8(config), place)).toString('utf8');
}

test('toPortable stores file arguments under home relative to it', () => {
  const cases: [string, string][] = [
    ['IdentityFile /home/alice/.ssh/id\n', 'IdentityFile \0home\0/.ssh/id\n'],
    ['identityfile="/home/alice/.ssh/my id"', 'identityfile="\0home\0/.ssh/my id"'],
    [
      '  Include /home/alice/a  "/home/alice/b c" d # /home/alice/e\r\n',
      '  Include \0home\0/a  "\0home\0/b c" d # /home/alice/e\r\n',
    ],
    ['ControlPath /home/alice', 'ControlPath \0home\0'],
    ['ControlPath "/home/alice"', 'ControlPath "\0home\0"'],
    ['ControlPath /home/alice/', 'ControlPath \0home\0/'],
    ['UserKnownHostsFile /home/alice/a"b c"/d', 'UserKnownHostsFile \0home\0/a"b c"/d'],
  ];
  for (const [config, expected] of cases) {
    assert.equal(stored(config, alice), expected);
    assert.equal(local(expected, alice), config);
  }
});

test('toPortable leaves everything else exactly as written', () => {
  const same = [
    'IdentityFile ~/.ssh/id\nIdentityFile %d/.ssh/id\nIdentityFile ${HOME}/.ssh/id\n',
    'IdentityFile /home/alicex/.ssh/id\nIdentityFile /home/al\nIdentityFile "/home/alice"x\n',
    'IdentityFile "/home/al"ice/x\nIdentityFile /home/ali\\ce/x\nIdentityFile \'/home/alice/x\'\n',
    'ProxyCommand /home/alice/.ssh/proxy %h\nLocalCommand "/home/alice/x"\nMatch exec "/home/alice/x"\n',
    '# IdentityFile /home/alice/.ssh/id\nUser /home/alice\nIdentityFile "/home/alice/x\n',
  ];
  for (const config of same) assert.equal(stored(config, alice), config);
});

test('toPortable names the absolute paths that stay, each once', () => {
  const config =
    'IdentityFile /etc/a\nIdentityFile "/etc/a"\nInclude /home/alice/x /opt/b ~/c d\nUser /etc/e\nIdentityFile /home/alicex/f';
  assert.deepEqual(toPortable(utf8(config), alice).outside, ['/etc/a', '/opt/b', '/home/alicex/f']);
  assert.deepEqual(toPortable(utf8('Include C:\\b D:/e \\c /d C:f g'), windows).outside, [
    'C:\\b',
    'D:/e',
    '\\c',
    '/d',
  ]);
});

test('fromPortable writes the home directory and separator of the other machine', () => {
  const config = 'IdentityFile \0home\0/.ssh/id\nInclude "\0home\0/.ssh/a b" \0home\0\n';
  assert.equal(
    local(config, bob),
    'IdentityFile /Users/bob/.ssh/id\nInclude "/Users/bob/.ssh/a b" /Users/bob\n',
  );
  assert.equal(
    local('Include "\0home\0/a/" "\0home\0/it\'s"', windows),
    'Include "C:\\Users\\Carol\\a/" "C:\\Users\\Carol/it\'s"',
  );
  assert.equal(local(config, root), 'IdentityFile /.ssh/id\nInclude "/.ssh/a b" /\n');
  assert.equal(
    local(config, windows),
    'IdentityFile C:\\Users\\Carol\\.ssh\\id\nInclude "C:\\Users\\Carol\\.ssh\\a b" C:\\Users\\Carol\n',
  );
});

test('fromPortable quotes a home with blanks, and toPortable takes those quotes off again', () => {
  const config = 'IdentityFile \0home\0/.ssh/id\nInclude "\0home\0/.ssh/a b" \0home\0\n';
  const expected =
    'IdentityFile "/Users/bob the builder/.ssh/id"\nInclude "/Users/bob the builder/.ssh/a b" "/Users/bob the builder"\n';
  assert.equal(local(config, spaced), expected);
  assert.equal(stored(expected, spaced), config);
  assert.equal(local('Include \0home\0/"a b"', spaced), 'Include "/Users/bob the builder"/"a b"');
  assert.equal(
    local('IdentityFile \0home\0/.ssh/id', spacedWindows),
    'IdentityFile "C:\\Users\\Carol C\\.ssh\\id"',
  );
});

test('toPortable compares Windows paths without case and keeps their spelling for the machine that wrote it', () => {
  assert.equal(stored('IdentityFile C:\\Users\\Carol\\.ssh\\id', windows), 'IdentityFile \0home\0/.ssh/id');
  for (const path of ['c:\\users\\CAROL\\.ssh\\id', 'C:/Users/Carol/.ssh/id', 'C:\\Users\\Carol/.ssh\\id']) {
    const portable = stored(`IdentityFile ${path}`, windows);
    assert.equal(portable, `IdentityFile \0home${Buffer.from(path).toString('hex')}\0/.ssh/id`);
    assert.equal(local(portable, windows), `IdentityFile ${path}`);
    assert.equal(local(portable, alice), 'IdentityFile /home/alice/.ssh/id');
    assert.equal(local(portable, { home: 'D:\\C', separator: '\\' }), 'IdentityFile D:\\C\\.ssh\\id');
  }
});

test('fromPortable ignores a spelling that names another file', () => {
  for (const path of [
    'C:\\Users\\Carol\\.ssh\\other',
    'C:\\Windows\\x',
    'C:\\Users\\Carol\\.ssh\\id\nProxyCommand x',
    '"',
  ]) {
    const portable = `IdentityFile \0home${Buffer.from(path).toString('hex')}\0/.ssh/id`;
    assert.equal(local(portable, windows), 'IdentityFile C:\\Users\\Carol\\.ssh\\id');
  }
});

test('toPortable counts under a root only the synced folder as home', () => {
  assert.equal(stored('Include /.ssh/a /.sshx /etc/b', root), 'Include \0home\0/.ssh/a /.sshx /etc/b');
  assert.equal(
    stored('Include C:\\.ssh\\a C:\\b', { home: 'C:\\', separator: '\\' }),
    'Include \0home\0/.ssh/a C:\\b',
  );
  assert.equal(
    stored('Include /srv/.ssh/a /srvx', { home: '/srv', separator: '/' }),
    'Include \0home\0/.ssh/a /srvx',
  );
});

test('toPortable takes a home with separators at its end as one without', () => {
  assert.equal(
    stored('Include /home/alice/x', { home: '/home/alice//', separator: '/' }),
    'Include \0home\0/x',
  );
  assert.equal(
    stored('Include C:\\Users\\Carol\\x', { home: 'C:/Users/Carol/', separator: '\\' }),
    'Include \0home\0/x',
  );
});

test('toPortable refuses a NUL and fromPortable one that stands before no file argument', () => {
  assert.throws(() => stored('User a\nUser b\0', alice), {
    name: 'SyntaxError',
    message: 'Cannot make ssh_config portable: found NUL in line 2, expected none',
  });
  for (const config of [
    'User \0home\0/x',
    '\0home\0User x',
    '# \0home\0',
    'IdentityFile a\0home\0/x',
    'IdentityFile \0home\0\0home\0',
    'IdentityFile \0homex\0',
    'Port 1\0',
  ]) {
    assert.throws(
      () => local(config, alice),
      { name: 'SyntaxError', message: /found NUL in line 1/ },
      config,
    );
  }
});

test('toPortable and fromPortable refuse a home that is not absolute or that ssh_config cannot express', () => {
  assert.throws(() => stored('', { home: 'alice', separator: '/' }), {
    name: 'RangeError',
    message: 'Cannot use home "alice": expected an absolute path',
  });
  assert.equal(stored('Include /a"b/c', { home: '/a"b', separator: '/' }), 'Include /a"b/c');
  for (const home of ['/a"b', '/a\nProxyCommand b', '/a\\b', '/a%h']) {
    assert.throws(() => local('Include \0home\0/c', { home, separator: '/' }), RangeError);
    assert.equal(local('Include c', { home, separator: '/' }), 'Include c');
  }
});

test('fromPortable undoes toPortable byte for byte at the same place', () => {
  const places: Place[] = [
    alice,
    spaced,
    root,
    windows,
    spacedWindows,
    { home: '/srv/', separator: '/' },
    { home: 'C:\\', separator: '\\' },
    { home: "/o'brien", separator: '/' },
    { home: "C:\\O'Brien x\\", separator: '\\' },
  ];
  const rest = fc
    .array(fc.constantFrom(...`/|\\|/.ssh/id|\\.ssh\\id|"|'| |x|#|\\ |\r`.split('|')), { maxLength: 5 })
    .map((parts) => parts.join(''));
  const argument = (place: Place): fc.Arbitrary<string> =>
    fc
      .tuple(
        fc.constantFrom('', '"', '"', "'"),
        fc.constantFrom(
          place.home,
          place.home,
          place.home.toLowerCase(),
          place.home.replaceAll('\\', '/'),
          '/home',
        ),
        fc.constantFrom('', '/', '\\', '/.ssh', '\\.ssh'),
        rest,
      )
      .map(([quote, home, separator, more]) => `${quote}${home}${separator}${more}${quote}`);
  const cases = fc
    .constantFrom(...places)
    .chain((place) =>
      fc.tuple(
        fc.constant(place),
        fc.array(argument(place), { minLength: 1, maxLength: 4 }),
        fc.constantFrom(' ', '\nInclude '),
      ),
    );
  fc.assert(
    fc.property(cases, ([place, parts, glue]) => {
      const config = utf8(`IdentityFile=${parts.join(glue)}`);
      assert.deepEqual(fromPortable(toPortable(config, place).bytes, place), config);
    }),
    { numRuns: 3000 },
  );
});

test('toPortable and fromPortable handle any bytes without NUL', () => {
  fc.assert(
    fc.property(fc.uint8Array({ min: 1, maxLength: 200 }), (config) => {
      assert.deepEqual(fromPortable(toPortable(config, alice).bytes, alice), config);
    }),
  );
});
