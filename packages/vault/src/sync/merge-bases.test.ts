import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { utf8 } from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';
import { temporaryFolder } from '../../testing/machine.ts';
import { Home } from '../client/home.ts';
import { folderFile } from './folder-state.ts';
import { MergeBases } from './merge-bases.ts';

const FOLDER = '/home/alice/.ssh';

function makeHome(): Home {
  return Home.open(join(temporaryFolder(), 'state'));
}

function hashOf(text: string): string {
  return sha256(utf8(text)).toHex();
}

/** Content by name, as `replace` takes it; `asked` notes whose content was wanted. */
function files(
  texts: Readonly<Record<string, string>>,
  asked: string[] = [],
): Map<string, { hash: string; content: () => Uint8Array }> {
  return new Map(
    Object.entries(texts).map(([name, text]) => {
      const content = (): Uint8Array => {
        asked.push(name);
        return utf8(text);
      };
      return [name, { hash: hashOf(text), content }];
    }),
  );
}

function shown(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

describe('MergeBases', () => {
  it('gives back, in another run, exactly the version that is asked for', () => {
    const home = makeHome();
    MergeBases.read(home, FOLDER).replace(files({ config: 'one', known_hosts: 'two' }));
    const bases = MergeBases.read(home, FOLDER);
    assert.equal(shown(bases.get('config', hashOf('one'))), 'one');
    assert.equal(bases.get('config', hashOf('two')), undefined);
    assert.equal(bases.get('other', hashOf('one')), undefined);
    assert.equal(MergeBases.read(home, '/elsewhere').get('config', hashOf('one')), undefined);
  });

  it('asks only for contents that it does not have, and writes only when something is new', () => {
    const home = makeHome();
    const path = `${folderFile(home, FOLDER)}.bases`;
    const bases = MergeBases.read(home, FOLDER);
    bases.replace(files({ config: 'one', known_hosts: 'two' }));
    const before = statSync(path, { bigint: true });
    const asked: string[] = [];
    bases.replace(files({ config: 'one', known_hosts: 'two' }, asked));
    assert.equal(statSync(path, { bigint: true }).ino, before.ino);
    bases.replace(files({ config: 'one', known_hosts: 'three' }, asked));
    assert.deepEqual(asked, ['known_hosts']);
    assert.notEqual(statSync(path, { bigint: true }).ino, before.ino);
  });

  it('forgets what is no longer common', () => {
    const home = makeHome();
    const bases = MergeBases.read(home, FOLDER);
    bases.replace(files({ config: 'one' }));
    bases.replace(files({}));
    assert.equal(MergeBases.read(home, FOLDER).get('config', hashOf('one')), undefined);
  });

  it('keeps no content under the hash of another one', () => {
    const bases = MergeBases.read(makeHome(), FOLDER);
    bases.replace(new Map([['config', { hash: hashOf('common'), content: () => utf8('edited since') }]]));
    assert.equal(bases.get('config', hashOf('common')), undefined);
  });

  it('has nothing when its file is damaged', () => {
    const home = makeHome();
    MergeBases.read(home, FOLDER).replace(files({ config: 'one' }));
    const path = `${folderFile(home, FOLDER)}.bases`;
    writeFileSync(path, readFileSync(path).subarray(0, -1));
    assert.equal(MergeBases.read(home, FOLDER).get('config', hashOf('one')), undefined);
  });
});
