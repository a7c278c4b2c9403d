// A Debian 13 beside the Debian 12 that the tests run on, for the programs that it has and this one has not yet.
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';

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
const TREE = `/var/cache/orrery/debian-13-${hash('sha256', PACKAGES.join()).slice(0, 8)}`;

/** The folder of the tree, made if it is not there. Needs root, and debootstrap. */
export function debian13(): string {
  if (existsSync(TREE)) return TREE;
  mkdirSync(join(TREE, '..'), { recursive: true });
  const made = mkdtempSync(`${TREE}-`);
  try {
    execFileSync('debootstrap', ['--variant=minbase', 'trixie', made, mirror()], { stdio: 'pipe' });
    const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...PACKAGES];
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFileSync('chroot', [made, ...install], { stdio: 'pipe', env });
    renameSync(made, TREE);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return TREE;
}

/** Where this Debian itself gets its packages. */
function mirror(): string {
  const sources = globSync('/etc/apt/sources.list{,.d/*.{list,sources}}').map((path) =>
    readFileSync(path, 'utf8'),
  );
  const found = /^(?:deb .*?|URIs: *)(https?:\/\/\S+\/debian)\/?(?:\s|$)/m.exec(sources.join('\n'))?.[1];
  if (found === undefined) throw new Error('Cannot make a Debian 13: no mirror in the sources of apt');
  return found;
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A folder that both systems see. */
export interface Shared {
  /** Its path here. */
  readonly here: string;
  /** Its path in the tree. */
  readonly there: string;
}

export function makeShared(): Shared {
  const here = mkdtempSync(join(debian13(), 'tmp/peer-'));
  after(() => rmSync(here, { recursive: true, force: true }));
  return { here, there: here.slice(debian13().length) };
}

/** Runs a program of the tree to its end. */
export function runThere(command: readonly string[], input = ''): Ended {
  const { status, stdout, stderr } = spawnSync('chroot', [debian13(), ...command], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/tmp' },
    timeout: 60_000,
  });
  return { code: status, out: stdout, err: stderr };
}

/** Starts a program of the tree. */
export function startThere(command: readonly string[]): ChildProcess {
  mkdirSync(join(debian13(), 'run/sshd'), { recursive: true });
  return spawn('chroot', [debian13(), ...command], { stdio: ['ignore', 'ignore', 'pipe'] });
}
