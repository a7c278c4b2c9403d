import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const maxLines = 300;

/** Every source file that is too long to be one idea, and whose first line does not say why it is. */
export function lengthProblems(root: string): string[] {
  const files = globSync('{apps,bench,bin,packages,tools}/**/*.{cjs,css,sql,ts,tsx}', {
    cwd: root,
    exclude: ['**/node_modules/**', '**/testing/**', '**/vectors/**', '**/*.test.ts'],
  });
  return files.toSorted().flatMap((path) => {
    const lines = readFileSync(join(root, path), 'utf8').split('\n');
    const hasReason = /^\W*Long because: \w/.test(lines[0] ?? '');
    if (lines.length - 1 <= maxLines || hasReason) return [];
    return [`${path}: ${lines.length - 1} lines, at most ${maxLines} (or a first line "Long because: ...")`];
  });
}
