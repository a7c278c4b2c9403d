// A folder for one test file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** Is removed after the tests of the file. Not to be called in a hook, which would end it at once. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-interop-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
