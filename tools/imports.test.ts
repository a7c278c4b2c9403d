import assert from 'node:assert/strict';
import { test } from 'node:test';

import { importsOf } from './imports.ts';

const specifiers = (source: string): (string | undefined)[] =>
  importsOf('x.ts', source).map((i) => i.specifier);

test('importsOf finds every form of import', () => {
  const source = [
    `import 'effect';`,
    `import one, { type Two } from "one";`,
    `import type { Three } from 'three';`,
    `import data from './data.json' with { type: 'json' };`,
    `export { four } from 'four';`,
    `export * from 'five';`,
    `export type { Six } from 'six';`,
    `const seven = await import('seven');`,
  ].join('\n');
  assert.deepEqual(specifiers(source), [
    'effect',
    'one',
    'three',
    './data.json',
    'four',
    'five',
    'six',
    'seven',
  ]);
});

test('importsOf is not misled by comments, strings and templates', () => {
  assert.deepEqual(
    specifiers(`// import 'a'\nconst b = "import 'b'"; const c = \`\${b} import('c')\`; export { b };`),
    [],
  );
});

test('importsOf says on which line an import is, and that its name is not written out', () => {
  assert.deepEqual(importsOf('x.ts', `import 'a';\n\nawait import(\`./\${b}.ts\`);`), [
    { specifier: 'a', line: 1 },
    { specifier: undefined, line: 3 },
  ]);
});

test('importsOf refuses what it cannot read', () => {
  assert.throws(() => importsOf('x.ts', 'import from from;'), /^SyntaxError: Cannot read "x\.ts": /);
});
