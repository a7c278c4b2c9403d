// A user who is locked into a folder, and who changes what is in it while the server looks at it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { startQsshd } from '../interop/stage/qsshd.ts';

const run = promisify(execFile);
const NOBODY = 65_534;
const SECRET = 'what is outside';

// Every folder above the new root has to be root's alone: the one for temporary files is not.
const place = mkdtempSync('/run/orrery-chroot-');
after(() => rmSync(place, { recursive: true, force: true }));
chmodSync(place, 0o711); // the user's keys are read as the user
const jail = join(place, 'jail');
const own = join(jail, 'own');
mkdirSync(jail, { mode: 0o755 });
mkdirSync(own);
chownSync(own, NOBODY, NOBODY);
writeFileSync(join(place, 'secret'), SECRET, { mode: 0o644 });
writeFileSync(join(jail, 'private'), 'for root', { mode: 0o600 });
writeFileSync(join(own, 'public'), 'for all');
mkdirSync(join(place, 'server'));
mkdirSync(join(place, 'client'));

const server = await startQsshd(
  join(place, 'server'),
  ['Subsystem sftp internal-sftp'],
  [
    'Match User nobody',
    `ChrootDirectory ${jail}`,
    'ForceCommand internal-sftp',
    'Match User daemon',
    `ChrootDirectory ${own}`,
  ],
);

const options = [
  '-F',
  'none',
  '-i',
  server.key,
  '-o',
  'IdentitiesOnly=yes',
  '-o',
  'StrictHostKeyChecking=no',
  '-o',
  'UserKnownHostsFile=/dev/null',
  '-o',
  'LogLevel=ERROR',
];

/** Runs commands of sftp as the user; a line that begins with "-" may fail. */
async function sftp(user: string, commands: readonly string[]): Promise<string> {
  const batch = join(place, 'client', 'batch');
  writeFileSync(batch, `${commands.join('\n')}\n`);
  const args = [...options, '-P', String(server.port), '-b', batch, `${user}@127.0.0.1`];
  const { stdout, stderr } = await run('sftp', args, { cwd: join(place, 'client') });
  return `${stdout}${stderr}`;
}

function got(name: string): string | undefined {
  try {
    return readFileSync(join(place, 'client', name), 'utf8');
  } catch {
    return undefined;
  }
}

describe('a user in a root of its own', () => {
  it('sees nothing but that root, and is that user', async () => {
    writeFileSync(join(place, 'client', 'file'), 'new');
    const said = await sftp('nobody', [
      'ls /',
      'put file /own/file',
      '-get /private',
      '-get /../secret',
      '-put file /own/../file',
    ]);
    assert.match(said, /\/own/);
    assert.equal(got('private'), undefined);
    assert.equal(got('secret'), undefined);
    const { uid, gid } = statSync(join(own, 'file'));
    assert.deepEqual([uid, gid], [NOBODY, NOBODY]);
  });

  it('gets no shell', async () => {
    const args = [...options, '-p', String(server.port), 'nobody@127.0.0.1', 'cat /own/public'];
    const result = run('ssh', args, { timeout: 3000 });
    result.child.stdin?.end();
    const { stdout } = await result.catch((error: { readonly stdout: string }) => error);
    assert.doesNotMatch(stdout, /for all/);
  });

  it('cannot leave by a link, whenever it is made', async () => {
    symlinkSync(join(place, 'secret'), join(own, 'absolute'));
    symlinkSync('../../secret', join(own, 'relative'));
    mkdirSync(join(own, 'inner'));
    writeFileSync(join(own, 'inner', 'secret'), 'harmless');
    symlinkSync(place, join(own, 'outer'));
    const swap = setInterval(() => {
      renameSync(join(own, 'inner'), join(own, 'held'));
      renameSync(join(own, 'outer'), join(own, 'inner'));
      renameSync(join(own, 'inner'), join(own, 'outer'));
      renameSync(join(own, 'held'), join(own, 'inner'));
    }, 1);
    try {
      const tries = Array.from({ length: 200 }, (_, at) => `-get /own/inner/secret raced-${at}`);
      await sftp('nobody', ['-get /own/absolute', '-get /own/relative', '-get /own/outer/secret', ...tries]);
    } finally {
      clearInterval(swap);
    }
    for (const name of ['absolute', 'relative', 'secret']) assert.notEqual(got(name), SECRET, name);
    const raced = Array.from({ length: 200 }, (_, at) => got(`raced-${at}`));
    assert.ok(raced.includes('harmless'));
    assert.ok(!raced.includes(SECRET));
  });

  it('is not let in where the root could be changed by somebody else', async () => {
    await assert.rejects(sftp('daemon', ['ls /']));
    await server.logged('bad ownership or modes');
  });

  it('is not let in either when that became so after an earlier login', async () => {
    assert.match(await sftp('nobody', ['ls /']), /\/own/);
    chmodSync(jail, 0o777);
    await assert.rejects(sftp('nobody', ['ls /']));
    await server.logged(`bad ownership or modes of "${jail}"`);
    chmodSync(jail, 0o755);
    assert.match(await sftp('nobody', ['ls /']), /\/own/);
  });
});

describe('a naive root, which compares names', () => {
  /** @param meanwhile Whatever happens between looking and opening. */
  function naiveRead(root: string, path: string, meanwhile: () => void): string {
    const file = join(root, path);
    if (!realpathSync(file).startsWith(`${root}/`)) throw new Error('outside');
    meanwhile();
    return readFileSync(file, 'utf8');
  }

  it('is left by a link that is made in between', () => {
    const root = join(place, 'naive');
    mkdirSync(root);
    writeFileSync(join(root, 'file'), 'harmless');
    const leaked = naiveRead(root, 'file', () => {
      renameSync(join(root, 'file'), join(root, 'former'));
      linkSync(join(place, 'secret'), join(root, 'file'));
    });
    assert.equal(leaked, SECRET);
  });
});
