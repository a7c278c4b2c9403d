import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { isAllowed, licenceProblems } from './licences.ts';
import { withFiles } from './scratch.ts';

test('isAllowed reads SPDX expressions', () => {
  const allowed = [
    'MIT',
    '(MIT OR GPL-3.0-only)',
    'GPL-3.0-only OR ISC',
    'MIT AND ISC',
    '(MIT OR GPL-3.0) AND ISC',
  ];
  const refused = [
    'GPL-3.0-only',
    'MIT AND GPL-3.0-only',
    'UNLICENSED',
    '',
    '(MIT AND AGPL-3.0) OR GPL-3.0',
    'mit',
  ];
  assert.deepEqual(allowed.filter(isAllowed), allowed);
  assert.deepEqual(refused.filter(isAllowed), []);
});

test('licenceProblems finds nothing in what this repository ships', () => {
  assert.deepEqual(licenceProblems(join(import.meta.dirname, '..')), []);
});

test('licenceProblems names what is shipped under another licence, also for other platforms', async () => {
  const packages = {
    '': { license: 'Apache-2.0' },
    'packages/a': { license: 'none of its own' },
    'node_modules/@orrery/a': { link: true },
    'node_modules/only-tests': { dev: true, license: 'GPL-3.0-only', version: '1.0.0' },
    'node_modules/good': { license: 'MIT', version: '1.0.0' },
    'node_modules/other-platform': { optional: true, license: 'LGPL-3.0', version: '2.0.0' },
    'node_modules/good/node_modules/@scope/silent': { version: '3.0.0' },
    'node_modules/lies': { license: 'MIT', version: '4.0.0' },
    'node_modules/old': { version: '5.0.0' },
  };
  const files = {
    'package-lock.json': JSON.stringify({ packages }),
    'node_modules/lies/package.json': '{"license":"SSPL-1.0"}',
    'node_modules/old/package.json': '{"license":{"type":"MIT"}}',
  };
  assert.deepEqual(await withFiles(files, licenceProblems), [
    'other-platform 2.0.0: LGPL-3.0',
    '@scope/silent 3.0.0: no licence is stated',
    'lies 4.0.0: SSPL-1.0',
  ]);
});

test('licenceProblems does not pass over an empty list', async () => {
  const files = { 'package-lock.json': '{"packages":{}}' };
  assert.deepEqual(await withFiles(files, licenceProblems), ['package-lock.json: names no package']);
});
