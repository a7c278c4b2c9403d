import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface LockedPackage {
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const exactVersion = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;

/**
 * What keeps `npm ci` from giving everybody the same packages: a dependency without an exact version, one that the
 * lock file lacks (npm omits what the registry did not have, and then refuses its own lock file), one without a hash.
 */
export function lockProblems(root: string): string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, LockedPackage>>;
  };
  const manifests = globSync('{,packages/*/,apps/*/}package.json', { cwd: root }).toSorted();
  return [
    ...manifests.flatMap((path) => inexact(root, path)),
    ...Object.entries(packages).flatMap(([path, locked]) => [
      ...Object.keys({ ...locked.dependencies, ...locked.optionalDependencies })
        .filter((name) => !isLocked(packages, path, name))
        .map((name) => `package-lock.json: lacks ${name}, which ${path || 'the root'} depends on`),
      ...(isForeign(path) && locked.link !== true && locked.integrity === undefined
        ? [`package-lock.json: has no hash for ${path}`]
        : []),
    ]),
  ];
}

function inexact(root: string, path: string): string[] {
  const manifest = JSON.parse(readFileSync(join(root, path), 'utf8')) as Readonly<
    Record<string, Record<string, string>>
  >;
  return ['dependencies', 'devDependencies', 'optionalDependencies']
    .flatMap((field) => Object.entries<string>(manifest[field] ?? {}))
    .filter(([, version]) => !exactVersion.test(version))
    .map(([name, version]) => `${path}: ${name} has the version "${version}", an exact one is expected`);
}

/** Looks where Node.js looks: in the package's own node_modules, then in that of each folder above. */
function isLocked(packages: Readonly<Record<string, LockedPackage>>, path: string, name: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if (packages[join(folder, 'node_modules', name)] !== undefined) return true;
    if (folder === '.' || folder === '') return false;
  }
}

function isForeign(path: string): boolean {
  return path.includes('node_modules/');
}
