// ssh_config(5), Include.
import { globSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { expandTilde } from './tokens.ts';
import { ValueError } from './value-error.ts';

export interface IncludeBase {
  /** Where relative names begin. */
  readonly folder: string;
  /** A file of the system may not name the home of whoever reads it. */
  readonly isUser: boolean;
  readonly home: string;
}

/** The files that an Include pattern names, in the order of their names. @throws {ValueError} */
export function includedFiles(pattern: string, { folder, isUser, home }: IncludeBase): string[] {
  if (pattern === '') throw new ValueError('keyword include empty argument');
  if (pattern.startsWith('~') && !isUser) throw new ValueError(`bad include path ${pattern}.`);
  const path = expandTilde(pattern, home);
  const absolute = isAbsolute(path) ? path : join(folder, path);
  return /[*?[\]]/.test(absolute) ? globSync(absolute).toSorted() : [absolute];
}
