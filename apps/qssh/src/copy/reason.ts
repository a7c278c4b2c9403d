import { getSystemErrorMessage } from 'node:util';

/** Why something failed, in the words of the system where it is an error of the system: `No such file or directory`. */
export function reasonOf(error: unknown): string {
  const text = systemText(error);
  if (text !== undefined) return text.charAt(0).toUpperCase() + text.slice(1);
  return error instanceof Error ? error.message : String(error);
}

/** The same with the file that it is about, as far as the system tells it: `"/x": no such file or directory`. */
export function failureText(error: unknown): string {
  const text = systemText(error);
  if (text === undefined) return error instanceof Error ? error.message : String(error);
  return error instanceof Error && 'path' in error ? `"${String(error.path)}": ${text}` : text;
}

function systemText(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('errno' in error) || typeof error.errno !== 'number') return undefined;
  return getSystemErrorMessage(error.errno);
}
