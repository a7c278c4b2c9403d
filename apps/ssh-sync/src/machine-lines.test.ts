import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createTerminal } from '@orrery/terminal';
import { machineLines, type MachineLine } from './machine-lines.ts';
import { localTime } from './time.ts';

const terminal = createTerminal({
  program: 'ssh-sync',
  json: false,
  yes: false,
  verbose: false,
  noColour: true,
  streams: { input: process.stdin, output: process.stdout, errors: process.stderr },
});

const laptop: MachineLine = {
  name: 'laptop',
  thisMachine: true,
  suite: 'mldsa65-ed25519-xwing',
  postQuantum: true,
  admittedBy: 'itself',
  admitted: 1_795_269_780n,
  lastSeen: 1_795_279_780,
  fingerprint: 'SHA256:phi3DWMGYJSXQ2QheHcSWcQs3f6ouO/0p3734vPT2qQ',
};
const classic: MachineLine = {
  name: 'old-server',
  thisMachine: false,
  suite: 'p256',
  postQuantum: false,
  admittedBy: 'laptop',
  admitted: 2n ** 64n - 1n,
  lastSeen: undefined,
  fingerprint: 'SHA256:/VBbHzPLsKIk72oOJJxEgApJyiy0EZv1cuZOkvxE8+g',
};
const [on, seen] = [localTime(1_795_269_780), localTime(1_795_279_780)];

const SOURCES = [
  '"Last seen" is the word of the server; the rest is signed by your machines. A',
  'machine never seen may be an interrupted setup: remove it if you do not know it.',
];

test('machineLines has a line of at most 80 columns for each machine', async () => {
  const lines = await machineLines([laptop, classic], false, terminal);
  assert.deepEqual(lines, [
    '  MACHINE               ADMITTED BY  ON                LAST SEEN         ID',
    `* laptop                itself       ${on}  ${seen}  phi3DW`,
    '  old-server (classic)  laptop       an unknown time   never             /VBbHz',
    '',
    'The ID is how the fingerprint begins; -v shows all of it, and the algorithms.',
    ...SOURCES,
  ]);
  for (const line of lines) assert.ok(line.length <= 80, line);
});

test('machineLines tells everything about a machine if that is wanted', async () => {
  assert.deepEqual(await machineLines([laptop, classic], true, terminal), [
    '* laptop',
    '    fingerprint  SHA256:phi3DWMGYJSXQ2QheHcSWcQs3f6ouO/0p3734vPT2qQ',
    '    algorithms   mldsa65-ed25519-xwing',
    `    admitted     ${on} by itself`,
    `    last seen    ${seen}`,
    '  old-server',
    '    fingerprint  SHA256:/VBbHzPLsKIk72oOJJxEgApJyiy0EZv1cuZOkvxE8+g',
    '    algorithms   p256 (classic, not post-quantum)',
    '    admitted     an unknown time by laptop',
    '    last seen    never',
    '',
    ...SOURCES,
  ]);
});

test('machineLines keeps to 80 columns and cuts nothing off when names are as long as they may be', async () => {
  const name = 'm'.repeat(32);
  const lines = await machineLines([{ ...laptop, name, admittedBy: name }], false, terminal);
  assert.deepEqual([lines[0], lines[3]], [`* ${name}`, `    admitted     ${on} by ${name}`]);
  for (const line of lines) assert.ok(line.length <= 80, line);
});
