// Who may sign what (ssh-keygen(1), ALLOWED SIGNERS).
import { FormatError } from '@orrery/bytes';
import { parseAbsoluteTime } from './absolute-time.ts';
import { type KnownOptions, optionsEnd, parseOptions } from './key-options.ts';
import { parsePublicKeyLine } from './public-key.ts';

/** Longest file of allowed signers, in characters. */
export const MAX_ALLOWED_SIGNERS = 2 ** 23;

/** A key, and whom it signs for. */
export interface AllowedSigner {
  /** Patterns with commas between. */
  readonly principals: string;
  /** The blob of the key, or of that of a CA whose certificates sign. */
  readonly key: Uint8Array;
  readonly isAuthority: boolean;
  /** Patterns with commas between; all namespaces if absent. */
  readonly namespaces?: string;
  /** Seconds since 1970; the first and the last that count. */
  readonly validAfter?: number;
  readonly validBefore?: number;
}

/** A line that lets nobody sign. */
export interface UnreadableSigner {
  /** From 1 on. */
  readonly line: number;
  readonly reason: string;
}

export interface AllowedSigners {
  readonly signers: readonly AllowedSigner[];
  readonly unreadable: readonly UnreadableSigner[];
}

/** Reads a file of allowed signers. @throws {FormatError} only if it is longer than MAX_ALLOWED_SIGNERS. */
export function parseAllowedSigners(text: string): AllowedSigners {
  if (text.length > MAX_ALLOWED_SIGNERS)
    throw new FormatError(
      `Cannot read allowed signers: found ${text.length} characters, at most ${MAX_ALLOWED_SIGNERS} expected`,
    );
  const signers: AllowedSigner[] = [];
  const unreadable: UnreadableSigner[] = [];
  for (const [index, source] of text.split('\n').entries()) {
    const line = source.replace(/^[ \t]+|\r$/g, '');
    if (line === '' || line.startsWith('#')) continue;
    try {
      signers.push(parseSigner(line));
    } catch (error) {
      if (!(error instanceof FormatError || error instanceof SyntaxError)) throw error;
      unreadable.push({ line: index + 1, reason: error.message });
    }
  }
  return { signers, unreadable };
}

function parseSigner(line: string): AllowedSigner {
  const [field = '', quoted, plain = ''] = /^(?:"([^"]*)"|([^" \t]+))[ \t]+/.exec(line) ?? [];
  const principals = quoted ?? plain;
  if (principals === '') throw new FormatError('there are no principals');
  const rest = line.slice(field.length);
  const key = parseKey(rest);
  if (key !== undefined) return { principals, key, isAuthority: false };
  const end = optionsEnd(rest, 0);
  const keyBehind = end === undefined ? undefined : parseKey(rest.slice(end).replace(/^[ \t]+/, ''));
  if (keyBehind === undefined) throw new FormatError('there is no key');
  return { principals, key: keyBehind, ...readOptions(rest.slice(0, end)) };
}

function parseKey(text: string): Uint8Array | undefined {
  try {
    return parsePublicKeyLine(text).blob;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

const known: KnownOptions = {
  flags: new Map([['cert-authority', { negatable: false }]]),
  valued: new Set(['namespaces', 'valid-after', 'valid-before']),
};

/** @throws {SyntaxError} | {FormatError} */
function readOptions(
  text: string,
): Pick<AllowedSigner, 'isAuthority' | 'namespaces' | 'validAfter' | 'validBefore'> {
  if (text.endsWith(',')) throw new FormatError('the options end with a comma');
  const values = new Map<string, string>();
  for (const { name, value } of parseOptions(text, known)) {
    if (value !== undefined && values.has(name)) throw new FormatError(`option "${name}" is repeated`);
    values.set(name, value ?? '');
  }
  const namespaces = values.get('namespaces');
  const validAfter = time(values.get('valid-after'));
  const validBefore = time(values.get('valid-before'));
  if (validAfter !== undefined && validBefore !== undefined && validBefore <= validAfter)
    throw new FormatError('"valid-before" is not behind "valid-after"');
  return {
    isAuthority: values.has('cert-authority'),
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(validAfter === undefined ? {} : { validAfter }),
    ...(validBefore === undefined ? {} : { validBefore }),
  };
}

function time(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const milliseconds = parseAbsoluteTime(text);
  if (milliseconds === undefined) throw new FormatError(`${JSON.stringify(text)} is no time`);
  return milliseconds / 1000;
}
