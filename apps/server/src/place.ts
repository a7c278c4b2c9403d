import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DiskError, LockedError } from '@orrery/disk';
import { ExpectedError } from '@orrery/terminal';

/** Demands that the folder of a file to be written is there. @throws {ExpectedError} */
export function demandFolder(action: string, file: string): void {
  const folder = dirname(file);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new ExpectedError(`Cannot ${action} "${file}": there is no folder "${folder}"`, {
    hint: `make it, for the user that this server runs as: mkdir -p -m 700 ${quoted(folder)}`,
  });
}

/** A failure of the file system with `file`, in words for operators. */
export function explainFile(action: string, file: string, error: unknown): unknown {
  if (error instanceof LockedError)
    return new ExpectedError(`Cannot ${action} "${file}": ${lowerFirst(error.message)}`, {
      hint: 'one server works on a database at a time: stop that one, or choose another file with --database',
    });
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const reason = typeof code === 'string' ? REASONS[code] : undefined;
  if (reason === undefined) return error;
  const hint = error instanceof DiskError ? error.hint : undefined;
  return new ExpectedError(`Cannot ${action} "${file}": ${reason.why}`, { hint: hint ?? reason.hint });
}

const REASONS: Readonly<Record<string, { readonly why: string; readonly hint: string }>> = {
  EACCES: {
    why: 'this user may not write there',
    hint: 'the folder must belong to the user that this server runs as, or choose another one',
  },
  EROFS: { why: 'the disk can only be read', hint: 'choose a folder on another disk' },
  ENOSPC: { why: 'the disk is full', hint: 'free some space on it' },
  EISDIR: { why: 'it is a folder', hint: 'name a file in it' },
};

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** A path as one word of a shell command. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
