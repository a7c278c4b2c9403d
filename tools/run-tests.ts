// Test files in one run of node's test runner, with one summary.
import { type EventData, run } from 'node:test';
import { spec } from 'node:test/reporters';

const testTimeout = 10 * 60_000;

/**
 * Runs files of tests, two at a time, and prints how they went. The exit code says whether all is well: a run, a file or a
 * suite without any test is not, and with CI=true neither is a test that was skipped.
 * @param name What the complaints begin with. @param asked For what the files were chosen.
 */
export function runTests(files: readonly string[], name: string, asked: readonly string[]): void {
  const complaints: string[] = [];
  const stream = run({ files: [...files], concurrency: 2, timeout: testTimeout });
  stream.on('test:pass', noteSkipped(complaints));
  stream.on('test:pass', noteEmptyFile(complaints));
  stream.on('test:summary', ({ file, success, counts }) => {
    if (file !== undefined) return;
    if (counts.tests === 0)
      complaints.push(`no test was found${asked.length > 0 ? ` for ${asked.join(' ')}` : ''}`);
    if (!success) process.exitCode = 1;
  });
  stream.once('end', () => {
    for (const complaint of new Set(complaints)) console.error(`${name}: ${complaint}`);
    if (complaints.length > 0) process.exitCode = 1;
  });
  stream.compose(new spec()).pipe(process.stdout);
}

/** A test that does not run proves nothing: CI has everything that a test may need. */
function noteSkipped(complaints: string[]): (event: EventData.TestPass) => void {
  return ({ name, skip, todo }) => {
    if (process.env['CI'] !== 'true') return;
    const why = typeof skip === 'string' ? `: ${skip}` : '';
    if (skip !== undefined && skip !== false) complaints.push(`skipped: ${name}${why}`);
    if (todo !== undefined && todo !== false) complaints.push(`marked as todo: ${name}`);
  };
}

/** The runner counts a file without tests as a passed test, and a suite without tests as passed. */
function noteEmptyFile(complaints: string[]): (event: EventData.TestPass) => void {
  let inside = 0;
  return ({ name, nesting, details, file }) => {
    const isSuite = details.type === 'suite';
    if (nesting > 0) {
      inside += isSuite ? 0 : 1;
      return;
    }
    if (isSuite ? inside === 0 : name === file) complaints.push(`no test in ${name}`);
    inside = 0;
  };
}
