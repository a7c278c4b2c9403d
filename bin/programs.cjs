'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');

/** The folder above bin/: a checkout, which has sources, or a build, which has bundles. */
const root = join(__dirname, '..');

/**
 * All programs of the suite: the folder under apps/ that has its source, what it is for, and whether it is a daemon.
 * @type {Readonly<Record<string, { app: string, summary: string, daemon: boolean }>>}
 */
const programs = {
  'ssh-sync': {
    app: 'ssh-sync',
    summary: 'the same SSH keys, config and known_hosts on all your machines, end-to-end encrypted',
    daemon: false,
  },
  'ssh-sync-server': {
    app: 'server',
    summary: 'the server for ssh-sync: it stores what it cannot read, and lets machines meet',
    daemon: true,
  },
};

/**
 * Where a program starts: its source in a checkout, its bundle in a build; undefined if this copy has neither.
 * @param {string} name
 * @returns {{ path: string, isSource: boolean } | undefined}
 */
function entryOf(name) {
  const source = join(root, 'apps', programs[name]?.app ?? name, 'src', 'main.ts');
  if (existsSync(source)) return { path: source, isSource: true };
  const bundle = join(root, `${name}.cjs`);
  return existsSync(bundle) ? { path: bundle, isSource: false } : undefined;
}

module.exports = { entryOf, programs, root };
