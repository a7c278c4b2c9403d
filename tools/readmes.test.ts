import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { examplesIn, readmeProblems } from './readmes.ts';
import { withFiles } from './scratch.ts';

const fence = '```';

test('examplesIn gives the blocks of one language with their lines', () => {
  const text = `# A\n\n${fence}ts\na();\n\nb();\n${fence}\n${fence}sh\nls\n${fence}\n${fence}\nc\n${fence}\n${fence}ts\nd();\n${fence}\n`;
  assert.deepEqual(examplesIn(text, 'ts'), [
    { line: 3, code: 'a();\n\nb();\n' },
    { line: 14, code: 'd();\n' },
  ]);
  assert.deepEqual(examplesIn(text, 'sh'), [{ line: 8, code: 'ls\n' }]);
});

test('readmeProblems runs examples inside their package, removes its files and names what fails', async () => {
  const files = {
    'packages/a/package.json': '{"name":"@orrery/a","type":"module","exports":"./src/index.ts"}',
    'packages/a/src/index.ts': 'export const answer: number = 42;\n',
    'packages/a/README.md': [
      `${fence}ts\nimport assert from 'node:assert/strict';\nimport { answer } from '@orrery/a';\nassert.equal(answer, 42);\n${fence}\n`,
      `${fence}ts\nthrow new Error('planted');\n${fence}\n`,
    ].join(''),
    'packages/b/package.json': '{"name":"@orrery/b","type":"module","exports":"./src/index.ts"}',
    'packages/b/src/index.ts': '',
  };
  await withFiles(files, async (folder) => {
    const [failing, missing, ...others] = await readmeProblems(folder);
    assert.match(failing ?? '', /^packages\/a\/README\.md:6: the example fails: .*Error: planted/s);
    assert.equal(missing, 'packages/b/README.md: has no example in a ```ts block');
    assert.deepEqual(others, []);
    assert.deepEqual(readdirSync(join(folder, 'packages/a')).toSorted(), [
      'README.md',
      'package.json',
      'src',
    ]);
  });
});
