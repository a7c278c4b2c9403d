// Files of principals (sshd_config(5), AuthorizedPrincipalsFile), read as OpenSSH's auth2-pubkeyfile.c does.
import { utf8 } from '@orrery/bytes';
import { optionsEnd } from '@orrery/keys';
import { toByteString } from '../config/tokens.ts';
import { parseKeyOptions } from './options.ts';
import { maxAuthorizedKeysBytes } from './parse.ts';
import { noRestrictions, restrictionsOf, type KeyRestrictions } from './restrictions.ts';

/** A principal that a file names, and what whoever logs in by it may do. */
export interface AuthorizedPrincipal {
  readonly principal: string;
  readonly restrictions: KeyRestrictions;
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
    const text = (line.split(/[#\0]/, 1)[0] ?? '').replace(/^[ \t]+|[ \t]+$/g, '');
    const [, options = '', name] = /^(.*[ \t])?([^ \t]+)$/.exec(text) ?? [];
    const principal = name === undefined ? undefined : names.get(name);
    const restrictions = principal === undefined ? undefined : readRestrictions(options);
    if (principal !== undefined && restrictions !== undefined) return { principal, restrictions };
  }
  return undefined;
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
