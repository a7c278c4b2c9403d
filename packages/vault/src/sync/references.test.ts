import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8 } from '@orrery/bytes';
import type { Place } from './place.ts';
import { findReferences, joinReferences, kindOf, type References } from './references.ts';

const place: Place = { folder: '/home/alice/.ssh', home: '/home/alice', system: '/etc/ssh', separator: '/' };
const none: References = { includes: [], programs: [], knownHosts: [], revokedKeys: [], folders: [] };

function find(files: Readonly<Record<string, string>>): References {
  const contents = new Map(Object.entries(files));
  const read = (name: string): Uint8Array | undefined => {
    const content = contents.get(name);
    return content === undefined ? undefined : utf8(content);
  };
  return findReferences([...contents.keys()], read, place);
}

describe('kindOf', () => {
  const references: References = {
    includes: ['*.conf', 'work'],
    programs: ['proxy.sh', 'known_hosts'],
    knownHosts: ['kh_*', 'work'],
    revokedKeys: ['revoked', 'Proxy.sh'],
    folders: [],
  };
  for (const [name, kind] of [
    ['config', 'config'],
    ['Config', 'config'],
    ['CONF\u0130G', 'plain'],
    ['a.conf', 'config'],
    ['A.CONF', 'config'],
    ['work', 'config'],
    ['known_hosts', 'known_hosts'],
    ['known_hosts2', 'known_hosts'],
    ['Known_Host\u017f', 'known_hosts'],
    ['known_hosts3', 'plain'],
    ['kh_work', 'known_hosts'],
    ['proxy.sh', 'program'],
    ['Proxy.sh', 'program'],
    ['revoked', 'revoked'],
    ['Revo\u212aed', 'revoked'],
    ['authorized_keys', 'guard'],
    ['AUTHORIZED_KEYS2', 'guard'],
    ['rc', 'guard'],
    ['environment', 'guard'],
    ['id_ed25519', 'plain'],
  ] as const)
    it(`takes "${name}" for ${kind}`, () => assert.equal(kindOf(name, references), kind));
});

describe('findReferences', () => {
  it('follows Includes through several files, also in circles', () =>
    assert.deepEqual(
      find({
        config: 'Include a.conf\nInclude ~/.ssh/conf.d/*\n',
        'a.conf': 'Include b.*\nUserKnownHostsFile ~/.ssh/kh\nRevokedHostKeys ~/.ssh/krl\n',
        'b.conf': 'Include a.conf\nHost x\n\tProxyCommand ~/.ssh/proxy.sh %h\n',
        'c.conf': 'Include d.conf\n',
      }),
      {
        includes: ['a.conf', 'b.*'],
        programs: ['proxy.sh'],
        knownHosts: ['kh'],
        revokedKeys: ['krl'],
        folders: ['conf.d'],
      },
    ));

  it('reads a config that is spelled otherwise, as some systems do', () =>
    assert.deepEqual(find({ Config: 'Include a.conf\n' }).includes, ['a.conf']));

  it('finds nothing in a config over 1 MiB, and goes on with the others', () =>
    assert.deepEqual(
      find({
        config: 'Include big\nInclude a.conf\n',
        big: '#'.repeat(1 << 20) + '\n#',
        'a.conf': 'Include z\n',
      }).includes,
      ['big', 'a.conf', 'z'],
    ));

  it('drops names that no file can have', () => {
    const long = 'x'.repeat(300);
    const { includes, programs } = find({ config: `Include ${long}\nProxyCommand ${long}\n` });
    assert.deepEqual([includes, programs], [[], []]);
  });

  it('finds nothing without a config', () => assert.deepEqual(find({ other: 'Include a\n' }), none));
});

describe('joinReferences', () => {
  it('has each name of either once', () =>
    assert.deepEqual(
      joinReferences(
        { includes: ['a'], programs: ['p'], knownHosts: [], revokedKeys: ['r'], folders: ['f'] },
        { includes: ['b', 'a'], programs: [], knownHosts: ['k'], revokedKeys: ['r'], folders: ['f'] },
      ),
      { includes: ['a', 'b'], programs: ['p'], knownHosts: ['k'], revokedKeys: ['r'], folders: ['f'] },
    ));
});
