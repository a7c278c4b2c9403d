import { globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, join } from 'node:path';

import { importsOf } from './imports.ts';

/** What each package may import of the others. An app may import every package, and no other app. */
const layers: Readonly<Record<string, readonly string[]>> = {
  bytes: [],
  crypto: ['bytes'],
  keys: ['bytes', 'crypto'],
  sshfiles: ['bytes', 'crypto', 'keys'],
  disk: [],
  terminal: [],
  rendezvous: ['bytes', 'crypto'],
  vault: ['bytes', 'crypto', 'keys', 'sshfiles', 'disk', 'rendezvous'],
  ssh: ['bytes', 'crypto', 'keys'],
  openpgp: ['bytes', 'crypto', 'keys'],
  generations: ['bytes', 'crypto', 'disk'],
};
const browserPackages = ['bytes', 'crypto', 'keys', 'rendezvous'];

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** A package or an app, with the names that its product code and, beyond these, its tests may import. */
interface Unit {
  readonly folder: string;
  readonly name: string;
  readonly isApp: boolean;
  readonly dependencies: ReadonlySet<string>;
  readonly testDependencies: ReadonlySet<string>;
}

/** Every arrow between packages that the design does not have, as `file:line: problem`. */
export function layerProblems(root: string): string[] {
  const shared = Object.keys(readManifest(join(root, 'package.json')).devDependencies ?? {});
  const folders = globSync('{packages,apps}/*/package.json', { cwd: root }).map((path) => path.slice(0, -13));
  const units = folders.toSorted().map((folder) => unitOf(root, folder, shared));
  return units.flatMap((unit) => [...manifestProblems(unit), ...importProblems(root, unit)]);
}

function unitOf(root: string, folder: string, shared: readonly string[]): Unit {
  const { name, dependencies = {}, devDependencies = {} } = readManifest(join(root, folder, 'package.json'));
  return {
    folder,
    name,
    isApp: folder.startsWith('apps/'),
    dependencies: new Set(Object.keys(dependencies)),
    testDependencies: new Set([...Object.keys(devDependencies), ...shared]),
  };
}

function manifestProblems(unit: Unit): string[] {
  const where = `${unit.folder}/package.json`;
  if (!unit.isApp && layers[basename(unit.folder)] === undefined)
    return [`${where}: has no place in the layers`];
  const declared = [...unit.dependencies, ...unit.testDependencies].filter((name) =>
    name.startsWith('@orrery/'),
  );
  return declared.filter((name) => !isArrow(unit, name)).map((name) => `${where}: may not depend on ${name}`);
}

function importProblems(root: string, unit: Unit): string[] {
  const files = globSync('**/*.{ts,tsx}', { cwd: join(root, unit.folder), exclude: ['**/node_modules/**'] });
  return files.toSorted().flatMap((file) => {
    const path = `${unit.folder}/${file}`;
    const found = importsOf(path, readFileSync(join(root, path), 'utf8'));
    return found.flatMap(({ specifier, line }) => {
      const problem = importProblem(unit, file, specifier);
      return problem === undefined ? [] : [`${path}:${line}: ${problem}`];
    });
  });
}

function importProblem(unit: Unit, file: string, specifier: string | undefined): string | undefined {
  const isProduct = file.startsWith('src/') && !file.endsWith('.test.ts');
  const forBrowser =
    isProduct && browserPackages.includes(basename(unit.folder)) && !file.endsWith('.node.ts');
  if (specifier === undefined) return isProduct ? 'imports a name that is not written out' : undefined;
  if (specifier.startsWith('.')) return relativeProblem(file, specifier, isProduct, forBrowser);
  if (specifier.startsWith('#')) return undefined;
  if (specifier.startsWith('node:') && isBuiltin(specifier)) {
    return forBrowser ? `imports ${specifier}, which a browser does not have` : undefined;
  }
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (name.startsWith('@orrery/') && !isArrow(unit, name)) return `may not import ${name}`;
  const isDeclared = unit.dependencies.has(name) || (!isProduct && unit.testDependencies.has(name));
  return isDeclared || name === unit.name
    ? undefined
    : `imports ${name}, which package.json does not declare`;
}

function relativeProblem(
  file: string,
  specifier: string,
  isProduct: boolean,
  forBrowser: boolean,
): string | undefined {
  const target = join(file, '..', specifier);
  if (target.startsWith('..')) return `imports ${specifier}, which is outside its package`;
  if (isProduct && (target.endsWith('.test.ts') || (!target.startsWith('src/') && target.endsWith('.ts')))) {
    return `imports ${specifier}, which is for tests`;
  }
  return forBrowser && target.endsWith('.node.ts')
    ? `imports ${specifier}, which a browser cannot run`
    : undefined;
}

function isArrow(unit: Unit, name: string): boolean {
  if (name === unit.name) return true;
  const target = name.slice('@orrery/'.length);
  return unit.isApp ? layers[target] !== undefined : layers[basename(unit.folder)]?.includes(target) === true;
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
}
