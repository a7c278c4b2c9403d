import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, afterEach, describe, it, mock } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createLog } from '../log.ts';
import { FileReaders } from './file-readers.ts';

// What the processes are started as.
process.argv[1] = resolve(import.meta.dirname, '../../../../../bin/qsshd');

const folder = mkdtempSync('/run/orrery-file-readers-');
after(() => rmSync(folder, { recursive: true, force: true }));
chmodSync(folder, 0o711);
const file = join(folder, 'principals');
writeFileSync(file, 'anna\n');

const UNREADABLE = 'it cannot be read';
const own = process.getuid?.() ?? 0;

let log: string[] = [];
let readers = new FileReaders(createLog('QUIET', () => undefined));
const stopped = new Set<number>();
readers.stop();

/** New ones, whose first process is there. */
async function begin(): Promise<void> {
  log = [];
  readers = new FileReaders(createLog('DEBUG', (line) => log.push(line)));
  assert.equal(await read(own), 'anna');
}

afterEach(async () => {
  for (const pid of stopped) resume(pid);
  readers.stop();
  while (processes().length > 0) await pause(5);
});

async function read(uid: number): Promise<string> {
  const wanted = { kind: 'principal', names: ['anna'] } as const;
  const found = await readers.read({ path: file, uid, gid: 0, home: '/', isStrict: false, wanted });
  return typeof found === 'string' ? found : new TextDecoder().decode(found);
}

/** The processes that read files and have not ended, in the order of their start. */
function processes(): number[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  return children.map(Number).filter((pid) => pid !== 0);
}

function theProcess(): number {
  const pid = processes().at(-1);
  assert.ok(pid !== undefined, 'a process reads files');
  return pid;
}

function hang(): number {
  const pid = theProcess();
  process.kill(pid, 'SIGSTOP');
  stopped.add(pid);
  return pid;
}

function resume(pid: number): void {
  stopped.delete(pid);
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // it was ended
  }
}

async function untilLogged(times: number): Promise<void> {
  while (log.filter((line) => line.includes('takes long to be read')).length < times) await pause(5);
}

describe('FileReaders', () => {
  it('has a new process for the user whose file the last one ended with', async () => {
    await begin();
    const first = hang();
    const answer = read(own);
    process.kill(first, 'SIGKILL');
    assert.equal(await answer, UNREADABLE);
    await pause(300); // longer than it would have been waited for
    assert.equal(await read(own), 'anna');
    assert.equal(processes().length, 1);
  });

  it('has the questions of others answered by a new process if one ends', async () => {
    await begin();
    const first = hang();
    const answers = [read(1), read(2), read(1)];
    process.kill(first, 'SIGKILL');
    assert.deepEqual(await Promise.all(answers), [UNREADABLE, 'anna', 'anna']);
  });

  it('goes on with the process that cannot become a user', async () => {
    await begin();
    const first = theProcess();
    assert.deepEqual(await Promise.all([read(0xff_ff_ff_ff), read(own)]), [UNREADABLE, 'anna']);
    assert.deepEqual(processes(), [first]);
  });

  it('keeps no process that waits once it rests, and answers all the same', async () => {
    await begin();
    readers.rest();
    while (processes().length > 0) await pause(5);
    assert.equal(await read(own), 'anna');
    const first = hang();
    const answer = read(own);
    readers.rest();
    resume(first);
    assert.equal(await answer, 'anna');
    readers.stop();
    readers = new FileReaders(createLog('QUIET', () => undefined));
    const early = read(own); // before its process has started
    readers.rest();
    assert.equal(await early, 'anna');
  });

  it('lets users take turns, whoever asks most', async () => {
    await begin();
    const first = hang();
    const order: number[] = [];
    const answers = [1, 1, 1, 1, 2, 3, 2].map((uid) => read(uid).then(() => order.push(uid)));
    resume(first);
    await Promise.all(answers);
    assert.deepEqual(order, [1, 1, 2, 3, 1, 2, 1]);
  });

  it('keeps at most 1024 questions of one user', async () => {
    await begin();
    const first = hang();
    const answers = Array.from({ length: 1030 }, () => read(1));
    const others = read(2);
    assert.deepEqual(await Promise.all(answers.slice(1025)), Array(5).fill(UNREADABLE));
    resume(first);
    assert.deepEqual(new Set(await Promise.all(answers.slice(0, 1025))), new Set(['anna']));
    assert.equal(await others, 'anna');
  });

  it('gives up a file that takes long beside those of 16 others, but not beside those that are read', async () => {
    await begin();
    const slow: { readonly pid: number; readonly answer: Promise<string> }[] = [];
    for (let uid = 1; uid <= 16; uid += 1) {
      slow.push({ pid: hang(), answer: read(uid) });
      await untilLogged(uid);
      assert.equal(await read(own), 'anna');
    }
    hang();
    assert.equal(await read(17), UNREADABLE);
    assert.equal(await read(own), 'anna');
    resume(slow[0]?.pid ?? 0);
    assert.equal(await slow[0]?.answer, 'anna');
    const last = { pid: hang(), answer: read(18) };
    await untilLogged(18);
    assert.equal(await read(own), 'anna');
    while (processes().length > 17) await pause(5);
    for (const { pid, answer } of [...slow.slice(1), last]) {
      resume(pid);
      assert.equal(await answer, 'anna');
    }
  });

  it('waits a minute for a process to start', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      readers = new FileReaders(createLog('QUIET', () => undefined));
      hang();
      const answer = read(own);
      mock.timers.tick(60_000);
      assert.equal(await answer, UNREADABLE);
      assert.equal(await read(own), 'anna');
    } finally {
      mock.timers.reset();
    }
  });

  it('has nothing left of a slow process that has ended', async () => {
    await begin();
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const slow = async (times: number): Promise<{ pid: number; answer: Promise<string> }> => {
        const pid = hang();
        const answer = read(1);
        mock.timers.tick(200);
        assert.equal(log.filter((line) => line.includes('takes long')).length, times);
        return { pid, answer };
      };
      const first = await slow(1);
      process.kill(first.pid, 'SIGKILL');
      assert.equal(await first.answer, UNREADABLE);
      assert.equal(await read(own), 'anna');
      const second = await slow(2);
      assert.equal(await read(own), 'anna');
      mock.timers.tick(119_900); // what the first would have been given
      const more = read(1);
      assert.equal(await read(own), 'anna');
      assert.equal(processes().length, 2);
      assert.equal(
        log.some((line) => line.includes('it takes too long')),
        false,
      );
      resume(second.pid);
      assert.deepEqual(await Promise.all([second.answer, more]), ['anna', 'anna']);
    } finally {
      mock.timers.reset();
    }
  });
});
