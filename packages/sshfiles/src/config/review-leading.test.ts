import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import { FamiliarHosts } from '../familiar-hosts.ts';
import { file, hashed, key } from '../known-hosts/testing.ts';
import type { FolderPlace } from './place.ts';
import { reviewConfig } from './review.ts';

const place: FolderPlace = { home: '/home/alice', folder: '/home/alice/.ssh', separator: '/' };

/** Lines with their reasons. */
function asked(current: string, incoming: string, knownHosts: readonly string[] = [], other = ''): string[] {
  const familiar = new FamiliarHosts([utf8(current), utf8(other)], [file(...knownHosts)]);
  const items = reviewConfig(utf8(current), utf8(incoming), place, familiar);
  return items.map(({ change, line, reason }) => `${change === 'added' ? '+' : '-'}${line}: ${reason}`);
}

const prod = 'Host prod\n  HostName prod.example\n  ForwardAgent yes\n';
const evil = '+HostName evil: changes which machine "prod" means';

test('reviewConfig asks where a host that has a block here is led to another machine', () => {
  const block = 'Host prod\n  HostName evil\n';
  for (const [current, incoming] of [
    [prod, prod.replace('prod.example', 'evil')],
    [prod, prod + block],
    ['Host prod\n  User a\n', `${block}  User a\n`],
    ['Host PROD "other host"\n  User a\n', `Host PROD "other host"\n  User a\n${block}`],
    ['Match originalhost web,prod\n  User a\n', `Match originalhost web,prod\n  User a\n${block}`],
    ['Host evil\n  HostName evil\nHost prod\n', 'Host evil prod\n  HostName evil\nHost prod\n'],
  ] as const)
    assert.ok(
      asked(current, incoming).includes(evil),
      `${current} > ${incoming}: ${asked(current, incoming).join()}`,
    );
  for (const [head, what] of [
    ['Host pro*', '"pro*"'],
    ['Host new *', '"*"'],
    ['Match host x', 'every host name'],
  ])
    assert.deepEqual(asked(prod, `${head}\n  HostName evil\n${prod}`), [
      `+HostName evil: changes which machine ${what} means`,
    ]);
  assert.deepEqual(asked(prod, `HostName evil\n${prod}`), [
    '+HostName evil: changes which machine every host name means',
  ]);
  assert.deepEqual(
    asked('Host *.corp\n  User a\n', 'Host *.corp\n  User a\nHost db.corp\n  HostName evil\n'),
    ['+HostName evil: changes which machine "db.corp" means'],
  );
  assert.deepEqual(asked('', 'Host prod\n  HostName evil\n', [], prod), [evil], 'in another config');
});

test('reviewConfig asks where a host that known_hosts knows is led to another machine', () => {
  for (const [written, ...known] of [
    ['prod', `prod ${key(1)}`],
    ['prod', `${hashed('prod')} ${key(1)}`],
    ['prod', `[prod]:2222 ${key(1)}`],
    ['prod', `pr* ${key(1)}`],
  ])
    assert.deepEqual(asked('', `Host ${written}\n  HostName evil\n`, known), [evil], known.join());
  for (const known of [`prod ${key(1)}`, `${hashed('prod')} ${key(1)}`])
    assert.deepEqual(asked('', 'Host p*\n  HostName evil\n', [known]), [
      '+HostName evil: changes which machine "p*" means',
    ]);
});

test('reviewConfig asks where another HostName comes to count by order or removal', () => {
  const [one, two] = ['Host prod\n  HostName good\n', 'Host pro*\n  HostName evil\n'];
  assert.deepEqual(asked(one + two, two + one), [
    '+HostName evil: now counts before "HostName good" for "Host prod"',
  ]);
  assert.deepEqual(asked(one + two, two), ['-HostName good: lets "HostName evil" for "Host pro*" count']);
});

test('reviewConfig does not ask about the HostName of a new host, nor where it stays', () => {
  const plain = 'Host prod\n  HostName prod.example\n  User a\n';
  const all = 'Host *\n  HostName %h.example\n';
  for (const [current, incoming, ...known] of [
    [plain, `${plain}Host new\n  HostName new.example\n`, `prod ${key(1)}`, `${hashed('web')} ${key(2)}`],
    [all, `Host new\n  HostName new.example\n${all}`],
    [plain + all, all],
    [plain, plain.replace('Host prod', 'Host prod production')],
    [plain, plain.replace('Host prod', 'Host p')],
    [plain, ''],
    ['', `${plain}${all}`],
    [plain, plain.replace('  User a\n', '')],
  ] as const)
    assert.deepEqual(asked(current, incoming, known), [], `${current} > ${incoming}`);
});
