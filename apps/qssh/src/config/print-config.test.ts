import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionTable } from './option-table.ts';
import { fillDefaults, printSettings } from './print-config.ts';
import { Settings } from './settings.ts';

test('printSettings has a place for every option', () => {
  const settings = new Settings();
  for (const keyword of optionTable.keys()) settings.offer(keyword, ['yes']);
  const printed = printSettings('host', settings).map((line) => line.split(' ', 1)[0]?.toLowerCase());
  assert.deepEqual(
    [...optionTable.keys()].filter((keyword) => !printed.includes(keyword)),
    [],
  );
});

test('fillDefaults gives only values that the option itself would take', () => {
  const settings = new Settings();
  fillDefaults(settings);
  const spoken = { ciphers: [], macs: [], kex: [], keys: [], userKeys: [] };
  for (const [keyword, rule] of optionTable) {
    const values = settings.all(keyword);
    if (rule.shape === 'line' || values.length === 0) continue;
    const words = keyword === 'identityfile' ? values.slice(0, 1) : values;
    // A time of none is as if nothing had been said.
    const expected = keyword === 'connecttimeout' ? [] : words;
    assert.deepEqual(rule.read(words, { spoken }), expected, keyword);
  }
});
