import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Gives `action` a new folder that holds these files, and removes it afterwards. */
export async function withFiles<T>(
  files: Readonly<Record<string, string>>,
  action: (folder: string) => T | Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-tools-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return await action(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
