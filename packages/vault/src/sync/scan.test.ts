import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { sha256 } from '@orrery/crypto';
import { temporaryFolder } from '../../testing/machine.ts';
import { MAX_FILE_BYTES } from '../limits.ts';
import type { FolderState, Seen } from './folder-state.ts';
import type { Place } from './place.ts';
import type { Rules } from './rules.ts';
import { readStored, scanFolder, storedMode, toSeen, type LocalFile, type Scan } from './scan.ts';

const SECOND = 1_000_000_000n;
const empty: FolderState = {
  folder: '',
  base: [],
  seen: [],
  references: { includes: [], programs: [], knownHosts: [], revokedKeys: [], folders: [] },
  accepted: [],
  former: new Uint8Array(),
  included: [],
  withheld: [],
  checkedHead: undefined,
};
const everything: Rules = () => undefined;

function makePlace(): Place {
  const home = temporaryFolder();
  const folder = join(home, '.ssh');
  mkdirSync(folder);
  return { folder, home, system: '/etc/ssh', separator: '/' };
}

function write({ folder }: Place, name: string, content: string, mode = 0o600): void {
  writeFileSync(join(folder, name), content, { mode });
}

function scan(place: Place, seen: readonly Seen[] = [], configs: readonly string[] = ['config']): Scan {
  return scanFolder(place, { ...empty, seen: [...seen] }, everything, (name) => configs.includes(name));
}

function fileOf(found: Scan, name: string): LocalFile {
  const file = found.files.get(name);
  assert.ok(file !== undefined, `no file "${name}"`);
  return file;
}

/** What would be remembered an hour later. */
function later(found: Scan): Seen[] {
  return toSeen(found.files.values(), BigInt(Date.now()) * 1_000_000n + 3600n * SECOND);
}

function hashOf(text: string): string {
  return sha256(new TextEncoder().encode(text)).toHex();
}

describe('scanFolder', () => {
  it('tells a missing folder from an empty one', () => {
    const place = makePlace();
    assert.equal(scan(place).missing, false);
    rmSync(place.folder, { recursive: true });
    assert.equal(scan(place).missing, true);
  });

  it('lists files with hash, mode, whole seconds and what they are', () => {
    const place = makePlace();
    write(place, 'note', 'text\n', 0o644);
    utimesSync(join(place.folder, 'note'), 1_700_000_000.9, 1_700_000_000.9);
    const { hash, mode, mtime, portable, privateKey } = fileOf(scan(place), 'note');
    assert.deepEqual(
      { hash, mode, mtime, portable, privateKey },
      { hash: hashOf('text\n'), mode: 0o644, mtime: 1_700_000_000, portable: false, privateKey: false },
    );
  });

  it('stores a config with its home directory marked, and a file of no text as it is', () => {
    const place = makePlace();
    write(place, 'config', `IdentityFile ${place.home}/.ssh/id\n`);
    write(place, 'binary', 'Host \0 x\n');
    const found = scan(place, [], ['config', 'binary']);
    assert.equal(fileOf(found, 'config').hash, hashOf('IdentityFile \0home\0/.ssh/id\n'));
    assert.equal(fileOf(found, 'config').portable, true);
    assert.equal(fileOf(found, 'binary').hash, hashOf('Host \0 x\n'));
    assert.equal(fileOf(found, 'binary').portable, false);
  });

  it('takes a config over 1 MiB for an ordinary file', () => {
    const place = makePlace();
    write(place, 'config', '#'.repeat(1024 * 1024 + 1));
    assert.equal(fileOf(scan(place), 'config').portable, false);
  });

  it('blocks what it cannot or must not read, and names why', () => {
    const place = makePlace();
    symlinkSync('nowhere', join(place.folder, 'dangling'));
    symlinkSync('/etc', join(place.folder, 'folder-link'));
    write(place, 'large', '');
    truncateSync(join(place.folder, 'large'), MAX_FILE_BYTES + 1);
    write(place, 'id:x', 'a name that Windows cannot have');
    write(place, '-oProxyCommand', 'an option for ssh');
    const bytes = Buffer.concat([Buffer.from(join(place.folder, 'caf')), Buffer.from([0xe9])]);
    writeFileSync(bytes, 'a name in Latin-1');
    const { blocked, files } = scan(place);
    assert.deepEqual([...files.keys()], []);
    const { folder } = place;
    assert.deepEqual(Object.fromEntries(blocked), {
      dangling: `Cannot follow link "${folder}/dangling": "${folder}/nowhere" does not exist`,
      'folder-link': `Cannot use "/etc": found a folder, expected a regular file`,
      large: `Cannot read "${folder}/large": 4194305 bytes, at most 4194304 expected`,
      'id:x': 'not synced: it holds a character that Windows does not allow',
      '-oProxyCommand': 'not synced: it begins with a dash, which programs take for an option',
      'caf\\xe9': 'its name is not UTF-8',
    });
  });

  it('does not wait at a FIFO, and leaves it and what a rule keeps out', () => {
    const place = makePlace();
    assert.equal(spawnSync('mkfifo', [join(place.folder, 'agent')]).status, 0);
    write(place, 'mine', '');
    mkdirSync(join(place.folder, 'conf.d'));
    const found = scanFolder(
      place,
      empty,
      (name) => (name === 'mine' ? 'by a rule' : undefined),
      () => false,
    );
    assert.deepEqual(Object.fromEntries(found.kept), { agent: 'not a regular file', mine: 'by a rule' });
    assert.deepEqual(found.subfolders, ['conf.d']);
    assert.equal(found.files.size, 0);
  });

  it('reads the file behind an own link', () => {
    const place = makePlace();
    writeFileSync(join(place.home, 'dotfile'), 'linked\n', { mode: 0o644 });
    symlinkSync('../dotfile', join(place.folder, 'config'));
    assert.equal(fileOf(scan(place), 'config').hash, hashOf('linked\n'));
  });
});

describe('scanFolder with remembered stamps', () => {
  it('does not read again what has its stamp', () => {
    const place = makePlace();
    write(place, 'id', 'secret\n');
    const first = scan(place);
    const [remembered] = later(first);
    assert.ok(remembered !== undefined);
    // A hash that no reading could give shows that none took place.
    const invented = { ...remembered, hash: new Uint8Array(32).fill(7) };
    const second = scan(place, [invented]);
    assert.equal(fileOf(second, 'id').hash, '07'.repeat(32));
    assert.deepEqual([first.read, second.read], [1, 0]);
  });

  for (const [change, act] of [
    ['content of the same length and time', (path: string) => writeAt(path, 'SECRET\n')],
    ['an older time', (path: string) => utimesSync(path, 1, 1)],
  ] as const)
    it(`reads again after a change to ${change}`, () => {
      const place = makePlace();
      write(place, 'id', 'secret\n');
      utimesSync(join(place.folder, 'id'), 1_700_000_000, 1_700_000_000);
      const seen = later(scan(place));
      act(join(place.folder, 'id'));
      const again = scan(place, seen);
      assert.equal(again.read, 1);
      const content = new TextDecoder().decode(readStored(place, 'id', false).content);
      assert.equal(fileOf(again, 'id').hash, hashOf(content));
    });

  it('reads again what has become a config, and finds it portable', () => {
    const place = makePlace();
    write(place, 'work', 'Host a\n');
    const seen = later(scan(place));
    assert.equal(fileOf(scan(place, seen), 'work').portable, false);
    assert.equal(fileOf(scan(place, seen, ['work']), 'work').portable, true);
  });

  it('reads again what lost its stamp with another file of the same name', () => {
    const place = makePlace();
    write(place, 'id', 'one\n');
    const seen = later(scan(place));
    rmSync(join(place.folder, 'id'));
    write(place, 'other', 'x');
    write(place, 'id', 'two\n');
    assert.equal(fileOf(scan(place, seen), 'id').hash, hashOf('two\n'));
  });
});

describe('toSeen', () => {
  function stamped(mtimeNs: bigint, ctimeNs: bigint): LocalFile {
    const stamp = { size: 1, mtimeNs, ctimeNs, ino: 1n, mode: 0o600 };
    return { name: 'id', hash: 'ab', mode: 0o600, mtime: 0, portable: false, privateKey: true, stamp };
  }
  const now = 1_800_000_000n * SECOND;

  it('remembers a file that has been still for more than two seconds', () =>
    assert.equal(toSeen([stamped(now, now - 2n * SECOND - 1n)], now).length, 1));
  it('does not trust the stamp of a file that changed within two seconds', () =>
    assert.equal(toSeen([stamped(now - 3600n * SECOND, now - 2n * SECOND)], now).length, 0));
  it('does not trust a stamp from the future', () =>
    assert.equal(toSeen([stamped(0n, now + SECOND)], now).length, 0));
  it('leaves out times that cannot be written down', () => {
    const old = now - 3600n * SECOND;
    const times = [-1n, 0n, 2n ** 64n - 1n, 2n ** 64n];
    assert.deepEqual(
      times.map((time) => toSeen([stamped(time, old)], now).length),
      [0, 1, 1, 0],
    );
  });
});

describe('storedMode', () => {
  for (const [mode, privateKey, expected] of [
    [0o644, false, 0o644],
    [0o664, false, 0o644],
    [0o777, false, 0o755],
    [0o400, false, 0o600],
    [0o000, false, 0o600],
    [0o644, true, 0o600],
    [0o400, true, 0o600],
    [0o4755, false, 0o755],
  ] as const)
    it(`makes ${expected.toString(8)} of ${mode.toString(8)} for ${privateKey ? 'a private key' : 'another file'}`, () =>
      assert.equal(storedMode(mode, privateKey), expected));
});

/** Other bytes in the same file, with the same time as before. */
function writeAt(path: string, content: string): void {
  writeFileSync(path, content);
  utimesSync(path, 1_700_000_000, 1_700_000_000);
}
