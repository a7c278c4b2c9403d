import { closeSync, constants, fsyncSync, openSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import { DiskError, isSystemError } from './error.ts';

/**
 * Runs `change`, which renames or removes something in the folder, and makes that last through a power cut.
 * The folder is opened before, so that a refusal comes while nothing is changed. Windows cannot sync a folder.
 */
export function changeFolder(path: string, change: () => void): void {
  if (process.platform === 'win32') {
    change();
    return;
  }
  const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    change();
    sync(path, folder);
  } finally {
    closeSync(folder);
  }
}

function sync(path: string, folder: number): void {
  try {
    fsyncSync(folder);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    // Some network file systems cannot.
    if (error.code === 'EINVAL') return;
    const reason = getSystemErrorMessage(error.errno);
    const message = `Cannot make the change in "${path}" last: it is done, but syncing the folder failed: ${reason}`;
    throw new DiskError('not-synced', path, message, { cause: error });
  }
}
