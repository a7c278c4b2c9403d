'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');

/** The folder above bin/: a checkout, which has sources, or a build, which has bundles. */
const root = join(__dirname, '..');

/**
 * All programs of the suite: its source under apps/, what it is for, and whether it is a daemon.
 * @type {Readonly<Record<string, { source: string, summary: string, daemon: boolean }>>}
 */
const programs = {
  'ssh-sync': {
    source: 'ssh-sync/src/main.ts',
    summary: 'the same SSH keys, config and known_hosts on all your machines, end-to-end encrypted',
    daemon: false,
  },
  'ssh-sync-server': {
    source: 'server/src/main.ts',
    summary: 'the server for ssh-sync: it stores what it cannot read, and lets machines meet',
    daemon: true,
  },
  qssh: {
    source: 'qssh/src/qssh/main.ts',
    summary: 'a secure shell that is post-quantum wherever the other side can be, and logs in to every sshd',
    daemon: false,
  },
  qsshd: {
    source: 'qssh/src/qsshd/main.ts',
    summary: 'the server for qssh and every ssh',
    daemon: true,
  },
  qscp: { source: 'qssh/src/qscp/main.ts', summary: 'copies files over qssh', daemon: false },
  qsftp: { source: 'qssh/src/qsftp/main.ts', summary: 'files on another machine, over qssh', daemon: false },
  'qsftp-server': {
    source: 'qssh/src/sftp-server/main.ts',
    summary: 'the server for qscp, qsftp and every sftp',
    daemon: false,
  },
  'qssh-passwd': {
    source: 'qssh/src/qssh-passwd/main.ts',
    summary: 'the passwords of qsshd, where accounts have none of the system',
    daemon: false,
  },
  'qssh-agent': {
    source: 'qssh/src/qssh-agent/main.ts',
    summary: 'holds your keys and signs with them, for qssh and every ssh',
    daemon: false,
  },
  'qssh-add': {
    source: 'qssh/src/qssh-add/main.ts',
    summary: 'gives keys to an agent',
    daemon: false,
  },
  'qssh-keygen': {
    source: 'qssh/src/qssh-keygen/main.ts',
    summary: 'makes keys, post-quantum ones first',
    daemon: false,
  },
};

/**
 * Where a program starts: its source in a checkout, its bundle in a build; undefined if this copy has neither.
 * @param {string} name
 * @returns {{ path: string, isSource: boolean } | undefined}
 */
function entryOf(name) {
  const source = join(root, 'apps', programs[name]?.source ?? '');
  if (programs[name] !== undefined && existsSync(source)) return { path: source, isSource: true };
  const bundle = join(root, `${name}.cjs`);
  return existsSync(bundle) ? { path: bundle, isSource: false } : undefined;
}

module.exports = { entryOf, programs, root };
