import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { hashHostName } from '@orrery/sshfiles';
import { readCommandLine } from './command-line.ts';
import { readDestinations } from './destinations.ts';

const folder = mkdtempSync(join(tmpdir(), 'qssh-add-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'known_hosts');
const ONE = 'AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB';
const TWO = 'AAAAC3NzaC1lZDI1NTE5AAAAIAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC';
writeFileSync(
  file,
  [
    `web,www ssh-ed25519 ${ONE}`,
    `${hashHostName('[mail]:2222')} ssh-ed25519 ${ONE}`,
    `@cert-authority *.example ssh-ed25519 ${TWO}`,
    `bad ssh-ed25519 ${TWO}`,
    `@revoked bad ssh-ed25519 ${TWO}`,
    '',
  ].join('\n'),
);

function read(...destinations: readonly string[]) {
  const hops = readDestinations({ destinations, hostKeyFiles: [file] }, folder);
  return hops.map(({ from, to }) =>
    [from, to].map(({ user, host, keys }) =>
      [
        user,
        host,
        ...keys.map(({ publicKey, isAuthority }) => `${isAuthority ? 'ca ' : ''}${publicKey.toBase64()}`),
      ].join('|'),
    ),
  );
}

test('readDestinations finds the keys of hosts, by names, hashes and authorities', () => {
  assert.deepEqual(read('web', 'alice@[mail]:2222', 'web>bob@a.example'), [
    ['|', `|web|${ONE}`],
    ['|', `alice|[mail]:2222|${ONE}`],
    [`|web|${ONE}`, `bob|a.example|ca ${TWO}`],
  ]);
});

test('readDestinations refuses hosts without keys, users at the beginning, and nothing', () => {
  assert.throws(() => read('nowhere'), { message: 'No host keys found for destination "nowhere"' });
  assert.throws(() => read('bad'), { message: 'No host keys found for destination "bad"' });
  assert.throws(() => read('bob@web>web'), {
    message: 'Invalid key destination constraint bob@web>web: it begins with a user',
  });
  for (const text of ['', 'web>', '>web', 'bob@'])
    assert.throws(() => read(text), { name: 'DestinationError' });
});

test('readCommandLine reads what ssh-add takes', () => {
  assert.deepEqual(readCommandLine(['-qck', '-t1h', '-h', 'a', '-ha>b', '-H', 'f', 'key']), {
    task: 'add',
    files: ['key'],
    isKeyOnly: true,
    isQuiet: true,
    isVerbose: false,
    confirm: true,
    lifetimeSeconds: 3600,
    destinations: ['a', 'a>b'],
    hostKeyFiles: ['f'],
  });
  assert.equal(readCommandLine(['-L']).task, 'listKeys');
  for (const words of [['-l', '-D'], ['-T'], ['-t', 'soon'], ['-z']])
    assert.throws(() => readCommandLine(words), { name: 'OptionError' }, words.join(' '));
});
