import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { withFiles } from './scratch.ts';

const root = join(import.meta.dirname, '..');
const fence = '```';

/** A repository with nothing to complain about. */
const sound = {
  'docs/dependencies.md': '| `@types/node` | types |\n| `typescript` | types |\n',
  'package.json': manifest({
    name: 'orrery',
    workspaces: ['packages/*'],
    type: 'module',
    devDependencies: { '@types/node': '26.6.6', typescript: '7.0.2' },
  }),
  'package-lock.json': JSON.stringify({
    packages: { 'node_modules/a': { license: 'MIT', integrity: 'sha512-x' } },
  }),
  'packages/bytes/README.md': `# bytes\n\n${fence}ts\nimport '@orrery/bytes';\n${fence}\n`,
  'packages/bytes/package.json': manifest({
    name: '@orrery/bytes',
    type: 'module',
    exports: './src/index.ts',
  }),
  'packages/bytes/src/index.ts': `export { one } from './one.ts';\n`,
  'packages/bytes/src/one.ts': 'export const one = 1;\n',
};

/** One violation for each check, and one for each lint rule that carries a rule of the design. */
const planted = {
  'docs/dependencies.md': '| `typescript` | types |\n',
  'package-lock.json': JSON.stringify({ packages: { 'node_modules/a': { license: 'GPL-3.0-only' } } }),
  'packages/bytes/README.md': `# bytes\n\n${fence}ts\nthrow new Error('planted');\n${fence}\n`,
  'packages/bytes/src/index.ts': [
    `export   { one } from './one.ts';`,
    `export { two } from './two.ts';`,
    `import '@orrery/vault';`,
  ].join('\n'),
  'packages/bytes/src/two.ts': [
    `import { one } from './one.ts';`,
    `import { three } from './three.ts';`,
    `import { readFileSync } from 'node:fs';`,
    `async function later(): Promise<void> {}`,
    `later();`,
    `[one].forEach(later);`,
    `console.log(process.env['HOME'], Buffer.from('x'));`,
    `process.exit();`,
    `const loose: any = three;`,
    `export const two: string = loose.x ?? readFileSync('${['', 'work', 'x'].join('/')}');`,
    `export const four: number = 'four';`,
  ].join('\n'),
  'packages/bytes/src/three.ts': `import { two } from './two.ts';\nexport const three = two;\n${'\n'.repeat(300)}`,
};

test('npm run check says ok to every part of a sound repository', async () => {
  const { status, out } = await check(sound);
  assert.deepEqual(verdicts(out, 'FAIL'), [], out);
  assert.equal(verdicts(out, 'ok').length, 11);
  assert.equal(status, 0);
});

test('npm run check finds a violation that is planted for each part', async () => {
  const { status, out } = await check({ ...sound, ...planted });
  assert.deepEqual(verdicts(out, 'ok'), [], out);
  assert.equal(status, 1);
  for (const rule of [
    'import(no-cycle)',
    'no-console',
    'no-restricted-globals',
    'no-restricted-imports',
    'no-restricted-properties',
    'typescript(no-explicit-any)',
    'typescript(no-floating-promises)',
    'typescript(no-misused-promises)',
    'typescript(no-unsafe-member-access)',
    'unicorn(no-process-exit)',
  ]) {
    assert.ok(out.includes(rule), `${rule} in:\n${out}`);
  }
});

function manifest(content: object): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

function verdicts(out: string, verdict: 'ok' | 'FAIL'): string[] {
  return out.split('\n').filter((line) => line.startsWith(`${verdict} `));
}

/** Runs a copy of the checks, with this repository's tools and settings, over a repository of these files. */
function check(files: Readonly<Record<string, string>>): Promise<{ status: number | null; out: string }> {
  return withFiles({ ...files, 'knip.json': '{ "ignoreFiles": ["tools/**"] }\n' }, (folder) => {
    const parts = [
      'check',
      'imports',
      'layers',
      'lengths',
      'licences',
      'lock',
      'places',
      'readmes',
      'reasons',
    ];
    const settings = ['.gitignore', '.oxfmtrc.json', '.oxlintrc.json', 'tsconfig.json'];
    for (const name of [...settings, ...parts.map((part) => `tools/${part}.ts`)]) {
      cpSync(join(root, name), join(folder, name));
    }
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    execFileSync('git', ['-C', folder, 'init', '-q']);
    execFileSync('git', ['-C', folder, 'add', 'packages', 'package.json']);
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'tools/check.ts')], {
      encoding: 'utf8',
    });
    return { status, out: stdout + stderr };
  });
}
