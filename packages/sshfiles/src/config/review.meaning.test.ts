// Where reviewConfig asks nothing, the installed ssh must run nothing, and use nothing more dangerous than before.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';
import { reviewConfig } from './review.ts';

const place = { home: '/home/alice', folder: '/home/alice/.ssh', separator: '/' } as const;
const folder = mkdtempSync(join(tmpdir(), 'sshfiles-'));
after(() => rmSync(folder, { recursive: true }));

const line = fc.constantFrom(
  ...'ForwardAgent yes|ForwardAgent no|StrictHostKeyChecking yes|StrictHostKeyChecking ask|User u|User v'.split(
    '|',
  ),
  ...'StrictHostKeyChecking no|PasswordAuthentication yes|PasswordAuthentication no|HostName evil|HostName b'.split(
    '|',
  ),
  ...'ProxyCommand x|ProxyCommand none|ProxyJump j|ProxyJump none|SendEnv X|SendEnv -X|Tunnel yes|Tunnel no|Port 1'.split(
    '|',
  ),
);
const head = fc.constantFrom(
  ...'Host a|Host b|Host a b|Host *|Host a*|Host * !a|Match host ev*|Match user u|Match all|Match !host b'.split(
    '|',
  ),
  ...'Match originalhost a|Match host a user v|Host B|Match final host ev*|Host ev*'.split('|'),
);
const block = fc
  .tuple(head, fc.array(line, { minLength: 1, maxLength: 2 }))
  .map(([first, rest]) => [first, ...rest].join('\n  '));
const blocks = fc.array(fc.oneof({ weight: 4, arbitrary: block }, { weight: 1, arbitrary: line }), {
  minLength: 1,
  maxLength: 5,
});

/** The current blocks in another order, some of them again or not at all, and new ones. */
const pairs = blocks.chain((current) =>
  fc.tuple(
    fc.constant(current),
    fc.array(fc.oneof(...[0, 1, 2].map(() => fc.constantFrom(...current)), block), { maxLength: 6 }),
  ),
);

interface Danger {
  readonly levels: readonly number[];
  readonly proxy: string;
  readonly sent: readonly string[];
}

function danger(config: string, host: string): Danger {
  const path = join(folder, 'config');
  writeFileSync(path, config);
  const { stdout, status, stderr } = spawnSync('ssh', ['-G', '-F', path, host], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const values = stdout.split('\n').map((text) => text.split(' '));
  const first = (keyword: string): string => values.find(([name]) => name === keyword)?.[1] ?? '';
  const level = (keyword: string, ...order: string[]): number => {
    assert.ok(order.includes(first(keyword)), `${keyword} ${first(keyword)}`);
    return order.indexOf(first(keyword));
  };
  return {
    levels: [
      level('forwardagent', 'no', 'yes'),
      level('stricthostkeychecking', 'true', 'ask', 'false'),
      level('passwordauthentication', 'no', 'yes'),
      level('tunnel', 'false', 'true', 'point-to-point', 'ethernet'),
    ],
    proxy: first('proxycommand') + first('proxyjump'),
    sent: values.filter(([name]) => name === 'sendenv').map(([, value]) => value ?? ''),
  };
}

test('ssh uses nothing more dangerous after a change that reviewConfig asks nothing about', () => {
  let changed = 0;
  fc.assert(
    fc.property(pairs, ([before, now]) => {
      const [current, incoming] = [before, now].map((parts) => `${parts.join('\n')}\n`);
      if (current === undefined || incoming === undefined || current === incoming) return;
      if (reviewConfig(utf8(current), utf8(incoming), place).length > 0) return;
      changed += 1;
      for (const host of ['a', 'b', 'c']) {
        const [old, next]: [Danger, Danger] = [danger(current, host), danger(incoming, host)];
        const name: string = `${host}\n${current}--\n${incoming}`;
        assert.ok(
          next.levels.every((level, index) => level <= (old.levels[index] ?? -1)),
          name,
        );
        assert.equal(next.proxy, old.proxy, name);
        assert.ok(
          next.sent.every((sent) => old.sent.includes(sent)),
          name,
        );
      }
    }),
    { numRuns: 150 },
  );
  assert.ok(changed > 0, 'no change was found harmless');
});

test('ssh runs nothing from a config that reviewConfig finds harmless', () => {
  const [path, marker] = [join(folder, 'config'), join(folder, 'marker')];
  const glue = fc
    .array(fc.constantFrom(' ', '\t', '=', '\r', '"', '', "'"), { maxLength: 2 })
    .map((parts) => parts.join(''));
  const keyword = fc.constantFrom(
    'ProxyCommand',
    'pr"oxycommand"',
    'Match exec',
    'Match host x exec',
    'match "host" x !exec',
    'Match all exec',
    'KnownHostsCommand',
    '#ProxyCommand',
    'Match final exec',
    'User a\rProxyCommand',
    'Port 1\n\rProxyCommand',
  );
  const command = fc
    .tuple(
      glue,
      keyword,
      glue,
      fc.constantFrom('', '"', "'"),
      fc.constantFrom('\n', '\r\n', ' # x\n', '\0\n'),
    )
    .map(
      ([before, name, between, quote, end]) =>
        `${before}${name}${between || ' '}${quote}touch ${marker}${quote}${end}`,
    );
  const others = fc.constantFrom('Host x\n', 'Host *\n', 'User a\n', 'Match all\n', 'Host y\n', '# a\\\n');
  let ran = 0;
  let harmless = 0;
  fc.assert(
    fc.property(fc.array(others, { maxLength: 2 }), command, (first, last) => {
      const config = Buffer.from(`${first.join('')}${last}`, 'latin1');
      writeFileSync(path, config);
      spawnSync('ssh', ['-F', path, '-oBatchMode=yes', '-oPort=1', '-oHostName=127.0.0.1', 'x', 'true'], {
        stdio: 'ignore',
      });
      const asked = reviewConfig(undefined, config, place).length > 0;
      if (existsSync(marker)) {
        rmSync(marker);
        ran += 1;
        assert.ok(asked, config.toString('latin1'));
      } else if (!asked) harmless += 1;
    }),
    {
      numRuns: 100,
      // One of each kind at least.
      examples: [
        [['Host x\n'], `ProxyCommand touch ${marker}\n`],
        [['Host x\n'], `#ProxyCommand touch ${marker}\n`],
      ],
    },
  );
  assert.ok(ran > 0, 'no config ran a command');
  assert.ok(harmless > 0, 'no config was found harmless');
});
