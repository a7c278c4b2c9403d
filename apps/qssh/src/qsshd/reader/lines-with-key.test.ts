import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesWithKey } from './lines-with-key.ts';

const key = Uint8Array.from({ length: 51 }, (_, at) => at);
const other = key.map((byte) => byte + 1);
const found = (text: string): string => Buffer.from(linesWithKey(Buffer.from(text), key)).toString();

test('linesWithKey gives the lines with a key as they stand, in their order', () => {
  const [own, others] = [key, other].map((blob) => `ssh-ed25519 ${blob.toBase64()}`);
  assert.equal(found(`# mine\n\n${own} me\r\n${others}\npty ${own}`), `${own} me\r\npty ${own}`);
  assert.equal(found(`${own} ${own}\n${own}\n`), `${own} ${own}\n${own}\n`);
  for (const text of ['', '\n', `${others}\n`, key.toBase64().slice(1)]) assert.equal(found(text), '');
});

test('linesWithKey gives no more than 256 lines, and no more than 64 KiB', () => {
  const word = key.toBase64();
  assert.equal(found(`${word}\n`.repeat(1000)), `${word}\n`.repeat(256));
  const long = `${' '.repeat(30_000)}${word}\n`;
  assert.equal(found(long.repeat(3)), long.repeat(2));
  assert.equal(found(`${' '.repeat(70_000)}${word}\n`), '');
});
