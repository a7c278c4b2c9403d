import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { sha256 } from '@orrery/crypto';
import { temporaryFolder } from '../../testing/machine.ts';
import { Home } from '../client/home.ts';
import { folderFile, readFolderState, writeFolderState, type FolderState } from './folder-state.ts';

const FOLDER = '/home/alice/.ssh';

function makeHome(): Home {
  return Home.open(join(temporaryFolder(), 'state'));
}

function hash(text: string): Uint8Array {
  return sha256(new TextEncoder().encode(text));
}

const state: FolderState = {
  folder: FOLDER,
  base: [{ name: 'config', hash: hash('a'), mode: 0o644, object: new Uint8Array(16).fill(4) }],
  seen: [
    {
      name: 'config',
      hash: hash('b'),
      portable: true,
      privateKey: false,
      size: 12n,
      mtimeNs: 1n,
      ctimeNs: 2n ** 63n,
      ino: 2n ** 64n - 1n,
      mode: 0o644,
    },
  ],
  references: {
    includes: ['*.conf'],
    programs: ['proxy'],
    knownHosts: ['kh'],
    revokedKeys: ['revoked'],
    folders: ['conf.d'],
  },
  accepted: [hash('line')],
  former: new TextEncoder().encode('host ssh-ed25519 AAAA\n'),
  included: ['authorized_keys'],
  withheld: ['config'],
  checkedHead: new Uint8Array(32).fill(3),
};

const nothing: FolderState = {
  folder: FOLDER,
  base: [],
  seen: [],
  references: { includes: [], programs: [], knownHosts: [], revokedKeys: [], folders: [] },
  accepted: [],
  former: new Uint8Array(),
  included: [],
  withheld: [],
  checkedHead: undefined,
};

/** Without the label, which says nothing. */
function read(home: Home, folder = FOLDER): object {
  const fields = Object.entries(readFolderState(home, folder)).filter(([name]) => name !== 'label');
  return Object.fromEntries(fields);
}

describe('FolderState', () => {
  it('is empty for a folder that was never synced', () => assert.deepEqual(read(makeHome()), nothing));

  it('is read as it was written, in a file of mode 0600', () => {
    const home = makeHome();
    writeFolderState(home, state);
    assert.deepEqual(read(home), state);
    assert.equal(statSync(folderFile(home, FOLDER)).mode & 0o777, 0o600);
  });

  it('belongs to one folder', () => {
    const home = makeHome();
    writeFolderState(home, state);
    assert.deepEqual(read(home, '/home/alice/.ssh2'), { ...nothing, folder: '/home/alice/.ssh2' });
  });

  it('is empty when its file is damaged anywhere, or still what it was', () => {
    const home = makeHome();
    writeFolderState(home, state);
    const path = folderFile(home, FOLDER);
    const bytes = readFileSync(path);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), (length) => {
        writeFileSync(path, bytes.subarray(0, length), { mode: 0o600 });
        assert.deepEqual(read(home), nothing);
      }),
    );
    writeFileSync(path, Buffer.concat([bytes, Buffer.from('x')]));
    assert.deepEqual(read(home), nothing);
  });

  it('keeps the newest of known_hosts lines that left, up to 4 MiB', () => {
    const home = makeHome();
    const former = new Uint8Array(4 * 1024 * 1024 + 3).map((_, index) => (index < 3 ? 1 : 2));
    writeFolderState(home, { ...state, former });
    const kept = readFolderState(home, FOLDER).former;
    assert.equal(kept.length, 4 * 1024 * 1024);
    assert.equal(kept.includes(1), false);
  });
});
