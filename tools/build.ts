// npm run build: dist/ becomes a copy of the suite that needs no node_modules.
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type Plugin, rolldown } from 'rolldown';

import { programs } from '../bin/programs.cjs';
import { noticeOf, packageFolders } from './notices.ts';

/**
 * Makes `dist` anew: for each program that has a source NAME.cjs with its parts in NAME/, the launchers in bin/, what is
 * native in node_modules/, and the licences of everything inside. Gives the names of the programs.
 */
export async function build(root: string, dist: string): Promise<string[]> {
  rmSync(dist, { recursive: true, force: true });
  const foreign = new Set<string>();
  const built: string[] = [];
  for (const [name, program] of Object.entries(programs)) {
    const source = join(root, 'apps', program.source);
    if (!existsSync(source)) continue;
    const modules = await bundle(source, dist, name);
    for (const folder of packageFolders(modules)) foreign.add(folder);
    built.push(name);
  }
  const prebuilt = [...foreign].flatMap((folder) => copyPrebuilt(folder, dist));
  for (const part of prebuilt) foreign.add(part);
  cpSync(join(root, 'bin'), join(dist, 'bin'), { recursive: true });
  cpSync(join(root, 'LICENSE'), join(dist, 'LICENSE'));
  writeFileSync(join(dist, 'THIRD-PARTY-LICENCES'), [...foreign].toSorted().map(noticeOf).join('\n'));
  writeFileSync(join(dist, 'package.json'), distManifest(root, built));
  return built;
}

/** Copies what no bundle can hold: a package's native half, which is a package of its own for each platform. */
function copyPrebuilt(folder: string, dist: string): string[] {
  const { name, optionalDependencies = {} } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as {
    name: string;
    optionalDependencies?: Readonly<Record<string, string>>;
  };
  const beside = folder.slice(0, -name.length);
  const parts = Object.keys(optionalDependencies).filter((part) => existsSync(join(beside, part)));
  for (const part of parts) cpSync(join(beside, part), join(dist, 'node_modules', part), { recursive: true });
  return parts.map((part) => join(beside, part));
}

/** The id that a module of Node.js has in a bundle. */
const BUILTIN = /^\0builtin\/(.*)\.cjs$/;

/** Writes NAME.cjs and NAME/ with everything that `source` imports, and gives the paths of the modules in it. */
async function bundle(source: string, dist: string, name: string): Promise<string[]> {
  const entry = 'orrery:entry';
  const code = [
    `import { main } from ${JSON.stringify(source)};`,
    `export { main };`,
    `if (require.main === module) main(process.argv.slice(2)).then((code) => { process.exitCode = code; });`,
  ].join('\n');
  const bundler = await rolldown({
    input: { [name]: entry },
    platform: 'node',
    // None of ours does anything when it is loaded: what a command does not use, it does not load either.
    treeshake: {
      moduleSideEffects: [{ test: /[\\/](?:apps|packages)[\\/][^\\/]+[\\/]src[\\/]/, sideEffects: false }],
    },
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? code : null),
      },
      lazyBuiltins,
    ],
    onLog(level, { message }) {
      if (level === 'warn') throw new Error(`Cannot bundle "${source}": ${message}`);
    },
  });
  const { output } = await bundler.write({
    dir: dist,
    // Node.js loads CommonJS a little faster, and a short command is mostly loading.
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: `${name}/[name].cjs`,
    // A character outside of Latin-1 doubles the memory of a whole file.
    charset: 'ascii',
    comments: false,
    codeSplitting: {
      groups: [
        { name: 'node', test: BUILTIN },
        // What several commands share is one part, because a file takes longer to open than to read.
        { name: 'shared', minShareCount: 4 },
      ],
    },
  });
  await bundler.close();
  return output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []));
}

/**
 * A bundle lifts the imports of all its modules to its top, also those of modules that are loaded only when a command
 * needs them, and CommonJS packages ask for all that they could ever need. Most of a short command's time would go into
 * loading node:http for it; so each module of Node.js becomes one that is looked up when something of it is used first.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  // The bundler's own first lines need node:module before anything else.
  resolveId: (id) => (isBuiltin(id) && id !== 'node:module' ? `\0builtin/${id}.cjs` : null),
  load(id) {
    const name = BUILTIN.exec(id)?.[1];
    const module = name === undefined ? undefined : process.getBuiltinModule(name);
    if (module === undefined) return null;
    const lookUp = `process.getBuiltinModule(${JSON.stringify(name)})`;
    // What is more than a list of its exports, as node:events and node:process are, cannot be stood in for.
    if (Object.getPrototypeOf(module) !== Object.prototype) return `module.exports = ${lookUp};`;
    const keys = Object.getOwnPropertyNames(module);
    return [
      `let loaded;`,
      `const load = () => (loaded ??= ${lookUp});`,
      `module.exports = {`,
      ...keys.map((key) => `  get ${key}() { return load().${key}; },`),
      `};`,
    ].join('\n');
  },
};

function distManifest(root: string, built: readonly string[]): string {
  const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
    license: string;
  };
  const bin = Object.fromEntries(['orrery', ...built].map((name) => [name, `bin/${name}`]));
  return `${JSON.stringify({ name: 'orrery', version, license, type: 'module', bin }, undefined, 2)}\n`;
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  try {
    const built = await build(root, join(root, 'dist'));
    console.log(`dist/: ${built.length === 0 ? 'no program has a source yet' : built.join(', ')}`);
  } catch (error) {
    console.error(stripVTControlCharacters(error instanceof Error ? error.message : String(error)));
    process.exitCode = 1;
  }
}
