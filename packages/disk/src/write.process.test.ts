import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, unlinkSync } from 'node:fs';
import { test } from 'node:test';
import { interruptProgram, runProgram } from '../testing/child.ts';
import { Scratch } from '../testing/scratch.ts';
import { removeStaleTemporaries } from './temporary.ts';

const OLD = 'old';
const NEW = 'new '.repeat(5000);
/** Systems differ in the call behind a rename. */
const RENAME = '?rename,?renameat,?renameat2';
const MARK = '/no/such/folder';

/** A program that replaces `path`, between two calls that can be found in its trace, and prints how it failed. */
function replacing(path: string): string {
  return `
    const mark = () => { try { fs.rmdirSync('${MARK}'); } catch {} };
    let failure = null;
    mark();
    try {
      disk.writeFileAtomic('${path}', new TextEncoder().encode('new '.repeat(5000)), { mode: 0o640, mtimeSeconds: 1000 });
    } catch (error) {
      failure = { code: error.code, message: error.message, hint: error.hint };
    }
    mark();
    fs.writeSync(1, JSON.stringify(failure));`;
}

/** Where a call of the replacement is met: Node itself makes none of these, or none on the folder. */
type Place = (folder: string) => readonly string[];
const at =
  (call: string, when = '1'): Place =>
  () => ['-e', `inject=${call}:ACTION:when=${when}`];
const onFolder =
  (call: string): Place =>
  (folder) => ['-P', folder, '-e', `inject=${call}:ACTION`];

/** Small enough a limit that the content takes two calls to write. */
const LIMITED = ['sh', '-c', 'ulimit -f 8; exec "$@"', 'sh'];

interface Outcome {
  readonly content: string;
  readonly mode: number;
  /** Temporary files left. */
  readonly left: number;
  readonly failure: { readonly code: string; readonly message: string; readonly hint?: string } | null;
}

/** Replaces a file of `OLD` by `NEW` while `action` (as strace names it) happens at the place. */
async function replaceWith(action: string, place: Place, limit: readonly string[] = []): Promise<Outcome> {
  using scratch = new Scratch();
  const path = scratch.write('file', OLD);
  const strace = place(scratch.path).map((word) => word.replace('ACTION', action));
  const { output } = await runProgram(replacing(path), [...limit, 'strace', '-o', '/dev/null', ...strace]);
  const left = readdirSync(scratch.path).filter((name) => name !== 'file');
  const content = readFileSync(path, 'utf8');
  const { mode } = statSync(path);
  assert.deepEqual(removeStaleTemporaries(scratch.path), left);
  assert.deepEqual(readdirSync(scratch.path), ['file']);
  const failure = JSON.parse(output.replaceAll(scratch.path, 'FOLDER') || 'null') as Outcome['failure'];
  return { content, mode: mode & 0o777, left: left.length, failure };
}

test('writeFileAtomic syncs the content before the rename and the folder after it', async () => {
  using scratch = new Scratch();
  const calls = `?open,openat,pwrite64,fchmod,utimensat,fsync,${RENAME},close,?rmdir,?unlinkat`;
  const { trace } = await runProgram(replacing(scratch.write('file', OLD)), [
    'strace',
    '-e',
    `trace=${calls}`,
  ]);
  const [, replacement = ''] = trace.split(MARK);
  const lines = replacement.split('\n').slice(1, -1);
  assert.deepEqual(
    lines.map((line) => line.replace(/\(.*/, '').replace(/^rename.*/, 'rename')),
    ['openat', 'pwrite64', 'fchmod', 'utimensat', 'fsync', 'openat', 'rename', 'fsync', 'close', 'close'],
  );
  assert.match(lines[0] ?? '', /O_WRONLY\|O_CREAT\|O_EXCL\|O_NOFOLLOW\|O_CLOEXEC, 0600\)/);
});

test('writeFileAtomic killed at any call leaves the old or the new file, and a temporary that the next run removes', async () => {
  const killedAt = async (place: Place, limit?: readonly string[]): Promise<string> => {
    const { content, mode, left } = await replaceWith('signal=KILL', place, limit);
    if (content === OLD) return `old ${mode.toString(8)}, ${left} left`;
    return content === NEW ? `new ${mode.toString(8)}, ${left} left` : `half: ${content.length} bytes`;
  };
  const states = await Promise.all([
    killedAt(at('pwrite64')),
    killedAt(at('pwrite64', '2+'), LIMITED),
    killedAt(at('fchmod')),
    killedAt(at('utimensat')),
    killedAt(at('fsync')),
    killedAt(onFolder('?open,openat')),
    killedAt(at(RENAME)),
    killedAt(at('fsync', '2')),
    killedAt(onFolder('close')),
  ]);
  const [before, after] = ['old 600, 1 left', 'new 640, 0 left'];
  assert.deepEqual(states, [before, before, before, before, before, before, before, after, after]);
});

test('writeFileAtomic on a full disk names the file, says what to do and leaves everything as it was', async () => {
  const full = {
    content: OLD,
    mode: 0o600,
    left: 0,
    failure: {
      code: 'ENOSPC',
      message: 'Cannot write "FOLDER/file": no space left on device',
      hint: 'that file is as it was: free some space on this disk, then try again',
    },
  };
  const outcomes = await Promise.all([
    replaceWith('error=ENOSPC', at('pwrite64')),
    replaceWith('error=ENOSPC', at('pwrite64', '2+'), LIMITED),
    replaceWith('error=ENOSPC', at('fsync')),
  ]);
  assert.deepEqual(outcomes, [full, full, full]);
});

test('writeFileAtomic leaves the old file and no temporary when any of its calls fails', async () => {
  const failAt = async (error: string, place: Place, limit?: readonly string[]): Promise<unknown> => {
    const { content, left, failure } = await replaceWith(`error=${error}`, place, limit);
    assert.deepEqual({ content, left }, { content: OLD, left: 0 });
    return failure?.code;
  };
  const codes = await Promise.all([
    failAt('EFBIG', at('pwrite64', '2+'), LIMITED),
    failAt('EPERM', at('fchmod')),
    failAt('EROFS', at('utimensat')),
    failAt('EIO', at('fsync')),
    failAt('EMFILE', onFolder('?open,openat')),
    failAt('EBUSY', at(RENAME)),
  ]);
  assert.deepEqual(codes, ['EFBIG', 'EPERM', 'EROFS', 'EIO', 'EMFILE', 'EBUSY']);
});

test('writeFileAtomic says when the new file stands but its folder could not be synced', async () => {
  const [broken, impossible] = await Promise.all([
    replaceWith('error=EIO', at('fsync', '2')),
    replaceWith('error=EINVAL', at('fsync', '2')),
  ]);
  assert.deepEqual(broken, {
    content: NEW,
    mode: 0o640,
    left: 0,
    failure: {
      code: 'not-synced',
      message:
        'Cannot make the change in "FOLDER" last: it is done, but syncing the folder failed: i/o error',
    },
  });
  assert.deepEqual(impossible, { content: NEW, mode: 0o640, left: 0, failure: null });
});

test('writeFileAtomic sees what others do to the file while it writes', async () => {
  const disturbed = async (expect: string, disturb: (scratch: Scratch) => void): Promise<unknown> => {
    using scratch = new Scratch();
    const path = scratch.link('link', scratch.write('file', OLD));
    const program = `
      const path = '${path}';
      const expect = ${expect};
      try { disk.writeFileAtomic(path, new Uint8Array(9), { mode: 0o600, expect }); } catch (error) {
        fs.writeSync(1, error.message);
      }`;
    const output = await interruptProgram(program, ['-e', 'trace=fsync', ...at('fsync')(scratch.path)], () =>
      disturb(scratch),
    );
    assert.equal(readFileSync(scratch.file('file'), 'utf8'), 'odd');
    return output.replaceAll(scratch.path, 'FOLDER');
  };
  const outputs = await Promise.all([
    disturbed('disk.statRegularFile(path)', (scratch) => scratch.write('file', 'odd')),
    disturbed('undefined', (scratch) => {
      scratch.write('file', 'odd');
      unlinkSync(scratch.file('link'));
      scratch.link('link', scratch.write('other', 'odd'));
    }),
  ]);
  assert.deepEqual(outputs, [
    'Cannot write "FOLDER/link": it was changed meanwhile',
    'Cannot write "FOLDER/link": it leads to another file by now',
  ]);
});

test('removeFile syncs the folder', async () => {
  using scratch = new Scratch();
  const path = scratch.write('file', OLD);
  const program = `disk.removeFile('${path}', { expect: disk.statRegularFile('${path}') });`;
  const { trace } = await runProgram(program, [
    'strace',
    '-P',
    scratch.path,
    '-P',
    path,
    '-e',
    'trace=?unlink,?unlinkat,fsync',
  ]);
  const calls = trace.split('\n').filter((line) => /^\w+\(/.test(line));
  assert.deepEqual(
    calls.map((line) => line.replace(/\(.*/, '').replace('unlinkat', 'unlink')),
    ['unlink', 'fsync'],
  );
});
