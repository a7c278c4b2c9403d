// A server that sends names which are none, to qscp and qsftp.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { duplexPair } from 'node:stream';
import { after, describe, it } from 'node:test';
import { openSftp, serveSftp } from '@orrery/ssh';
import { ours, runWords } from '../interop/stage/sftp.ts';
import { lyingFiles } from './stage/sftp-liar.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-sftp-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Paths that lead outside of the folder that is copied to, and names that lead nowhere. */
const paths = [
  '../outside',
  `${folder}/outside`,
  'folder/../../outside',
  '..',
  '.',
  '',
  'x/y',
  'zero\0byte',
  '/',
];
/** Names that a file may have, and a terminal should not see. */
const ugly = ['\x1b[2J\x1b]0;owned\x07', 'new\nline', '\x9b2J', '-rf', 'bidi\u202e'];

function liar(names: readonly string[]): string {
  const words = names.map((name) => Buffer.from(name, 'utf8').toString('hex')).filter((word) => word !== '');
  return [process.execPath, resolve(import.meta.dirname, 'stage/sftp-liar.ts'), ...words].join(' ');
}

function stageFor(name: string): { readonly place: string; readonly target: string } {
  const place = join(folder, name);
  const target = join(place, 'target');
  mkdirSync(target, { recursive: true });
  return { place, target };
}

/** What a client does that believes every name: it joins them to paths. */
async function naiveDownload(names: readonly string[], target: string): Promise<void> {
  const [here, there] = duplexPair();
  const served = serveSftp(
    there,
    lyingFiles(() => names.map((name) => Buffer.from(name)).values()),
  );
  const sftp = await openSftp(here);
  for await (const { name } of sftp.readFolder('/evil')) {
    const path = join(target, Buffer.from(name).toString());
    if (!existsSync(path) && !path.includes('\0')) writeFileSync(path, 'evil');
  }
  await sftp.close();
  await served;
}

/** Whether text would act on a terminal. */
function acts(text: string): boolean {
  return /[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xae/.test(text);
}

describe('names that lead outside of a folder', { concurrency: true }, () => {
  it('are believed by a naive client, which writes there', async () => {
    const { place, target } = stageFor('naive');
    await naiveDownload(['../outside'], target);
    assert.ok(existsSync(join(place, 'outside')));
  });

  for (const [program, words] of [
    ['qscp', ['-r', 'h:/evil']],
    ['qsftp', ['-b', '-']],
  ] as const) {
    it(`are left out by ${program}, which copies the rest`, async () => {
      const { place, target } = stageFor(program);
      const server = liar([...paths, 'plain', 'folder']);
      // The folder in the folder has the same names, and so on: only the first two levels are looked at.
      const shallow = liar([...paths, 'plain']);
      const run =
        program === 'qscp'
          ? runWords([...ours('qscp'), '-D', shallow, ...words, target])
          : runWords(
              [...ours('qsftp'), ...words, '-D', shallow],
              `get -r /evil ${target}\nget /evil/* ${target}\n`,
            );
      const { stderr } = await run;
      assert.ok(server.length > shallow.length);
      assert.deepEqual(readdirSync(place), ['target']);
      assert.ok(!existsSync(join(folder, 'outside')));
      const found = readdirSync(target, { recursive: true, encoding: 'utf8' }).toSorted();
      assert.deepEqual(found, program === 'qscp' ? ['evil', 'evil/plain'] : ['evil', 'evil/plain', 'plain']);
      assert.match(stderr, /warning: ignored a name that is none: "\.\.\/outside"\n/);
      assert.ok(!acts(stderr));
    });
  }

  it('do not hold up folders in folders, which end at a depth', async () => {
    const { place, target } = stageFor('deep');
    const { code, stderr } = await runWords([
      ...ours('qscp'),
      '-r',
      '-D',
      liar(['../outside', 'folder']),
      'h:/evil',
      target,
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /Maximum directory depth exceeded: 64 levels/);
    assert.deepEqual(readdirSync(place), ['target']);
  });
});

describe('names and lines that act on a terminal', { concurrency: true }, () => {
  it('act when a naive client prints them', () => assert.ok(acts(ugly[0] ?? '')));

  it('are escaped by qsftp in lists and messages, and by qscp', async () => {
    const { target } = stageFor('ugly');
    const lines = [
      'ls /evil',
      'ls -l /evil',
      'ls -1 /evil',
      'ls -l /evil/*',
      'get -r /evil',
      '-cd /evil/\x1b[2J',
      'pwd',
    ];
    const input = `lcd ${target}\n${lines.join('\n')}\n`;
    const server = liar(ugly);
    const sftp = await runWords([...ours('qsftp'), '-b', '-', '-N', '-D', server], input);
    assert.equal(sftp.code, 0);
    assert.ok(sftp.stdout.includes(String.raw`\x1b[2J\x1b]0;owned\x07`));
    assert.ok(!acts(sftp.stdout) && !acts(sftp.stderr));
    // The server's own line for a file is not shown at all.
    assert.ok(!sftp.stdout.includes('who'));
    const scp = await runWords([...ours('qscp'), '-v', '-D', server, 'h:/evil/*', join(target, 'none')]);
    assert.equal(scp.code, 1);
    assert.ok(!acts(scp.stderr) && !acts(scp.stdout));
  });

  it('keep their bytes as files, without the rights of their owner', async () => {
    const { target } = stageFor('kept');
    for (const flags of ['-r', '-rp']) {
      const copy = join(target, flags);
      const { code } = await runWords([...ours('qscp'), flags, '-D', liar(ugly), 'h:/evil', copy]);
      assert.equal(code, 0);
      assert.deepEqual(readdirSync(copy).toSorted(), ugly.toSorted());
      for (const name of ugly) assert.equal(statSync(join(copy, name)).mode & 0o7000, 0);
    }
  });
});

describe('a folder without an end', () => {
  it('is read by a naive client as long as it comes', async () => {
    const [here, there] = duplexPair();
    function* names(): Generator<Uint8Array, void> {
      for (;;) yield Buffer.from('name');
    }
    const served = serveSftp(there, lyingFiles(names));
    const sftp = await openSftp(here);
    let count = 0;
    for await (const { name } of sftp.readFolder('/evil')) if ((count += name.length) >= 80_000) break;
    await sftp.close();
    await served;
    assert.equal(count, 80_000);
  });

  it('ends for qsftp after a million names', async () => {
    const server = [process.execPath, resolve(import.meta.dirname, 'stage/sftp-liar.ts'), 'endless'].join(
      ' ',
    );
    const { code, stderr } = await runWords([...ours('qsftp'), '-b', '-', '-D', server], 'ls /evil\n');
    assert.equal(code, 1);
    assert.equal(stderr, 'qsftp: ls /evil: more than 1000000 names in a folder\n');
  });
});
