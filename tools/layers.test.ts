import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { layerProblems } from './layers.ts';
import { withFiles } from './scratch.ts';

const root = join(import.meta.dirname, '..');

test('layerProblems finds no arrow in this repository that the design does not have', () => {
  assert.deepEqual(layerProblems(root), []);
});

test('layerProblems finds a wrong arrow that is planted into this repository', async () => {
  const planted = { 'packages/bytes/src/planted.ts': `import { mergeConfig } from '@orrery/sshfiles';\n` };
  const found = await withFiles(planted, (folder) => {
    for (const part of ['package.json', 'packages', 'apps']) {
      cpSync(join(root, part), join(folder, part), { recursive: true });
    }
    return layerProblems(folder);
  });
  assert.deepEqual(found, ['packages/bytes/src/planted.ts:1: may not import @orrery/sshfiles']);
});

test('layerProblems finds every kind of wrong import', async () => {
  const imports: readonly (readonly [string, string, string | undefined])[] = [
    ['packages/keys/src/a.ts', `import '@orrery/bytes'`, undefined],
    [
      'packages/keys/src/a.ts',
      `import '@orrery/crypto'`,
      'imports @orrery/crypto, which package.json does not declare',
    ],
    ['packages/keys/src/a.ts', `import '@orrery/vault'`, 'may not import @orrery/vault'],
    ['packages/keys/src/a.ts', `import '@orrery/app-server'`, 'may not import @orrery/app-server'],
    ['packages/keys/src/a.test.ts', `import '@orrery/vault'`, 'may not import @orrery/vault'],
    ['packages/keys/src/a.test.ts', `import '@orrery/keys'`, undefined],
    [
      'packages/keys/src/a.ts',
      `import 'fast-check'`,
      'imports fast-check, which package.json does not declare',
    ],
    ['packages/keys/src/a.test.ts', `import 'fast-check'`, undefined],
    ['packages/keys/testing/a.ts', `import 'fast-check'`, undefined],
    [
      'packages/keys/src/a.ts',
      `import '@scope/name/file'`,
      'imports @scope/name, which package.json does not declare',
    ],
    ['packages/keys/src/a.ts', `import 'fs'`, 'imports fs, which package.json does not declare'],
    ['packages/keys/src/a.ts', `import 'node:fs'`, 'imports node:fs, which a browser does not have'],
    ['packages/keys/src/a.node.ts', `import 'node:fs'`, undefined],
    ['packages/keys/src/a.test.ts', `import 'node:fs'`, undefined],
    ['packages/disk/src/a.ts', `import 'node:fs'`, undefined],
    ['packages/keys/src/a.ts', `import '#native'`, undefined],
    ['packages/keys/src/a.ts', `import './b.node.ts'`, 'imports ./b.node.ts, which a browser cannot run'],
    ['packages/keys/src/a.ts', `import './b.test.ts'`, 'imports ./b.test.ts, which is for tests'],
    ['packages/keys/src/a.ts', `import '../testing/b.ts'`, 'imports ../testing/b.ts, which is for tests'],
    ['packages/keys/src/a.ts', `import '../package.json'`, undefined],
    [
      'packages/keys/src/a.ts',
      `import '../../bytes/src/a.ts'`,
      'imports ../../bytes/src/a.ts, which is outside its package',
    ],
    ['packages/keys/src/a.ts', `export * from '@orrery/vault'`, 'may not import @orrery/vault'],
    ['packages/keys/src/a.ts', `await import('@orrery/vault')`, 'may not import @orrery/vault'],
    ['packages/keys/src/a.ts', `await import(name)`, 'imports a name that is not written out'],
    ['apps/server/src/main.ts', `import '@orrery/bytes'`, undefined],
    ['apps/server/src/main.ts', `import '@orrery/app-other'`, 'may not import @orrery/app-other'],
  ];
  for (const [path, statement, problem] of imports) {
    const expected = problem === undefined ? [] : [`${path}:1: ${problem}`];
    assert.deepEqual(await problemsWith({ [path]: `${statement};\n` }), expected, `${statement} in ${path}`);
  }
});

test('layerProblems finds wrong dependencies in package.json', async () => {
  const manifest = (name: string, dependency: string): string =>
    JSON.stringify({ name: `@orrery/${name}`, dependencies: { [dependency]: '0.1.0' } });
  assert.deepEqual(await problemsWith({ 'packages/bytes/package.json': manifest('bytes', '@orrery/keys') }), [
    'packages/bytes/package.json: may not depend on @orrery/keys',
  ]);
  assert.deepEqual(
    await problemsWith({ 'packages/extra/package.json': manifest('extra', '@orrery/bytes') }),
    ['packages/extra/package.json: has no place in the layers'],
  );
  assert.deepEqual(
    await problemsWith({ 'apps/other/package.json': manifest('app-other', '@orrery/app-server') }),
    ['apps/other/package.json: may not depend on @orrery/app-server'],
  );
});

/** The problems of a small repository with these files added. */
function problemsWith(files: Readonly<Record<string, string>>): Promise<string[]> {
  const small = {
    'package.json': '{"name":"orrery","devDependencies":{"fast-check":"4.10.2"}}',
    'packages/bytes/package.json': '{"name":"@orrery/bytes"}',
    'packages/disk/package.json': '{"name":"@orrery/disk"}',
    'packages/keys/package.json': '{"name":"@orrery/keys","dependencies":{"@orrery/bytes":"0.1.0"}}',
    'apps/server/package.json': '{"name":"@orrery/app-server","dependencies":{"@orrery/bytes":"0.1.0"}}',
  };
  return withFiles({ ...small, ...files }, layerProblems);
}
