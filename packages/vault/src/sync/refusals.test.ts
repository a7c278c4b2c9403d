import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ManifestFile } from '../manifest.ts';
import type { BaseFile } from './folder-state.ts';
import { checkArrivals } from './refusals.ts';
import type { LocalFile, Scan } from './scan.ts';

const stamp = { size: 0, mtimeNs: 0n, ctimeNs: 0n, ino: 0n, mode: 0o600 };
const HASH = '00'.repeat(32);

function local(name: string): readonly [string, LocalFile] {
  const shown = { mode: 0o600, mtime: 0, portable: false, privateKey: false, stamp };
  return [name, { name, hash: HASH, ...shown }];
}

interface Here {
  readonly files?: readonly string[];
  readonly kept?: readonly string[];
  readonly blocked?: readonly string[];
  readonly subfolders?: readonly string[];
  readonly base?: readonly string[];
}

/** What becomes of names, each with the reason if it is refused. */
function judge(names: readonly (string | ManifestFile)[], here: Here = {}): Record<string, string> {
  const { files = [], kept = [], blocked = [], subfolders = [], base = [] } = here;
  const scan: Scan = {
    files: new Map(files.map(local)),
    kept: new Map(kept.map((name) => [name, 'by a rule'])),
    blocked: new Map(blocked.map((name) => [name, 'cannot be read'])),
    subfolders,
    missing: false,
    read: 0,
  };
  const table = names.map((name) => (typeof name === 'string' ? manifestFile(name) : name));
  const common = base.map((name): BaseFile => ({
    name,
    hash: new Uint8Array(32),
    mode: 0o600,
    object: undefined,
  }));
  const { remote, refused, remarks } = checkArrivals(
    new Map(table.map((file) => [file.name, file])),
    scan,
    (name) => (kept.includes(name) ? 'by a rule' : undefined),
    common,
  );
  assert.deepEqual(new Set(remarks.map(({ name }) => name)), new Set([...refused, ...blocked]));
  const reasons = new Map(remarks.map(({ name, text }) => [name, text]));
  return Object.fromEntries(
    table.map(({ name }) => [name, reasons.get(name) ?? (remote.has(name) ? 'taken' : 'left')]),
  );
}

function manifestFile(name: string, size = 1): ManifestFile {
  const object = new Uint8Array(16);
  return { name, hash: new Uint8Array(32), object, size, mode: 0o600, portable: false, mtime: 0n };
}

function no(reason: string): string {
  return `not taken from the server: ${reason}`;
}

describe('checkArrivals', () => {
  it('refuses names that are no plain file name everywhere', () =>
    assert.deepEqual(judge(['id', '../id', '/etc/passwd', '', 'a/b', 'nul', 'x\u0007', '-v']), {
      id: 'taken',
      '../id': no('it holds a path separator'),
      '/etc/passwd': no('it holds a path separator'),
      '': no('it is empty'),
      'a/b': no('it holds a path separator'),
      nul: no('it names a device on Windows'),
      'x\u0007': no('it holds a control character'),
      '-v': no('it begins with a dash, which programs take for an option'),
    }));

  it('takes one of two names that are the same on some system', () =>
    assert.deepEqual(judge(['Config', 'config', 'CONFIG']), {
      Config: 'taken',
      config: no('on some systems it is the same file as "Config"'),
      CONFIG: no('on some systems it is the same file as "Config"'),
    }));

  it('refuses a name that is the same as that of a local file, a kept one or a subfolder', () =>
    assert.deepEqual(judge(['ID', 'RC', 'conf.D'], { files: ['id'], kept: ['rc'], subfolders: ['Conf.d'] }), {
      ID: no('on some systems it is the same file as "id"'),
      RC: no('on some systems it is the same file as "rc"'),
      'conf.D': no('on some systems it is the same file as "Conf.d"'),
    }));

  it('refuses a name that is the same as that of something here that cannot be read', () =>
    assert.deepEqual(judge(['ID', 'link'], { blocked: ['id', 'LINK'] }), {
      ID: no('on some systems it is the same file as "id"'),
      link: no('on some systems it is the same file as "LINK"'),
    }));

  it('takes two such names if both stand here', () =>
    assert.deepEqual(judge(['Foo', 'foo'], { files: ['Foo', 'foo'] }), { Foo: 'taken', foo: 'taken' }));

  it('lets a file go that was renamed here in case only', () => {
    const here = { files: ['Foo'], base: ['foo'] };
    assert.deepEqual(judge(['foo'], here), { foo: 'taken' });
    const changed = { ...manifestFile('foo'), hash: new Uint8Array(32).fill(1) };
    assert.deepEqual(judge([changed], here), { foo: no('on some systems it is the same file as "Foo"') });
  });

  it('refuses a file where a folder stands, and one that is too large', () =>
    assert.deepEqual(judge(['conf.d', manifestFile('big', 4_194_305)], { subfolders: ['conf.d'] }), {
      'conf.d': no('a folder of that name is here: move that away, or rename the file elsewhere'),
      big: no('it has 4194305 bytes, at most 4194304 are taken'),
    }));

  it('refuses the largest of more than 64 MiB, and takes the keys among them', () => {
    const large = Array.from({ length: 17 }, (_, index) => manifestFile(`large${index}`, 4_000_000 - index));
    const judged = judge([...large, manifestFile('id', 400)]);
    const [refused] = Object.entries(judged).filter(([, reason]) => reason !== 'taken');
    assert.deepEqual(refused, [
      'large0',
      no('it is among the largest, and all files together may have 67108864 bytes'),
    ]);
    assert.equal(Object.values(judged).filter((reason) => reason === 'taken').length, 17);
    assert.equal(judged['id'], 'taken');
  });

  it('leaves what a local rule keeps without a word', () =>
    assert.deepEqual(judge(['rc', 'id'], { kept: ['rc'] }), { rc: 'left', id: 'taken' }));
});
