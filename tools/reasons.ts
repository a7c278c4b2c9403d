import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const page = 'docs/dependencies.md';
const fields = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

/** Every direct dependency without a line in docs/dependencies.md, and every line without a dependency. */
export function reasonProblems(root: string): string[] {
  const used = new Set<string>();
  for (const path of globSync('{,packages/*/,apps/*/}package.json', { cwd: root })) {
    const manifest = JSON.parse(readFileSync(join(root, path), 'utf8')) as Readonly<Record<string, object>>;
    for (const field of fields) for (const name of Object.keys(manifest[field] ?? {})) used.add(name);
  }
  const rows = readFileSync(join(root, page), 'utf8').match(/^\| `[^|]*\|/gm) ?? [];
  const explained = new Set(
    rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)),
  );
  const foreign = [...used].filter((name) => !name.startsWith('@orrery/'));
  return [
    ...foreign.filter((name) => !explained.has(name)).map((name) => `${page}: gives no reason for ${name}`),
    ...[...explained].filter((name) => !used.has(name)).map((name) => `${page}: nothing depends on ${name}`),
  ];
}
