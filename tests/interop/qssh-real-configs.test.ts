// What qssh -G says of configurations as people have them, beside ssh -G.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { comparable, opensshDump, qsshDump } from './stage/config-dump.ts';
import { makeFolder } from './stage/folder.ts';

const folder = makeFolder();
mkdirSync(join(folder, 'config.d'));
writeFileSync(
  join(folder, 'config.d', '10-work.conf'),
  'Host *.work.example\n  User worker\n  ForwardAgent yes\n',
);
writeFileSync(
  join(folder, 'config.d', '20-lab.conf'),
  'Host lab-*\n  HostName %h.lab.example\n  Port 2200\n',
);

const configs: Readonly<Record<string, { readonly text: string; readonly lines: readonly string[][] }>> = {
  'as Debian has it': {
    text: `Include /etc/ssh/no-such-folder/*.conf
Host *
    SendEnv LANG LC_*
    HashKnownHosts yes
    GSSAPIAuthentication yes
`,
    lines: [['host'], ['alice@192.0.2.1'], ['-p', '2222', 'host']],
  },
  'of somebody with many keys': {
    text: `Host github.com
    User git
    IdentityFile ~/.ssh/id_github
    IdentitiesOnly yes
Host github-work
    HostName github.com
    User git
    IdentityFile ~/.ssh/id_work
    IdentityFile ~/.ssh/%h_%r
Host *.local 10.0.0.* !10.0.0.1
    StrictHostKeyChecking accept-new
    UserKnownHostsFile ~/.ssh/known_hosts_local ~/.ssh/known_hosts
    LogLevel ERROR
Host *
    AddKeysToAgent 1h
    ServerAliveInterval 60
    ServerAliveCountMax 3
    PreferredAuthentications publickey,keyboard-interactive
`,
    lines: [
      ['github.com'],
      ['github-work'],
      ['10.0.0.1'],
      ['10.0.0.2'],
      ['printer.local'],
      ['-l', 'me', 'github.com'],
    ],
  },
  'behind a bastion': {
    text: `Include ${folder}/config.d/*.conf
Host bastion
    HostName bastion.work.example
    ControlMaster auto
    ControlPath ~/.ssh/cm-%r@%h:%p
    ControlPersist 10m
Match originalhost *.work.example,!bastion.work.example exec "test %p = 22"
    ProxyJump bastion
    RekeyLimit 1G 1h
Match host lab-*.lab.example user root
    RequestTTY force
    RemoteCommand tmux new -A -s %u
Match final host *.lab.example
    LocalForward 127.0.0.1:8080 localhost:80
    PermitLocalCommand yes
    LocalCommand logger "in %h as %r"
Host *
    VisualHostKey yes
    SetEnv TERM=xterm-256color "GREETING=hello there"
`,
    lines: [
      ['bastion'],
      ['web.work.example'],
      ['-p', '23', 'web.work.example'],
      ['lab-one'],
      ['root@lab-two'],
      ['x'],
    ],
  },
  'with short names': {
    text: `CanonicalizeHostname yes
CanonicalDomains no-such.invalid also.invalid
CanonicalizeFallbackLocal yes
CanonicalizeMaxDots 0
Match canonical host *.invalid
    User canonical
Host web db
    User short
`,
    lines: [['db'], ['db.example'], ['host']],
  },
};
suite('qssh -G says what ssh -G says of a configuration', () => {
  for (const [name, { text, lines }] of Object.entries(configs))
    test(name, async () => {
      const file = join(folder, 'config');
      writeFileSync(file, text, { mode: 0o600 });
      for (const words of lines) {
        const expected = comparable(opensshDump(['-F', file, ...words]));
        assert.notEqual(expected, 'refused', words.join(' '));
        const found = comparable(await qsshDump(['-F', file, ...words]));
        assert.deepEqual(found, expected, words.join(' '));
      }
    });
});
