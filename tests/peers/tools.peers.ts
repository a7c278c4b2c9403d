// What people do over ssh, with qsshd as the server.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder } from '../interop/stage/folder.ts';
import { startQsshd } from '../interop/stage/qsshd.ts';

const folder = makeFolder();
const qsshd = await startQsshd(folder, ['Subsystem sftp internal-sftp']);
const settings = [
  'StrictHostKeyChecking=no',
  'UserKnownHostsFile=/dev/null',
  'BatchMode=yes',
  'LogLevel=ERROR',
];
const options = settings.flatMap((setting) => ['-o', setting]);
const ssh = ['ssh', '-F', 'none', ...options, '-i', qsshd.key, '-p', String(qsshd.port)].join(' ');

/** A folder with files of many sizes, one with a name that shells stumble over. */
function makeTree(name: string): string {
  const tree = join(folder, name);
  mkdirSync(join(tree, 'deep/er'), { recursive: true });
  for (const size of [0, 1, 32_768, 100_001, 3_000_000])
    writeFileSync(join(tree, 'deep', `file of ${size}`), Buffer.alloc(size, size % 251));
  writeFileSync(join(tree, "deep/er/it's $HOME\n"), 'x');
  return tree;
}

function sameTrees(one: string, other: string): void {
  execFileSync('diff', ['-r', one, other]);
}

test('rsync copies there and back', () => {
  const tree = makeTree('rsync-tree');
  execFileSync('rsync', ['-a', '-e', ssh, `${tree}/`, `root@127.0.0.1:${folder}/rsync-there/`]);
  execFileSync('rsync', ['-az', '-e', ssh, `root@127.0.0.1:${folder}/rsync-there/`, `${folder}/rsync-back/`]);
  sameTrees(tree, `${folder}/rsync-back`);
});

test('git clones and pushes', () => {
  const [bare, clone] = [join(folder, 'bare.git'), join(folder, 'clone')];
  const env = { ...process.env, GIT_SSH_COMMAND: ssh, GIT_CONFIG_GLOBAL: '/dev/null' };
  const git = (...words: readonly string[]): string =>
    execFileSync('git', words, { env, encoding: 'utf8', stdio: 'pipe' });
  git('init', '-q', '--bare', '-b', 'main', bare);
  git('clone', '-q', `root@127.0.0.1:${bare}`, clone);
  writeFileSync(join(clone, 'file'), Buffer.alloc(2_000_000, 'content'));
  git('-C', clone, 'add', 'file');
  git('-C', clone, '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'one');
  git('-C', clone, 'push', '-q', 'origin', 'HEAD:main');
  git('clone', '-q', `root@127.0.0.1:${bare}`, `${clone}2`);
  assert.deepEqual(readFileSync(join(`${clone}2`, 'file')), readFileSync(join(clone, 'file')));
});

test('sshfs mounts a folder', { skip: !existsSync('/dev/fuse') && 'this machine has no FUSE' }, () => {
  const [tree, mount] = [makeTree('sshfs-tree'), join(folder, 'mount')];
  mkdirSync(mount);
  const words = [...options, '-o', `IdentityFile=${qsshd.key}`, '-p', String(qsshd.port)];
  execFileSync('sshfs', [`root@127.0.0.1:${tree}`, mount, ...words], { stdio: 'pipe' });
  try {
    sameTrees(tree, mount);
    writeFileSync(join(mount, 'written'), Buffer.alloc(1_000_000, 'w'));
    assert.equal(readFileSync(join(tree, 'written')).length, 1_000_000);
  } finally {
    execFileSync('umount', [mount]);
  }
});

test('ssh-audit finds no failure', () => {
  const { stdout } = spawnSync('ssh-audit', ['-n', '-p', String(qsshd.port), '127.0.0.1'], {
    encoding: 'utf8',
  });
  assert.match(stdout, /\(kex\) sntrup761x25519-sha512@openssh\.com/);
  assert.doesNotMatch(stdout, /\[fail\]/);
});
