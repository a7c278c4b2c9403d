import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OptionError, readOptions } from './getopt.ts';

const options = { letters: '4Cp:v', long: ['trace'] };
const read = (...words: string[]) => readOptions(words, options);

test('readOptions takes letters in clusters, with values behind them or in the next word', () => {
  const names = [
    { name: 'v', value: '' },
    { name: 'v', value: '' },
    { name: 'p', value: '22' },
  ];
  assert.deepEqual(read('-vvp22', 'host'), { found: names, rest: ['host'], sawEnd: false });
  assert.deepEqual(read('-v', '-vp', '22', 'host'), { found: names, rest: ['host'], sawEnd: false });
  assert.deepEqual(read('-4', '-C').found, [
    { name: '4', value: '' },
    { name: 'C', value: '' },
  ]);
});

test('readOptions takes long names with a value in both spellings', () => {
  assert.deepEqual(read('--trace', 'x').found, [{ name: 'trace', value: 'x' }]);
  assert.deepEqual(read('--trace=a=b').found, [{ name: 'trace', value: 'a=b' }]);
});

test('readOptions stops at the first word that is no option, and after two hyphens', () => {
  assert.deepEqual(read('host', '-v').rest, ['host', '-v']);
  assert.deepEqual(read('-v', '-', '-v').rest, ['-', '-v']);
  assert.deepEqual(read('-v', '--', '-v'), { found: [{ name: 'v', value: '' }], rest: ['-v'], sawEnd: true });
});

test('readOptions refuses unknown letters and missing values by name', () => {
  assert.throws(() => read('-vz'), new OptionError('unknown option -- z'));
  assert.throws(() => read('-:'), new OptionError('unknown option -- :'));
  assert.throws(() => read('--help'), new OptionError('unknown option -- help'));
  assert.throws(() => read('-p'), new OptionError('option requires an argument -- p'));
  assert.throws(() => read('--trace'), new OptionError('option requires an argument -- trace'));
});

test('readOptions gives every word back or says what is wrong with one', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('-v', '-p', '22', '-vp1', 'x', '--', '--trace')), (words) => {
      try {
        const { rest } = readOptions(words, options);
        assert.deepEqual(rest, words.slice(words.length - rest.length));
      } catch (error) {
        assert.ok(error instanceof OptionError);
      }
    }),
  );
});
