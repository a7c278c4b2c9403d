import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { utf8 } from '@orrery/bytes';
import { temporaryFolder } from '../../testing/machine.ts';
import { readLinks } from './local-file.ts';
import type { Place } from './place.ts';
import { survey, type Survey } from './survey.ts';

/** A home directory with these files, and what a survey of its ~/.ssh finds. */
function look(files: Readonly<Record<string, string>>): Survey {
  const home = temporaryFolder();
  for (const [path, content] of Object.entries({ '.ssh/id': '', ...files })) {
    mkdirSync(join(home, path, '..'), { recursive: true });
    writeFileSync(join(home, path), content);
  }
  const place: Place = { folder: join(home, '.ssh'), home, system: join(home, 'etc'), separator: '/' };
  const names = Object.keys(files)
    .filter((path) => /^\.ssh\/[^/]+$/.test(path))
    .map((path) => path.slice('.ssh/'.length));
  return survey(names, (name) => utf8(files[`.ssh/${name}`] ?? ''), place, readLinks(place));
}

const proxy = 'ProxyCommand ~/.ssh/proxy %h\n';
const everything = ['*'];

describe('survey', () => {
  it('finds what configs name, wherever they stand', () => {
    const cases: readonly Readonly<Record<string, string>>[] = [
      { '.ssh/config': proxy },
      { '.ssh/config_work': proxy },
      { '.ssh/config': 'Include a\n', '.ssh/a': proxy },
      { '.ssh/config': 'Include conf.d/*\n', '.ssh/conf.d/a': proxy },
      { '.ssh/config': 'Include ~/cfg/*.conf\n', 'cfg/a.conf': 'Include ~/cfg/b\n', 'cfg/b': proxy },
      { '.ssh/config': 'Include ~/cfg/a\n', 'cfg/a': 'Include b\n', '.ssh/b': proxy },
      { 'etc/ssh_config': proxy },
      { 'etc/ssh_config': 'Include ssh_config.d/*.conf\n', 'etc/ssh_config.d/a.conf': proxy },
      { 'etc/ssh_config': 'Include ~/.ssh/a\n', '.ssh/a': proxy },
    ];
    for (const files of cases)
      assert.deepEqual(look(files).references.programs, ['proxy'], JSON.stringify(files));
    const { references } = look({ '.ssh/config': 'Include missing ~/x ~/cfg/*\n', '.ssh/other': proxy });
    assert.deepEqual([references.programs, references.includes], [[], ['missing']]);
  });

  it('ends where configs include each other, and where they are nested too deeply for ssh', () => {
    const nested = Array.from(
      { length: 30 },
      (_, index) => [`n/${index}`, `Include ~/n/${index + 1}\n`] as const,
    );
    const deep = { ...Object.fromEntries(nested), 'n/16': proxy, 'n/30': 'UserKnownHostsFile ~/.ssh/kh\n' };
    const { references } = look({
      '.ssh/config': 'Include ~/n/0 ~/loop\n',
      loop: 'Include ~/loop\n',
      ...deep,
    });
    assert.deepEqual([references.programs, references.knownHosts], [[], []]);
    assert.deepEqual(look({ '.ssh/config': 'Include ~/n/2\n', ...deep }).references.programs, ['proxy']);
  });

  it('takes every file for everything where it cannot look at all that ssh reads', () => {
    const many = Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`n/${index}`, '# a\n']));
    for (const files of [
      { '.ssh/config': 'Include ~/n/*\n', ...many },
      { '.ssh/config': 'Include ~/big\n', big: '#'.repeat((1 << 20) + 1) },
      { '.ssh/config': '#'.repeat((1 << 20) + 1) },
    ]) {
      const { references, knownHosts, acceptsKeys } = look(files);
      const { includes, programs, knownHosts: named, revokedKeys } = references;
      assert.deepEqual(
        [includes, programs, named, revokedKeys],
        [everything, everything, everything, everything],
      );
      assert.deepEqual([knownHosts.map((bytes) => bytes.length > 0), acceptsKeys], [[true], true]);
    }
  });

  it('reads the known_hosts files of the system, and those elsewhere that a config names', () => {
    const { knownHosts } = look({
      '.ssh/config': 'UserKnownHostsFile ~/.ssh/own ~/kh ~/kh_%h /dev/null ~/none\n',
      '.ssh/own': 'own\n',
      kh: 'a\n',
      kh_x: 'b\n',
      'etc/ssh_known_hosts': 'c\n',
      'etc/ssh_known_hosts2': 'd\n',
    });
    assert.deepEqual(knownHosts.map((bytes) => new TextDecoder().decode(bytes)).toSorted(), [
      'a\n',
      'b\n',
      'c\n',
      'd\n',
    ]);
  });

  it('knows whether some config lets ssh take keys unasked', () => {
    assert.equal(look({ '.ssh/config': 'Host a\n' }).acceptsKeys, false);
    assert.equal(look({ 'etc/ssh_config': 'Host a\n  StrictHostKeyChecking no\n' }).acceptsKeys, true);
  });
});
