import { getSystemErrorMessage } from 'node:util';

interface Details {
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * Every failure that this package reports. `code` is one of our own words (`too-large`, `changed`, `locked`)
 * or the system's (`ENOSPC`, `EACCES`); `hint`, where there is one, says in one line what to do.
 */
export class DiskError<Code extends string = string> extends Error {
  override readonly name: string = 'DiskError';
  readonly code: Code;
  readonly path: string;
  readonly hint: string | undefined;

  constructor(code: Code, path: string, message: string, { hint, cause }: Details = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.path = path;
    this.hint = hint;
  }
}

export type UnsafeCode =
  | 'not-regular'
  | 'not-folder'
  | 'foreign-owner'
  | 'foreign-link'
  | 'dangling-link'
  | 'writable-by-others'
  | 'too-large'
  | 'unstable';

/** What stands at the path must not be used: the code says why. */
export class UnsafeFileError extends DiskError<UnsafeCode> {
  override readonly name = 'UnsafeFileError';
}

/** The file is another than the caller last saw, so it was left alone. */
export class ChangedError extends DiskError<'changed'> {
  override readonly name = 'ChangedError';

  constructor(path: string, message: string) {
    super('changed', path, message);
  }
}

export function isSystemError(
  error: unknown,
): error is NodeJS.ErrnoException & { code: string; errno: number } {
  return error instanceof Error && 'code' in error && 'errno' in error && typeof error.errno === 'number';
}

/** The error of a file system call as "Cannot ACTION "PATH": reason"; anything else as it is. */
export function explain(action: string, path: string, error: unknown): unknown {
  if (error instanceof DiskError || !isSystemError(error)) return error;
  const message = `Cannot ${action} "${path}": ${getSystemErrorMessage(error.errno)}`;
  return new DiskError(error.code, path, message, { hint: HINTS[error.code], cause: error });
}

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'that file is as it was: free some space on this disk, then try again',
  EDQUOT: 'that file is as it was: remove files of yours on this disk, then try again',
  EROFS: 'that file is as it was: this disk can only be read',
};

/** A path as one word of a shell command, for hints that people paste. */
export function shellWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
