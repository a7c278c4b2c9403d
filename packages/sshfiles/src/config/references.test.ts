import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';
import type { FolderPlace } from './place.ts';
import { type ConfigReferences, configReferences } from './references.ts';

const place: FolderPlace = { home: '/home/alice', folder: '/home/alice/.ssh', separator: '/' };
const windows: FolderPlace = { home: 'C:\\Users\\Al', folder: 'C:\\Users\\Al\\.ssh', separator: '\\' };

function references(config: string, at = place): ConfigReferences {
  return configReferences(utf8(config), at);
}

test('configReferences names included files of the folder, however they are written', () => {
  const cases: [string, string[]][] = [
    ['Include work', ['work']],
    ['Include a "b c" \'d\' *.conf # e', ['a', 'b c', 'd', '*.conf']],
    ['Include ~/.ssh/a /home/alice/.ssh/b %d/.ssh/c ${HOME}/.ssh/d ~alice/.ssh/e', ['a', 'b', 'c', 'd', 'e']],
    ['Include "\0home\0/.ssh/a" \0home00ff\0/.ssh/b', ['a', 'b']],
    ['Include ~/.ssh/../.ssh/./a //home//alice/.ssh/b x/../c', ['a', 'b', 'c']],
    ['Include ~/.s?h/a ~/*/b ~/.ss[h]/c ~/.ss\\h/d e\\f', ['a', 'b', 'c', 'd', 'ef']],
    ['Include ~/.ssh/%h.conf ${X}/a x%%y', ['*.conf', 'a', 'x%y']],
    ['Include /etc/ssh/a ~/a ~/.sshx/b /home/bob/.ssh/c ~/.ssh', []],
    ['"Inc"lude a', []],
    ['In"clude" a', ['a']],
    ['# Include a\nHost Include', []],
    ['Match exec "Include a"', []],
  ];
  for (const [config, includes] of cases) assert.deepEqual(references(config).includes, includes, config);
});

test('configReferences names the subfolders that an Include points into', () => {
  const config = 'Include config.d/* ~/.ssh/work/*.conf /home/alice/.ssh/a/b/c */x\n';
  assert.deepEqual(references(config), {
    includes: [],
    programs: [],
    knownHosts: [],
    revokedKeys: [],
    folders: ['config.d', 'work', 'a/b', '*'],
    otherIncludes: ['config.d/*', 'work/*.conf', 'a/b/c', '*/x'].map((path) => `/home/alice/.ssh/${path}`),
    otherKnownHosts: [],
    acceptsKeys: false,
  });
});

test('configReferences names the programs that commands take from the folder', () => {
  const cases: [string, string[]][] = [
    ['ProxyCommand ~/.ssh/proxy %h %p', ['proxy']],
    ['ProxyCommand nc -X connect %h %p', ['nc']],
    ['LocalCommand sh $HOME/.ssh/a; "${HOME}/.ssh/b c" && %d/.ssh/d', ['b c', 'b', 'a', 'd', 'sh']],
    ['KnownHostsCommand /home/alice/.ssh/keys %H', ['keys']],
    ['Match host x !exec "~/.ssh/check %h"', ['check']],
    ['Match EXEC=~/.ssh/check', ['check']],
    ["ProxyCommand bash -c 'exec ~/.ssh/a'", ['a', 'bash']],
    ['ProxyCommand env X=~/.ssh/a PATH=/bin:~/.ssh b', ['env', 'a', 'b']],
    ['ProxyCommand cd ~/.ssh && ./a && b', ['a', 'cd', 'b']],
    ['ProxyCommand .ssh/a', ['a']],
    ['ProxyCommand ~/.ssh/tools/a', ['tools']],
    ['ProxyCommand ~/.s*/a', ['a']],
    ['ProxyCommand "$HOME"/.ssh/a', ['a']],
    ['ProxyCommand ~/.ss\\h/a', ['a']],
    [
      'PKCS11Provider ~/.ssh/lib.so\nSecurityKeyProvider "/home/alice/.ssh/sk"\nXAuthLocation /usr/bin/xauth',
      ['lib.so', 'sk'],
    ],
    ['RemoteCommand ~/.ssh/a', []],
    ['ProxyJump ~/.ssh/a', []],
  ];
  for (const [config, programs] of cases) {
    const found = references(config).programs;
    for (const name of programs) assert.ok(found.includes(name), `${config}: ${name} in ${found.join()}`);
    if (programs.length === 0) assert.deepEqual(found, [], config);
  }
  assert.deepEqual(references('ProxyCommand nc -X connect %h %p').programs, ['nc']);
  assert.deepEqual(references('ProxyCommand /usr/bin/nc %h %p').programs, []);
});

test('configReferences names the files that host keys are taken from', () => {
  const config =
    'UserKnownHostsFile ~/.ssh/a "/home/alice/.ssh/b c" /dev/null none\nGlobalKnownHostsFile ~/.ssh/d\n';
  assert.deepEqual(references(config).knownHosts, ['a', 'b c', 'none', 'd']);
});

test('configReferences names the files of host keys that ssh must refuse', () => {
  const config =
    'RevokedHostKeys ~/.ssh/a\nHost b\n\trevokedhostkeys="/home/alice/.ssh/b c"\nRevokedHostKeys /etc/x\n';
  assert.deepEqual(references(config).revokedKeys, ['a', 'b c']);
});

test('configReferences compares Windows paths without case and takes both separators', () => {
  const config =
    'Include c:\\users\\AL\\.SSH\\Work C:/Users/Al/.ssh/sub/x ~/.ssh/a\nProxyCommand c:\\Users\\al\\.ssh\\P.exe %h\n';
  assert.deepEqual(references(config, windows), {
    includes: ['Work', 'a'],
    programs: ['P.exe'],
    knownHosts: [],
    revokedKeys: [],
    folders: ['sub'],
    otherIncludes: ['C:\\Users\\Al\\.ssh\\sub\\x'],
    otherKnownHosts: [],
    acceptsKeys: false,
  });
});

test('configReferences takes a bracket expression for any text', () => {
  const patterns = ['conf[[:digit:]]', 'conf[]a]', 'conf[!a-]b]', 'c\\[onf\\]1', 'con{f,g}1'];
  assert.deepEqual(references(`Include ${patterns.join(' ')} a[b`).includes, [
    'conf*',
    'c*1',
    'con*1',
    'a[b',
  ]);
});

test('configReferences names what is read outside of the folder', () => {
  const config =
    'Include ~/work/*.conf /etc/x a b/c %d/.ssh/d ~/*/e\nUserKnownHostsFile ~/kh ~/.ssh/kh /etc/%h\n';
  const { includes, otherIncludes, otherKnownHosts } = references(config);
  assert.deepEqual(includes, ['a', 'd', 'e']);
  assert.deepEqual(otherIncludes, [
    '/home/alice/work/*.conf',
    '/etc/x',
    '/home/alice/.ssh/b/c',
    '/home/alice/*/e',
  ]);
  assert.deepEqual(otherKnownHosts, ['/home/alice/kh', '/etc/*']);
  const system = configReferences(utf8('Include a ~/.ssh/b\n'), place, undefined, '/etc/ssh');
  assert.deepEqual([system.includes, system.otherIncludes], [['b'], ['/etc/ssh/a']]);
});

test('configReferences knows a file by every path that leads to it', () => {
  const links = {
    realPath: (path: string) =>
      path.replace(/^\/home\/alice\/(?:\.ssh|link)(?=\/|$)/, '/home/alice/dotfiles/ssh'),
    targets: new Map([['work', '/home/alice/dotfiles/work.conf']]),
  };
  const found = configReferences(
    utf8('Include ~/dotfiles/ssh/a ~/link/b ~/dotfiles/*.conf ~/link/c*\nProxyCommand ~/dotfiles/ssh/d\n'),
    place,
    links,
  );
  assert.deepEqual(found.includes, ['a', 'b', 'work', 'c*']);
  assert.deepEqual(found.programs, ['d']);
  const { includes } = references('Include ~/dotfiles/ssh/a ~/link/b ~/dotfiles/*.conf\n');
  assert.deepEqual(includes, [], 'the control: without links');
});

test('configReferences says whether ssh takes keys unasked', () => {
  for (const value of ['accept-new', 'no', 'OFF', 'false', '', '"no"'])
    assert.ok(references(`Host a\n  StrictHostKeyChecking ${value}\n`).acceptsKeys, value);
  for (const value of ['ask', 'YES', 'true', '"yes"'])
    assert.ok(!references(`Host a\n  StrictHostKeyChecking ${value}\n`).acceptsKeys, value);
});

test('configReferences handles any bytes', () => {
  fc.assert(
    fc.property(
      fc.uint8Array(),
      fc.constantFrom('Include ', 'ProxyCommand ', 'Match exec '),
      (bytes, start) => {
        const config = Buffer.concat([Buffer.from(start), bytes]);
        const found = configReferences(config, place);
        assert.ok([...found.includes, ...found.programs].every((name) => name !== ''));
      },
    ),
  );
});
