import assert from 'node:assert/strict';
import { writeFileSync, readdirSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Scratch } from '../testing/scratch.ts';
import { checkFileName, foldFileName } from './name.ts';

const character = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code));
const name = fc.oneof(
  fc.string({ unit: character, maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...Array.from('/\\.:~ -\0\n1aA\u00df\u0130\ud800')), maxLength: 6 }),
  fc.constantFrom('..', 'con', 'LPT1.txt', 'id_ed25519', '.orrery-tmp-x'),
);

test('checkFileName allows the names that people give their files', () => {
  const fine = [
    'id_ed25519',
    'id_rsa.pub',
    'config',
    'known_hosts',
    'clé privée',
    '鍵',
    '🔑',
    '.hidden',
    'a-b',
    'a b',
    'x~',
  ];
  const close = [
    'console',
    'com',
    'com10',
    'nul-key',
    'lpt1x',
    'prefix~1',
    'a.b~1',
    '...a',
    'longer_than~1',
    'a'.repeat(255),
  ];
  const refused = [...fine, ...close].filter((each) => checkFileName(each) !== undefined);
  assert.deepEqual(refused, ['prefix~1']);
});

test('checkFileName says why it refuses a name', () => {
  const reasons = {
    '': 'it is empty',
    '..': 'it means a folder',
    '.': 'it means a folder',
    '-oProxyCommand=x': 'it begins with a dash, which programs take for an option',
    '../.bashrc': 'it holds a path separator',
    'a\\b': 'it holds a path separator',
    'a\0': 'it holds a control character',
    'a\nb': 'it holds a control character',
    'a\u009bb': 'it holds a control character',
    'a\u202eb': 'it holds an invisible character',
    'a\u200bb': 'it holds an invisible character',
    'a\u2028b': 'it holds an invisible character',
    'a\ufe0f': 'it holds an invisible character',
    'a\ud800': 'it holds half of a surrogate pair',
    'config:stream': 'it holds a character that Windows does not allow',
    'config.': 'it ends with a dot or blank, which Windows drops',
    'config ': 'it ends with a dot or blank, which Windows drops',
    'config\u00a0': 'it ends with a dot or blank, which Windows drops',
    con: 'it names a device on Windows',
    'NUL.txt': 'it names a device on Windows',
    'Aux .pub': 'it names a device on Windows',
    'COM¹': 'it names a device on Windows',
    'AUTHOR~1': 'it can be the short name of another file on Windows',
    'ID_RSA~1.PUB': 'it can be the short name of another file on Windows',
    '.orrery-tmp-x': 'it is the name of a temporary file',
    '.ORRERY-TMP-x': 'it is the name of a temporary file',
  };
  assert.deepEqual(
    Object.fromEntries(Object.keys(reasons).map((each) => [each, checkFileName(each)])),
    reasons,
  );
});

test('checkFileName counts bytes, not characters', () => {
  assert.equal(checkFileName('é'.repeat(127)), undefined);
  assert.equal(checkFileName('é'.repeat(128)), 'it is longer than 255 bytes');
});

test('checkFileName allows only what makes exactly that one entry in a folder', () => {
  using scratch = new Scratch();
  fc.assert(
    fc.property(name, (each) => {
      if (checkFileName(each) !== undefined) return;
      writeFileSync(scratch.file(each), '');
      assert.deepEqual(readdirSync(scratch.path), [each]);
      rmSync(scratch.file(each));
    }),
    { numRuns: 1000 },
  );
});

test('foldFileName makes names equal that can be one file', () => {
  const same = [
    ['ID_RSA', 'id_rsa'],
    ['é', 'e\u0301'],
    ['É', 'e\u0301'],
    ['straße', 'STRASSE'],
    ['\u212a', 'k'],
    ['\u017f', 's'],
    ['ς', 'σ'],
    ['Å', '\u212b'],
    ['ﬁ', 'FI'],
  ];
  for (const [a = '', b = ''] of same) assert.equal(foldFileName(a), foldFileName(b), `${a} ${b}`);
  assert.equal(foldFileName('E\u0301'), '\u00e9');
  assert.notEqual(foldFileName('a'), foldFileName('b'));
  assert.notEqual(foldFileName('e'), foldFileName('é'));
});

test('foldFileName is the same for every spelling of a name', () => {
  const spellings = [
    foldFileName,
    (each: string) => each.normalize('NFC'),
    (each: string) => each.normalize('NFD'),
    // Unicode 3.13, D145: caseless matching starts from NFD.
    (each: string) => each.normalize('NFD').toLowerCase(),
    (each: string) => each.normalize('NFD').toUpperCase(),
  ];
  const words = fc.oneof(
    name,
    fc.string({
      unit: fc.constantFrom(...Array.from('aΣσςſßıİiẞ\u0345\u0301\u0307\u0323ᾳǰŉ')),
      maxLength: 6,
    }),
  );
  fc.assert(
    fc.property(words, fc.constantFrom(...spellings), (each, spell) => {
      assert.equal(foldFileName(spell(each)), foldFileName(each));
    }),
    { numRuns: 3000 },
  );
});

test('foldFileName is the same for every spelling of every character', () => {
  for (let code = 0; code <= 0x10ffff; code += 1) {
    const each = String.fromCodePoint(code);
    const folded = foldFileName(each);
    for (const spelling of [folded, each.toLowerCase(), each.toUpperCase(), each.normalize('NFD')])
      if (spelling !== each) assert.equal(foldFileName(spelling), folded, `U+${code.toString(16)}`);
  }
});
