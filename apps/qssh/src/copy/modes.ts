import type { Attributes } from '@orrery/ssh';

const TYPE = 0o170000;

export function isFolder({ mode = 0 }: Attributes): boolean {
  return (mode & TYPE) === 0o040000;
}

/** A server that does not tell the type means a regular file. */
export function isRegular({ mode }: Attributes): boolean {
  return mode === undefined || (mode & TYPE) === 0o100000;
}

export function isLink({ mode = 0 }: Attributes): boolean {
  return (mode & TYPE) === 0o120000;
}
