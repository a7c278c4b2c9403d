import type { Client } from '@orrery/vault';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, lchownSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { takeOver } from './stage/account.ts';
import { look } from './stage/folder.ts';
import { plant } from './stage/intruder.ts';
import type { Machine } from './stage/machine.ts';
import { Naive } from './stage/naive.ts';
import { Stage, succeeds } from './stage/stage.ts';

const stage = await Stage.build();
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

interface Cast {
  readonly laptop: Machine;
  readonly desktop: Client;
}

async function cast(): Promise<Cast> {
  const [laptop, desktop] = await stage.account(['laptop', 'desktop']);
  assert.ok(laptop !== undefined && desktop !== undefined);
  laptop.write('id_ed25519', 'the key of the laptop\n');
  await succeeds(laptop, 'sync');
  return { laptop, desktop: await takeOver(desktop) };
}

/** A file that belongs to another user: made by root, or one that every system has. */
function foreignFile(folder: string): string {
  if (!isRoot) return '/etc/passwd';
  const path = join(folder, 'foreign');
  writeFileSync(path, 'of another user\n');
  chownSync(path, NOBODY, NOBODY);
  return path;
}

/** What may stand where a file arrives, and what is said of it. */
const obstacles: readonly {
  readonly what: string;
  readonly says: RegExp;
  readonly make: (path: string, home: string) => void;
}[] = [
  {
    what: 'a symlink to a file of another user',
    says: /belongs to user \d+, expected/,
    make: (path, home) => symlinkSync(foreignFile(home), path),
  },
  {
    what: 'a symlink to nothing',
    says: /does not exist/,
    make: (path, home) => symlinkSync(join(home, 'made-by-attack'), path),
  },
  {
    what: 'a symlink to a folder',
    says: /found a folder, expected a regular file/,
    make: (path, home) => {
      mkdirSync(join(home, 'elsewhere'));
      symlinkSync('../elsewhere', path);
    },
  },
  {
    what: 'a symlink to itself',
    says: /more than 8 links in a row/,
    make: (path) => symlinkSync(basename(path), path),
  },
  {
    what: 'a symlink to a device',
    says: /found a device, expected a regular file/,
    make: (path) => symlinkSync('/dev/null', path),
  },
  {
    what: 'a FIFO',
    says: /what has that name here is no regular file/,
    make: (path) => void execFileSync('mkfifo', [path]),
  },
  { what: 'a folder', says: /a folder of that name is here/, make: (path) => mkdirSync(path) },
];

test('what stands at the name of an arriving file stays, and nothing is written through it', async () => {
  const { laptop, desktop } = await cast();
  const arriving = obstacles.map((obstacle, index) => ({ ...obstacle, name: `arriving_${index}` }));
  for (const { name, make } of arriving) make(join(laptop.ssh, name), laptop.home);
  await plant(desktop, {
    files: [
      ...arriving.map(({ name }) => ({ name, content: 'arrived\n' })),
      { name: 'beside', content: 'b\n' },
    ],
  });
  const before = look(laptop.home);
  const ran = await laptop.run('sync');
  for (const { what, name, says } of arriving)
    assert.match(ran.err, new RegExp(`warning: ${name}: .*(?:${says.source})`), what);
  const { '.ssh/beside': beside, ...after } = look(laptop.home);
  assert.match(beside ?? '', /^0600 file at \d+: b\n$/, 'all other files arrive');
  for (const [name, line] of Object.entries(before))
    if (!name.startsWith('.ssh-sync/')) assert.equal(after[name], line, name);
  assert.ok(!('made-by-attack' in after));
  // What could not be read here is no deletion there.
  const { out } = await laptop.run('sync');
  assert.doesNotMatch(out, /arriving_\d: /);
  const names = [...arriving.map(({ name }) => name), 'beside', 'id_ed25519'];
  assert.deepEqual(await namesOnServer(desktop), names.toSorted());
});

async function namesOnServer(client: Client): Promise<string[]> {
  await client.session.refresh();
  const naive = new Naive(client, join(client.home.path, 'naive'));
  await naive.sync();
  return Object.keys(look(naive.folder));
}

test('a naive client writes through symlinks into files of others and makes new ones: the control', async () => {
  const { laptop, desktop } = await cast();
  const naive = new Naive(desktop, join(laptop.home, 'naive'));
  const foreign = foreignFile(laptop.home);
  if (isRoot) symlinkSync(foreign, join(naive.folder, 'arriving'));
  symlinkSync(join(laptop.home, 'made'), join(naive.folder, 'second'));
  await plant(desktop, {
    files: ['arriving', 'second'].map((name) => ({ name, content: 'planted\n' })),
  });
  await naive.sync();
  if (isRoot) assert.equal(readFileSync(foreign, 'utf8'), 'planted\n');
  assert.equal(readFileSync(join(laptop.home, 'made'), 'utf8'), 'planted\n');
});

test('a symlink that another user planted is not followed', async () => {
  const { laptop, desktop } = await cast();
  const target = join(laptop.home, '.bashrc');
  writeFileSync(target, 'own\n');
  plantForeignLink(join(laptop.ssh, 'arriving'), target);
  await plant(desktop, { files: [{ name: 'arriving', content: 'planted\n' }] });
  const { err } = await laptop.run('sync');
  assert.match(err, /warning: arriving: Cannot follow link .*belongs to user \d+, expected/);
  assert.equal(readFileSync(target, 'utf8'), 'own\n');
});

/** Only root can leave somebody else's link here; others find one of root's in every system, behind their own. */
function plantForeignLink(path: string, target: string): void {
  symlinkSync(isRoot ? target : '/etc/os-release', path);
  if (isRoot) lchownSync(path, NOBODY, NOBODY);
}

test('the own symlink to an own file is kept, and the file that it leads to is replaced as a whole', async () => {
  const { laptop, desktop } = await cast();
  const dotfiles = join(laptop.home, 'dotfiles');
  mkdirSync(dotfiles);
  writeFileSync(join(dotfiles, 'notes'), 'first\n', { mode: 0o600 });
  symlinkSync('../dotfiles/notes', join(laptop.ssh, 'notes'));
  await succeeds(laptop, 'sync');
  await desktop.session.refresh();
  await plant(desktop, { files: [{ name: 'notes', content: 'second\n' }] });
  await succeeds(laptop, 'sync');
  assert.equal(look(laptop.ssh)['notes'], 'link to ../dotfiles/notes');
  assert.equal(readFileSync(join(dotfiles, 'notes'), 'utf8'), 'second\n');
});

test('FIFOs, sockets, broken links, folders and unreadable files in ~/.ssh stop no sync', async () => {
  const { laptop, desktop } = await cast();
  const path = (name: string): string => join(laptop.ssh, name);
  execFileSync('mkfifo', [path('fifo')]);
  const socket = createServer().listen(path('control-socket'));
  await once(socket, 'listening');
  symlinkSync('nowhere', path('broken'));
  symlinkSync('/dev/zero', path('endless'));
  mkdirSync(path('sockets'));
  writeFileSync(path('large'), Buffer.alloc(4 * 1024 * 1024 + 1));
  laptop.write('new', 'new\n');
  const before = look(laptop.ssh);
  const { code, out } = await laptop.run('sync');
  socket.close();
  await once(socket, 'close');
  assert.equal(code, 4, 'the unreadable ones are named, and all else is synced');
  assert.match(out, /^new: uploaded$/m);
  assert.deepEqual({ ...look(laptop.ssh), 'control-socket': before['control-socket'] }, before);
  assert.deepEqual(await namesOnServer(desktop), ['id_ed25519', 'new']);
  rmSync(path('fifo'));
});
