import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import { matchesPattern } from '@orrery/keys';
import * as fc from 'fast-check';
import { fromByteString } from '../config/tokens.ts';
import {
  type KnownHostsLine,
  maxKnownHostsBytes,
  maxKnownHostsLine,
  maxKnownHostsLines,
  parseKnownHosts,
  printKnownHosts,
} from './parse.ts';
import { HashTests } from './hash-tests.ts';
import { OpensshFile, file, hashed, key, rsaKey } from './testing.ts';

const openssh = new OpensshFile();
after(() => openssh.remove());

test('printKnownHosts prints exactly the bytes that parseKnownHosts read, whatever they are', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      assert.deepEqual(printKnownHosts(parseKnownHosts(bytes)), bytes);
    }),
  );
  const part = fc.constantFrom(
    ...'\n \n\t\r\0\xff\xa0#'.split(''),
    'bank',
    '*.corp,!x',
    hashed('bank'),
    '|1|x|y',
    '@revoked',
    '@cert-authority',
    '@x',
    key(1),
    rsaKey(1),
    'ssh-ed25519',
    'AAAA',
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const bytes = fromByteString(parts.join(''));
      assert.deepEqual(printKnownHosts(parseKnownHosts(bytes)), bytes);
    }),
    { numRuns: 500 },
  );
});

test('parseKnownHosts reads marker, hosts, type and key of an entry', () => {
  const [type, base64] = rsaKey(1).split(' ');
  const { lines } = parseKnownHosts(utf8(`@revoked \tBank,*.b ${type} \t${base64}  a comment\r\n`));
  assert.deepEqual(lines, [
    {
      kind: 'entry',
      source: `@revoked \tBank,*.b ${type} \t${base64}  a comment\r\n`,
      identity: `@revoked *.b,bank ${base64}`,
      marker: '@revoked',
      hostsField: 'Bank,*.b',
      hosts: { kind: 'list', names: ['bank'], patterns: ['*.b'], negated: [] },
      keyType: type,
      key: base64,
    },
  ]);
});

/** Lines with what they are here. The oracle below compares with ssh-keygen. */
const samples: readonly (readonly [kind: KnownHostsLine['kind'], line: string])[] = [
  ['entry', `bank ${key(1)}`],
  ['entry', `bank,10.0.0.1 ${key(2)} comment with "quotes`],
  ['entry', `  \tbank\t ${rsaKey(1)}`],
  ['entry', `BANK ${key(3)}\r`],
  ['entry', `bank ${key(4)} comment\r`],
  ['entry', `${hashed('bank')} ${key(5)}`],
  ['entry', `@revoked bank ${key(6)}`],
  ['entry', `@cert-authority *,!evil ${key(7)}`],
  ['entry', `[bank]:2222 ${key(8)}`],
  ['entry', `b?nk,!bank ${key(9)}`],
  ['entry', `bank ${key(10).replace('I', '\rI')}`],
  ['entry', `bank ${key(15).replace('I', '\v\fI')}`],
  ['entry', `bank ${key(11)}\0 what ssh does not see`],
  ['entry', `bank ${key(12)}#no comment sign`.replace('#', ' #')],
  ['comment', '# comment'],
  ['comment', ` \t#bank ${key(1)}`],
  ['blank', ''],
  ['blank', ' \t'],
  ['blank', '\r'],
  ['blank', `\0bank ${key(1)}`],
  ['unreadable', 'bank'],
  ['unreadable', `bank # ${key(1)}`],
  ['unreadable', `@revoked\tbank ${key(13)}`],
  ['unreadable', `@revoked @revoked bank ${key(13)}`],
  ['unreadable', `@revoked @bank ${key(13)}`],
  ['unreadable', `@Revoked bank ${key(13)}`],
  ['unreadable', `@cert-authority`],
  ['unreadable', `bank,${'a'.repeat(1023)} ${key(14)}`],
  ['unreadable', `${hashed('bank')},bank ${key(14)}`],
  ['unreadable', `bank ssh-rsa ${key(14).slice(12)}`],
  ['unreadable', `bank ${key(14).slice(0, -1)}`],
  ['unreadable', `bank 1024 35 1234567890`],
  ['unreadable', `bank ${key(14)}=`],
  ['unreadable', `\uFEFFbank`],
];

test('parseKnownHosts sorts lines into entries, comments, blank and unreadable ones', () => {
  const { lines } = parseKnownHosts(file(...samples.map(([, line]) => line)));
  assert.deepEqual(
    lines.map(({ kind, source }) => [kind, source.slice(0, -1)]),
    samples.map(([kind, line]) => [kind, line === '\uFEFFbank' ? '\xef\xbb\xbfbank' : line]),
  );
});

test('parseKnownHosts finds the keys of a host that ssh-keygen -F finds, line by line', () => {
  const bytes = file(...samples.map(([, line]) => line));
  openssh.write(bytes);
  const { lines } = parseKnownHosts(bytes);
  for (const host of ['bank', '10.0.0.1', '[bank]:2222', 'bonk', 'evil', 'other']) {
    const expected = lines.flatMap((line, index) => {
      if (line.kind !== 'entry' || !means(line, host)) return [];
      const marks = { '': '', '@cert-authority': ' CA', '@revoked': ' REVOKED' };
      return [`${index + 1}${marks[line.marker]}`];
    });
    assert.deepEqual(openssh.find(host), expected, host);
  }
  assert.equal(openssh.find('bank').length, 12);
});

function means(line: KnownHostsLine, host: string): boolean {
  if (line.kind !== 'entry') return false;
  if (line.hosts.kind === 'hashed') return new HashTests().firstName(line.hosts, [host]) === host;
  const { names, patterns, negated } = line.hosts;
  const matches = (pattern: string): boolean => matchesPattern(host, pattern);
  return [...names, ...patterns].some(matches) && !negated.some(matches);
}

test('parseKnownHosts reads as an entry nothing that ssh-keygen does not read, and passes over nothing that it reads', () => {
  const part = fc.constantFrom(
    ...'  \t\r\v\0,*!#=x'.split(''),
    'bank',
    hashed('bank'),
    '@revoked',
    '@cert-authority',
    key(1),
    rsaKey(1),
    'ssh-rsa',
    'rsa-sha2-256',
    rsaKey(1).slice(8),
  );
  const line = fc.oneof(
    fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
    fc.array(part, { maxLength: 3 }).map((parts) => `bank${parts.join('')} ${key(1)}`),
    fc.array(part, { maxLength: 3 }).map((parts) => `${parts.join('')} bank ${key(1)}`),
    fc.array(part, { maxLength: 3 }).map((parts) => `bank ${key(1)}${parts.join('')}`),
  );
  fc.assert(
    fc.property(fc.array(line, { minLength: 10, maxLength: 40 }), (texts) => {
      const bytes = file(...texts);
      openssh.write(bytes);
      const found = new Set(openssh.find('bank').map((text) => Number.parseInt(text, 10) - 1));
      for (const [index, parsed] of parseKnownHosts(bytes).lines.entries()) {
        if (found.has(index)) assert.ok(means(parsed, 'bank') || parsed.kind === 'unreadable', parsed.source);
        else assert.ok(!means(parsed, 'bank'), parsed.source);
      }
    }),
    { numRuns: 30 },
  );
});

test('parseKnownHosts reads what ssh-keygen -H writes', () => {
  openssh.write(file(`bank,10.0.0.1 ${key(1)} comment`, '# kept', `[bank]:2222 ${rsaKey(1)}`));
  const { lines } = parseKnownHosts(openssh.hash());
  assert.deepEqual(
    lines.map((line) => [line.kind, ['bank', '10.0.0.1', '[bank]:2222'].find((host) => means(line, host))]),
    [
      ['entry', 'bank'],
      ['entry', '10.0.0.1'],
      ['comment', undefined],
      ['entry', '[bank]:2222'],
    ],
  );
});

test('parseKnownHosts keeps entries of key types that it does not know', () => {
  const [line] = parseKnownHosts(file('bank ssh-new@example.com AAAAE3NzaC1uZXdAZXhhbXBsZS5jb20B')).lines;
  assert.equal(line?.kind === 'entry' && line.keyType, 'ssh-new@example.com');
});

test('parseKnownHosts does not look into a line over its limit', () => {
  const long = `bank ${key(1)} ${'x'.repeat(maxKnownHostsLine)}`;
  assert.equal(parseKnownHosts(file(long)).lines[0]?.kind, 'unreadable');
  assert.equal(parseKnownHosts(file(long.slice(0, maxKnownHostsLine))).lines[0]?.kind, 'entry');
});

test('parseKnownHosts refuses files over its limits and reads no file as an empty one', () => {
  assert.throws(() => parseKnownHosts(new Uint8Array(maxKnownHostsBytes + 1)), RangeError);
  const lines = new Uint8Array(maxKnownHostsLines + 1).fill(0x0a);
  assert.throws(() => parseKnownHosts(lines), {
    name: 'RangeError',
    message: 'Cannot parse known_hosts of 100001 lines: at most 100000 are allowed',
  });
  assert.equal(parseKnownHosts(lines.subarray(1)).lines.length, maxKnownHostsLines);
  assert.deepEqual(parseKnownHosts(undefined).lines, []);
});
