// What parseConfig finds is compared with what the installed ssh obeys, by `ssh -G -F file host`.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';
import { type Directive, parseConfig } from './parse.ts';
import { reviewConfig } from './review.ts';

const folder = mkdtempSync(join(tmpdir(), 'sshfiles-'));
after(() => rmSync(folder, { recursive: true }));

/** What ssh would use, as `keyword value` lines; undefined if it refuses the config. */
function sshOptions(config: string, host: string): Map<string, string> | undefined {
  const path = join(folder, 'config');
  writeFileSync(path, config, 'latin1');
  const { status, stdout } = spawnSync('ssh', ['-G', '-F', path, host], { encoding: 'latin1' });
  if (status !== 0) return undefined;
  return new Map(stdout.split('\n').map((line) => [line.split(' ', 1).join(''), line.replace(/^\S+ /, '')]));
}

/** The first value of each keyword for `host`, from the parsed form; undefined for what ssh refuses. */
function evaluate(config: string, host: string): Map<string, string> | undefined {
  const found = new Map<string, string>();
  for (const { head, lines } of parseConfig(Buffer.from(config, 'latin1')).blocks) {
    const active =
      head === undefined ||
      (head.keyword === 'host' ? hostApplies(head, host) : matchApplies(head, host, found));
    if (active === undefined) return undefined;
    for (const line of lines) {
      if (line.kind !== 'directive') continue;
      const value = line.args?.length === 1 ? line.args[0]?.value : undefined;
      if (
        value === undefined ||
        value === '' ||
        !['hostkeyalias', 'bindaddress', 'user'].includes(line.keyword)
      )
        return undefined;
      if (active && !found.has(line.keyword)) found.set(line.keyword, value);
    }
  }
  return found;
}

function hostApplies(head: Directive, host: string): boolean | undefined {
  const patterns = head.args?.map((argument) => argument.value);
  if (patterns === undefined || head.rest === '' || patterns.includes('')) return undefined;
  if (patterns.some((pattern) => pattern.startsWith('!') && glob(pattern.slice(1), host))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && glob(pattern, host));
}

function matchApplies(
  head: Directive,
  host: string,
  found: ReadonlyMap<string, string>,
): boolean | undefined {
  const words = head.args?.map((argument) => argument.value) ?? [];
  if (words.length === 1) return words[0] === 'all' ? true : undefined;
  let applies = true;
  for (let index = 0; index < words.length; index += 2) {
    const criterion = words[index] ?? '';
    const list = words[index + 1];
    const subject = criterion.replace('!', '') === 'user' ? (found.get('user') ?? userInfo().username) : host;
    if (list === undefined || !/^!?(host|originalhost|user)$/.test(criterion)) return undefined;
    applies = applies && matchList(list, subject) !== criterion.startsWith('!');
  }
  return applies;
}

function matchList(list: string, subject: string): boolean {
  const patterns = list.split(',');
  if (patterns.some((pattern) => pattern.startsWith('!') && glob(pattern.slice(1), subject))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && glob(pattern, subject));
}

function glob(pattern: string, text: string): boolean {
  const source = pattern.replaceAll(
    /[^*?]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text);
}

function assertAgrees(config: string, host: string): void {
  const ours = evaluate(config, host);
  const theirs = sshOptions(config, host);
  assert.equal(theirs !== undefined, ours !== undefined, JSON.stringify(config));
  for (const [keyword, value] of ours ?? [])
    assert.equal(theirs?.get(keyword), value, JSON.stringify(config));
  if (!ours?.has('hostkeyalias'))
    assert.equal(theirs?.has('hostkeyalias') ?? false, false, JSON.stringify(config));
}

test('parseConfig finds in strange lines the keyword and argument that ssh obeys', () => {
  const glue = fc
    .array(fc.constantFrom(' ', '\t', '=', '\r', '"', ''), { maxLength: 3 })
    .map((parts) => parts.join(''));
  const keyword = fc.constantFrom(
    'HostKeyAlias',
    'hostkeyALIAS',
    '"HostKeyAlias"',
    'Host"KeyAlias"',
    '#HostKeyAlias',
    '""HostKeyAlias',
  );
  const value = fc.array(
    fc.constantFrom('a', 'b', '"', "'", '\\', '\\"', ' ', '\t', '#', '=', '\f', '\v', '\u00ff', '\0', '\\ '),
    { maxLength: 5 },
  );
  const line = fc
    .tuple(glue, keyword, glue, value, fc.constantFrom('\n', '\r\n', ' \n', ''))
    .map((parts) => parts.flat().join(''));
  fc.assert(
    fc.property(line, (config) => assertAgrees(config, 'x')),
    { numRuns: 100 },
  );
});

test('parseConfig cuts blocks as ssh does: first value wins under Host and Match', () => {
  const pattern = fc.constantFrom('*', 'a', 'ab', 'a*', '?b', '!a', '!*b', '*.c', '"a b"', 'a#', '"ab"');
  const head = fc.oneof(
    fc.array(pattern, { minLength: 1, maxLength: 3 }).map((patterns) => `Host ${patterns.join(' ')}`),
    fc.constantFrom(
      'Match all',
      'Match host a,!ab',
      'Match !host a*',
      'match originalhost "a?" user *',
      'Match user u*',
      'Match host *b !user u1',
    ),
  );
  const directive = fc
    .tuple(fc.constantFrom('User', 'HostKeyAlias', 'BindAddress'), fc.integer({ min: 1, max: 9 }))
    .map(([name, n]) => `  ${name} u${n}`);
  const config = fc.array(fc.oneof({ weight: 1, arbitrary: head }, { weight: 2, arbitrary: directive }), {
    maxLength: 10,
  });
  fc.assert(
    fc.property(config, fc.constantFrom('a', 'ab', 'b', 'x.c'), (lines, host) =>
      assertAgrees(`${lines.join('\n')}\n`, host),
    ),
    { numRuns: 100 },
  );
});

test('ssh executes what parseConfig calls a Match head, however it is written', () => {
  const heads = [
    'Match exec "CMD"',
    'mAtCh EXEC "CMD"',
    '"Match" exec "CMD"',
    'Ma"tch" exec="CMD"',
    ' =\tMatch=host=x !exec "CMD"',
    'Match\rhost x exec "CMD"',
  ];
  for (const [index, head] of heads.entries()) {
    const marker = join(folder, `marker${index}`);
    const config = `${head.replace('CMD', `touch ${marker}`)}\n`;
    sshOptions(config, 'x');
    assert.equal(existsSync(marker), true, head);
    assert.equal(parseConfig(Buffer.from(config)).blocks[1]?.head?.keyword, 'match', head);
  }
});

test('a value that stops ssh for every host is asked about, and ssh takes every other', () => {
  const place = { home: '/home/alice', folder: '/home/alice/.ssh', separator: '/' } as const;
  const asks = (line: string): boolean => reviewConfig(undefined, utf8(`${line}\n`), place).length > 0;
  const flags = [...new Set(everyKeyword)].flatMap((keyword) =>
    ['yes', 'no', 'true', 'FALSE', 'none', 'NONE', '0', '1', '70000', '99999999999', '~', 'zzz'].map(
      (value) => `${keyword} ${value}`,
    ),
  );
  const lines = [
    ...flags,
    ...['0', '2147483647', '2147483648', '3550w', '3551w', '999999999w', '1H2m3', '1w1w', 'NONE'].map(
      (value) => `ConnectTimeout ${value}`,
    ),
    ...['EF le', 'cs7 af43', 'va', '255', '256', 'lowdelay throughput', 'cs8'].map(
      (value) => `IPQoS ${value}`,
    ),
    ...['localnetwork 10.0.0.0/8', 'version x', 'tagged x', 'command x', 'host x', 'localuser x'].map(
      (value) => `Match ${value}`,
    ),
    ...['22', '65535', '65536', '022'].map((value) => `Port ${value}`),
    'ChannelTimeout session=5m',
    'RequestTTY Force',
  ];
  // For a host that no block is for: ssh reads the values of all blocks.
  const free = new Set(lines.filter((line) => !asks(line)));
  const config = [...free].map((line) => `Host other\n${line}\n`).join('');
  assert.ok(free.size > 100, 'there are free values');
  assert.notEqual(sshOptions(config, 'x'), undefined, 'ssh reads what was not asked about');
  for (const line of [
    'Port 99999',
    'ConnectTimeout 999999999w',
    'IPQoS zzz',
    'Compression true',
    'ChannelTimeout none',
  ])
    assert.deepEqual([sshOptions(`Host other\n${line}\n`, 'x'), asks(line)], [undefined, true], line);
});

const everyKeyword =
  `AddKeysToAgent AddressFamily BatchMode CanonicalizeHostname CheckHostIP ClearAllForwardings
Compression ConnectionAttempts ConnectTimeout ControlMaster ControlPersist EnableEscapeCommandline EnableSSHKeysign
EscapeChar ExitOnForwardFailure ForkAfterAuthentication ForwardAgent ForwardX11 ForwardX11Trusted GatewayPorts
GSSAPIAuthentication GSSAPIDelegateCredentials HashKnownHosts HostbasedAuthentication IdentitiesOnly IPQoS
KbdInteractiveAuthentication LogLevel NoHostAuthenticationForLocalhost NumberOfPasswordPrompts ObscureKeystrokeTiming
PasswordAuthentication PermitLocalCommand PermitRemoteOpen Port ProxyUseFdpass PubkeyAuthentication RequestTTY
RequiredRSASize ServerAliveCountMax ServerAliveInterval StdinNull StreamLocalBindUnlink StrictHostKeyChecking
TCPKeepAlive Tunnel UpdateHostKeys VerifyHostKeyDNS VisualHostKey`.split(/\s+/);
