import { getSystemErrorMessage } from 'node:util';

/** Why something failed, in the words of the system where it is an error of the system. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!('errno' in error) || typeof error.errno !== 'number') return error.message;
  const text = getSystemErrorMessage(error.errno);
  return text === undefined ? error.message : text.charAt(0).toUpperCase() + text.slice(1);
}
