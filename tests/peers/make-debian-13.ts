// Makes a Debian 13, for the programs that it has and the Debian 12 on which the tests run has not yet.
import { withLock } from '@orrery/disk';
import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { checks, mirror, proxyVariables } from './apt.ts';

const PACKAGES = [
  'dropbear-bin',
  'openssh-client',
  'openssh-server',
  'openssh-sftp-server',
  'putty-tools',
  'python3-asyncssh',
  'python3-paramiko',
];

/** Kept between runs, for it takes a minute to make; with other packages it is another one. */
export const TREE = `/var/cache/orrery/debian-13-${hash('sha256', PACKAGES.join()).slice(0, 8)}`;

/** Seconds that somebody else may take to make it. */
const MAX_WAIT = 900;

/**
 * Makes the tree unless it is there and whole. Whatever cuts this off, nothing is left mounted, and half a tree is never
 * taken for a whole one. Needs root, and debootstrap. @param say Told what takes long.
 * @throws {Error} with the last words of what failed.
 */
export async function makeDebian13(say: (text: string) => void): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('Cannot make a Debian 13: only root can');
  mkdirSync(dirname(TREE), { recursive: true });
  const holder = 'peers making a Debian 13';
  await withLock(`${TREE}.lock`, { holder, waitSeconds: MAX_WAIT }, () => {
    for (const half of globSync(`${TREE}.half-*`)) rmSync(half, { recursive: true });
    if (isWhole()) return;
    rmSync(TREE, { recursive: true, force: true });
    say('making a Debian 13, which takes a minute or two');
    const half = mkdtempSync(`${TREE}.half-`);
    try {
      make(half);
      renameSync(half, TREE);
    } finally {
      rmSync(half, { recursive: true, force: true });
    }
  });
}

/** Whether every file of every package is there as it was. What may be configured may be changed. */
function isWhole(): boolean {
  if (!existsSync(TREE)) return false;
  const { status, stdout } = spawnSync('chroot', [TREE, 'dpkg', '--verify'], { encoding: 'utf8' });
  const changed = stdout.split('\n').filter((line) => line !== '' && !/^\S+ c /.test(line));
  return status === 0 && changed.length === 0;
}

function make(place: string): void {
  const address = mirror();
  const proxy = proxyVariables(address);
  run('debootstrap', ['--variant=minbase', 'trixie', place, address], proxy);
  copyFileSync('/etc/hosts', join(place, 'etc/hosts'));
  if (address.startsWith('https:')) {
    const certificates = 'etc/ssl/certs/ca-certificates.crt';
    copyFileSync(join('/', certificates), join(place, certificates));
  }
  writeFileSync(join(place, 'etc/apt/apt.conf.d/90outside'), `${checks()}\nAcquire::Retries "3";\n`);
  // Nothing that is installed there may start a service here.
  writeFileSync(join(place, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...PACKAGES];
  run('chroot', [place, ...install], { ...proxy, DEBIAN_FRONTEND: 'noninteractive' });
}

/** Last words that are kept, in characters. */
const MAX_WORDS = 2_000;

/** Whoever ends it ends what it runs. */
const MORTAL = ['--pdeathsig', 'KILL'];
/** What is mounted and started inside ends with it. */
const APART = ['unshare', '--mount', '--pid', '--fork', '--kill-child'];

function run(program: string, words: readonly string[], variables: Readonly<Record<string, string>>): void {
  // Who may not have a world of its own may not mount either.
  const mayBeApart = spawnSync('setpriv', [...MORTAL, ...APART, 'true']).status === 0;
  const command = [...(mayBeApart ? APART : []), program, ...words];
  const { status, stdout, stderr, error } = spawnSync('setpriv', [...MORTAL, ...command], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: { ...process.env, ...variables },
  });
  if (status === 0) return;
  const why = error?.message ?? `${stdout}${stderr}`.trim().slice(-MAX_WORDS);
  throw new Error(`Cannot make a Debian 13: ${program} failed: ${why}`);
}
