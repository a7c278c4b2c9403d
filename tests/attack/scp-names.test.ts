// A server of scp's old protocol that sends names which nobody asked for, to qscp -O.
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ours, runWords } from '../interop/stage/sftp.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-scp-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A program in place of ssh that says these lines, whatever it is asked. */
function liar(name: string, lines: readonly string[]): string {
  const path = join(folder, `${name}.sh`);
  writeFileSync(`${path}.txt`, lines.map((line) => `${line}\n`).join(''), 'latin1');
  writeFileSync(path, `#!/bin/sh\ncat ${path}.txt\ncat > /dev/null\n`);
  chmodSync(path, 0o755);
  return path;
}

function stageFor(name: string): { readonly place: string; readonly target: string } {
  const place = join(folder, name);
  mkdirSync(join(place, 'target'), { recursive: true });
  writeFileSync(join(place, 'target', 'other'), 'mine');
  return { place, target: join(place, 'target') };
}

/** What rcp did with a line. */
function naive(line: string, target: string): void {
  const [, name = ''] = /^C[0-7]{4} [0-9]+ ([^\n]+)$/.exec(line) ?? [];
  writeFileSync(join(target, name), 'evil');
}

describe('qscp -O', { concurrency: true }, () => {
  it('stands where a naive client writes wherever it is told', () => {
    const { place, target } = stageFor('naive');
    naive('C0644 4 ../outside', target);
    naive('C0644 4 other', target);
    assert.ok(existsSync(join(place, 'outside')));
    assert.equal(readFileSync(join(target, 'other'), 'utf8'), 'evil');
  });

  for (const [name, lines, flags] of [
    ['a path upwards', ['C0644 4 ../outside', 'evil'], []],
    ['a path from the root', [`C0644 4 ${folder}/outside`, 'evil'], []],
    ['a file that was not asked for', ['C0644 4 other', 'evil'], []],
    ['a folder that was not asked for', ['D0755 0 wanted', 'C0644 4 x', 'evil'], []],
    ['a folder above', ['D0755 0 ..', 'C0644 4 outside', 'evil'], ['-r']],
    ['the folder itself', ['D0777 0 .', 'E'], ['-rp']],
    ['a folder without a name', ['D0555 0 ', 'E'], ['-rp']],
    ['a path inside of a folder', ['D0755 0 wanted', 'C0644 4 ../../outside', 'evil'], ['-r']],
    ['an end too many', ['E', 'E', 'C0644 4 other', 'evil'], ['-r']],
    ['a size that is none', ['C0644 -4 wanted'], []],
    ['a mode that is none', ['C9999 4 wanted', 'evil'], []],
    ['a line without an end', ['C0644 4 '.padEnd(100_000, 'x')], []],
    ['words for the terminal', ['\x01\x1b[2Jowned', '\x02\x1b[2Jowned'], []],
  ] as const) {
    it(`refuses ${name}`, async () => {
      const { place, target } = stageFor(name);
      const words = [
        ...ours('qscp'),
        '-O',
        '-S',
        liar(name.replaceAll(' ', '-'), lines),
        ...flags,
        'h:wanted',
        target,
      ];
      const { code, stderr } = await runWords(words);
      assert.equal(code, 1);
      assert.deepEqual(readdirSync(place), ['target']);
      assert.ok(!existsSync(join(folder, 'outside')));
      assert.deepEqual(
        readdirSync(target).filter((found) => found !== 'wanted'),
        ['other'],
      );
      assert.equal(readFileSync(join(target, 'other'), 'utf8'), 'mine');
      assert.match(stderr, /^qscp: /);
      assert.ok(!stderr.includes('\x1b'));
    });
  }
});
