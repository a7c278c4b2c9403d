import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';
import { KeyFolder } from '../testing/ssh-keygen.ts';
import { parseAllowedSigners } from './allowed-signers.ts';
import { findPrincipals, isAllowedSigner, matchPrincipals } from './find-signers.ts';
import { parseSshsig } from './sshsig.ts';

const folder = new KeyFolder();
after(() => folder.remove());
for (const name of ['ca', 'key', 'other']) folder.generate(name, 'ed25519');
const message = utf8('hello');
folder.run('-q', '-s', 'ca', '-I', 'id', '-n', 'alice,b?,bobby', '-V', '20200101Z:20400101Z', 'key.pub');
for (const [file, key] of [
  ['plain.sig', 'key'],
  ['certified.sig', 'key-cert.pub'],
] as const)
  writeFileSync(join(folder.path, file), folder.feed(message, '-Y', 'sign', '-n', 'file', '-f', key));

const TIME = Date.UTC(2030, 0, 1);
const at = ['-O', 'verify-time=20300101Z'];
const key = folder.text('key.pub').trim();
const ca = folder.text('ca.pub').trim();
const other = folder.text('other.pub').trim();

/** Files of allowed signers, and for alice: whether the plain and the certified signature are hers. */
const files: readonly (readonly [text: string, plain: boolean, certified: boolean])[] = [
  [`alice ${key}`, true, false],
  [`\t bob,al* ${key}\r`, true, false],
  [`# alice\n\n"alice" ${key}`, true, false],
  [`"bob smith,alice" ${key}`, true, false],
  [`bob ${key}`, false, false],
  [`*,!alice ${key}`, false, false],
  [`alice ${other}`, false, false],
  [`alice ${folder.text('key-cert.pub').trim()}`, false, true],
  [`alice cert-authority ${ca}`, false, true],
  [`alice CERT-AUTHORITY,namespaces="file,git" ${ca}`, false, true],
  [`al*,bob cert-authority ${ca}`, false, true],
  [`alice ${ca}`, false, false],
  [`alice cert-authority ${key}`, false, false],
  [`alice namespaces="file" ${key}`, true, false],
  [`alice namespaces="f*,!file" ${key}`, false, false],
  [`alice namespaces="git" ${key}`, false, false],
  [`alice valid-after="20300101Z" ${key}`, true, false],
  [`alice valid-after="20300101000001Z" ${key}`, false, false],
  [`alice valid-before="20300101Z" ${key}`, true, false],
  [`alice valid-before="202912312359Z" ${key}`, false, false],
  [`alice valid-after="20290101",valid-before="20310101" ${key}`, true, false],
  [`alice valid-before="20291231Z" ${key}\nalice ${key}`, true, false],
  [`alice valid-after="20310101",valid-before="20290101" ${key}`, false, false],
  [`alice valid-after=20200101 ${key}`, false, false],
  [`alice namespaces="a",namespaces="file" ${key}`, false, false],
  [`alice ,,namespaces="file" ${key}`, true, false],
  [`alice cert-authority, ${ca}`, false, false],
  [`alice no-touch-required ${key}`, false, false],
  [`alice namespaces="file ${key}`, false, false],
  [`alice bad\nalice ${key}`, true, false],
  ['alice', false, false],
];

for (const [text, plain, certified] of files)
  test(`allowed signers ${JSON.stringify(text.replaceAll(/AAAA\S+/g, '...'))} are read as by ssh-keygen`, () => {
    writeFileSync(join(folder.path, 'allowed'), `${text}\n`);
    const { signers } = parseAllowedSigners(folder.text('allowed'));
    for (const [file, expected] of [
      ['plain.sig', plain],
      ['certified.sig', certified],
    ] as const) {
      const args = ['-Y', 'verify', '-f', 'allowed', '-I', 'alice', '-n', 'file', ...at, '-s', file];
      assert.equal(folder.tryWith(message, ...args).status === 0, expected, `${file}, ssh-keygen`);
      const sshsig = parseSshsig(folder.text(file));
      assert.equal(isAllowedSigner(signers, sshsig, 'alice', TIME), expected, file);
      const found = folder.try('-Y', 'find-principals', '-f', 'allowed', ...at, '-s', file);
      assert.equal(
        findPrincipals(signers, sshsig, TIME)
          .map((name) => `${name}\n`)
          .join(''),
        found.stdout,
        file,
      );
    }
  });

test('findPrincipals gives the first line of the key, and of a certificate the names that its CA may give', () => {
  const find = (text: string, file: string): readonly string[] => {
    writeFileSync(join(folder.path, 'allowed'), text);
    const { stdout } = folder.try('-Y', 'find-principals', '-f', 'allowed', ...at, '-s', file);
    const found = findPrincipals(parseAllowedSigners(text).signers, parseSshsig(folder.text(file)), TIME);
    assert.deepEqual(found, stdout.split('\n').slice(0, -1));
    return found;
  };
  assert.deepEqual(find(`bob ${other}\ncarl,d* ${key}\nalice ${key}\n`, 'plain.sig'), ['carl', 'd*']);
  assert.deepEqual(find(`b*,alice cert-authority ${ca}\n`, 'certified.sig'), ['b?', 'bobby', 'alice']);
  assert.deepEqual(find(`zed cert-authority ${ca}\nbo* cert-authority ${ca}\n`, 'certified.sig'), ['bobby']);
  assert.deepEqual(find(`alice cert-authority ${other}`, 'certified.sig'), []);
});

test('findPrincipals leaves out whom the line excepts; ssh-keygen finds them, and then does not verify them', () => {
  const { signers } = parseAllowedSigners(`*,!bobby cert-authority ${ca}`);
  const sshsig = parseSshsig(folder.text('certified.sig'));
  assert.deepEqual(findPrincipals(signers, sshsig, TIME), ['alice', 'b?']);
  assert.equal(isAllowedSigner(signers, sshsig, 'bobby', TIME), false);
});

test('matchPrincipals gives the principals of every line for somebody, as ssh-keygen does', () => {
  const text = `alice,b* ${key}\n# x\nbob,carl namespaces="git" ${other}\n*,!bob ${other}\nzed ${key}\n`;
  writeFileSync(join(folder.path, 'allowed'), text);
  const { signers } = parseAllowedSigners(text);
  for (const [name, expected] of [
    ['bob', ['alice,b*', 'bob,carl']],
    ['zed', ['*,!bob', 'zed']],
  ] as const) {
    assert.deepEqual(matchPrincipals(signers, name), expected);
    const { stdout } = folder.try('-Y', 'match-principals', '-f', 'allowed', '-I', name);
    assert.deepEqual(stdout.trim().split('\n'), expected);
  }
});

test('isAllowedSigner ends with the certificate', () => {
  const { signers } = parseAllowedSigners(`alice cert-authority ${ca}`);
  const sshsig = parseSshsig(folder.text('certified.sig'));
  const end = Date.UTC(2040, 0, 1);
  assert.equal(isAllowedSigner(signers, sshsig, 'alice', end - 1), true);
  assert.equal(isAllowedSigner(signers, sshsig, 'alice', end), false);
});

test('parseAllowedSigners says which lines it cannot read, and why', () => {
  const never = 'valid-after="20310101",valid-before="20310101"';
  const text = `alice ${key}\nbob valid-after="soon" ${key}\nbob AAAA\nbob ${never} ${key}\n`;
  const { signers, unreadable } = parseAllowedSigners(text);
  assert.equal(signers.length, 1);
  assert.deepEqual(unreadable, [
    { line: 2, reason: '"soon" is no time' },
    { line: 3, reason: 'there is no key' },
    { line: 4, reason: '"valid-before" is not behind "valid-after"' },
  ]);
});

test('parseAllowedSigners reads any text, and lines of any words', () => {
  const words = fc.constantFrom(
    'alice',
    '"',
    ',',
    ' ',
    '\n',
    'namespaces="',
    'cert-authority',
    '\\"',
    key,
    '=',
    '#',
  );
  const text = fc.array(words).map((parts) => parts.join(''));
  fc.assert(fc.property(fc.oneof(fc.string(), text), (any) => void parseAllowedSigners(any)));
});
