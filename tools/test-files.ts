import { globSync } from 'node:fs';
import { dirname, sep } from 'node:path';

/** One process of the test run: either a file for itself, or the in-process tests of one folder together. */
export interface TestGroup {
  readonly name: string;
  /** Paths relative to the root, with forward slashes. */
  readonly files: readonly string[];
  readonly shared: boolean;
  /** Resolve the `browser` condition, so that `#native` is what a browser gets. */
  readonly browser: boolean;
}

const browserPackages = ['bytes', 'crypto', 'keys', 'rendezvous'].map((name) => `packages/${name}`);
const inProcess = '{packages,apps,tools}/**/*.test.ts';
const alwaysIsolated = 'tests/**/*.test.ts';

/**
 * All tests under `root` whose path contains one of the filters (all tests without a filter).
 * `*.process.test.ts` and everything under tests/ get a process each; the others share one for each package.
 */
export function testGroups(root: string, filters: readonly string[]): TestGroup[] {
  const wanted = (file: string): boolean => filters.length === 0 || filters.some((f) => file.includes(f));
  const find = (pattern: string): string[] =>
    globSync(pattern, { cwd: root, exclude: ['**/node_modules/**', '**/dist/**'] })
      .map((file) => file.replaceAll(sep, '/'))
      .filter(wanted)
      .toSorted();
  const isIsolated = (file: string): boolean => file.endsWith('.process.test.ts');
  const units = find(inProcess);
  const isolated = [...find(alwaysIsolated), ...units.filter(isIsolated)];
  const shared = Map.groupBy(
    units.filter((file) => !isIsolated(file)),
    owner,
  );
  return [
    ...isolated.map((file) => ({ name: file, files: [file], shared: false, browser: false })),
    ...[...shared].map(([name, files]) => ({ name, files, shared: true, browser: false })),
    ...[...shared]
      .filter(([name]) => browserPackages.includes(name))
      .map(([name, files]) => ({ name: `${name} (browser)`, files, shared: true, browser: true })),
  ];
}

/** `packages/vault/src/sync/merge.test.ts` belongs to `packages/vault`, `tools/layers.test.ts` to `tools`. */
function owner(file: string): string {
  const [top, name] = file.split('/');
  return top === 'packages' || top === 'apps' ? `${top}/${name}` : dirname(file);
}
