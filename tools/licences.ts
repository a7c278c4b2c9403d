import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Licences of the SPDX list that what we ship may carry. */
const allowed: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MPL-2.0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);

interface LockedPackage {
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly license?: string;
  readonly version?: string;
}

/** Names every package that is needed at run time, whichever platform it is for, and whose licence is not allowed. */
export function licenceProblems(root: string): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, LockedPackage>>;
  };
  const foreign = Object.entries(lock.packages).filter(([path]) => path.includes('node_modules/'));
  const shipped = foreign.filter(([, { dev, link }]) => !dev && !link);
  if (shipped.length === 0) return ['package-lock.json: names no package'];
  return shipped.flatMap(([path, { license, version }]) => {
    const licence = installedLicence(join(root, path)) ?? license;
    if (licence !== undefined && isAllowed(licence)) return [];
    return [`${path.replace(/^.*node_modules\//, '')} ${version}: ${licence ?? 'no licence is stated'}`];
  });
}

/** What the package itself says counts more than what the lock file repeats; old packages state an object or a list. */
function installedLicence(folder: string): string | undefined {
  const path = join(folder, 'package.json');
  if (!existsSync(path)) return undefined;
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as { license?: string | { type: string } };
  return typeof manifest.license === 'object' ? manifest.license.type : manifest.license;
}

/** Reads an SPDX expression such as `(MIT OR GPL-3.0-only) AND ISC`: of alternatives one must be allowed, else all. */
export function isAllowed(expression: string): boolean {
  const inner = /\(([^()]*)\)/.exec(expression);
  if (inner !== null)
    return isAllowed(expression.replace(inner[0], isAllowed(inner[1] ?? '') ? 'MIT' : 'refused'));
  return expression
    .split(' OR ')
    .some((side) => side.split(' AND ').every((name) => allowed.has(name.trim())));
}
