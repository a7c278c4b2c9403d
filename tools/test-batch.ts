import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import type { TestGroup } from './test-files.ts';

/**
 * Registers the tests of several files in this process, each file inside a suite of its own, so that hooks at the
 * top of one file do not reach the others. A file that cannot be loaded is a failed test.
 */
export function loadTests(root: string, { files, browser }: TestGroup): void {
  if (browser) preferBrowser();
  for (const file of files) {
    suite(browser ? `${file} (browser)` : file, async () => {
      try {
        await import(pathToFileURL(join(root, file)).href);
      } catch (error) {
        test('the file can be loaded', () => {
          throw error;
        });
      }
    });
  }
}

/** What `node -C browser` does, for everything imported from now on. */
function preferBrowser(): void {
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: ['browser', ...context.conditions] }),
  });
}
