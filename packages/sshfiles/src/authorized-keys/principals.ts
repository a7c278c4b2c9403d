// Files of principals (sshd_config(5), AuthorizedPrincipalsFile), read as OpenSSH's auth2-pubkeyfile.c does.
import { utf8 } from '@orrery/bytes';
import { optionsEnd } from '@orrery/keys';
import { type ByteString, fromByteString, toByteString } from '../config/tokens.ts';
import { parseKeyOptions } from './options.ts';
import { maxAuthorizedKeysBytes } from './parse.ts';
import { noRestrictions, restrictionsOf, type KeyRestrictions } from './restrictions.ts';

/** A principal that a file names, and what whoever logs in by it may do. */
export interface AuthorizedPrincipal {
  readonly principal: string;
  readonly restrictions: KeyRestrictions;
  /** The line that says so, as it stands. */
  readonly line: Uint8Array;
}

/**
 * The first line that names one of the principals of a certificate; undefined if none does. Lines whose options are not
 * understood count for nothing.
 * @throws {RangeError} for more than `maxAuthorizedKeysBytes`.
 */
export function findPrincipal(
  bytes: Uint8Array,
  principals: readonly string[],
): AuthorizedPrincipal | undefined {
  if (bytes.length > maxAuthorizedKeysBytes)
    throw new RangeError(
      `Cannot parse principals of ${bytes.length} bytes: at most ${maxAuthorizedKeysBytes} are allowed`,
    );
  const names = new Map(principals.map((name) => [toByteString(utf8(name)), name]));
  for (const line of toByteString(bytes).split('\n')) {
    const text = withoutBlanks(line.split(/[#\0]/, 1)[0] ?? '');
    const options = text.slice(0, Math.max(text.lastIndexOf(' '), text.lastIndexOf('\t')) + 1);
    const name = text.slice(options.length);
    const principal = name === '' ? undefined : names.get(name);
    const restrictions = principal === undefined ? undefined : readRestrictions(options);
    if (principal !== undefined && restrictions !== undefined)
      return { principal, restrictions, line: fromByteString(line) };
  }
  return undefined;
}

/** Step by step: an expression for the blanks at the end tries each of those before it, and the file is a user's. */
function withoutBlanks(text: ByteString): ByteString {
  const isBlank = (at: number): boolean => text[at] === ' ' || text[at] === '\t';
  let [start, end] = [0, text.length];
  while (start < end && isBlank(start)) start += 1;
  while (end > start && isBlank(end - 1)) end -= 1;
  return text.slice(start, end);
}

function readRestrictions(options: string): KeyRestrictions | undefined {
  if (options === '') return noRestrictions;
  const end = optionsEnd(options, 0);
  if (end === undefined) return undefined;
  try {
    return restrictionsOf(parseKeyOptions(options.slice(0, end)));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
