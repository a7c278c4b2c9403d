// sshd(8), AUTHORIZED_KEYS FILE FORMAT, read as OpenSSH's auth2-pubkeyfile.c does.
import { FormatError } from '@orrery/bytes';
import { type PublicKey, optionsEnd, parsePublicKeyLine } from '@orrery/keys';
import { type ByteString, fromByteString, toByteString } from '../config/tokens.ts';
import { parseKeyOptions } from './options.ts';
import { type KeyRestrictions, noRestrictions, restrictionsOf } from './restrictions.ts';

/** Upper bounds of an authorized_keys file: bytes, and bytes of a line that is looked into. */
export const maxAuthorizedKeysBytes = 1 << 23;
const maxLine = 1 << 17;

/** A line that gives nobody access. */
export interface OtherAuthorizedLine {
  readonly kind: 'blank' | 'comment' | 'unreadable';
  /** The exact bytes, line end included. */
  readonly source: ByteString;
  /** Why an unreadable line is that. */
  readonly reason: string;
}

/** A key, and what it may do. */
export interface AuthorizedKey {
  readonly kind: 'key';
  /** The exact bytes, line end included. */
  readonly source: ByteString;
  /** The options as they stand; empty if there are none. */
  readonly options: ByteString;
  readonly restrictions: KeyRestrictions;
  readonly key: PublicKey;
}

export type AuthorizedKeysLine = AuthorizedKey | OtherAuthorizedLine;

export interface AuthorizedKeys {
  readonly lines: readonly AuthorizedKeysLine[];
}

/**
 * Reads authorized_keys without losing a byte: any bytes are such a file, and undefined (no file) is an empty one.
 *
 * @throws {RangeError} for more than `maxAuthorizedKeysBytes`.
 */
export function parseAuthorizedKeys(bytes: Uint8Array = new Uint8Array()): AuthorizedKeys {
  if (bytes.length > maxAuthorizedKeysBytes)
    throw new RangeError(
      `Cannot parse authorized_keys of ${bytes.length} bytes: at most ${maxAuthorizedKeysBytes} are allowed`,
    );
  const sources = toByteString(bytes).match(/[^\n]*\n|[^\n]+$/g) ?? [];
  return { lines: sources.map(parseLine) };
}

/** The bytes of an authorized_keys file: exactly those that it was parsed from. */
export function printAuthorizedKeys(file: AuthorizedKeys): Uint8Array {
  return fromByteString(file.lines.map(({ source }) => source).join(''));
}

/** The lines with a key, in order: the first that fits decides. */
export function authorizedKeysOf(file: AuthorizedKeys): AuthorizedKey[] {
  return file.lines.filter((line) => line.kind === 'key');
}

/** A NUL ends the line for sshd. */
function parseLine(source: ByteString): AuthorizedKeysLine {
  const text = (source.split(/[\0\n]/, 1)[0] ?? '').replace(/^[ \t]+/, '');
  if (text === '') return other('blank', source);
  if (text.startsWith('#')) return other('comment', source);
  if (text.length > maxLine) return other('unreadable', source, 'the line is too long');
  const plain = parseKey(text);
  if (plain !== undefined)
    return { kind: 'key', source, options: '', restrictions: noRestrictions, key: plain };
  const end = optionsEnd(text, 0);
  if (end === undefined) return other('unreadable', source, 'a quote is never closed');
  const key = parseKey(text.slice(end).replace(/^[ \t]+/, ''));
  if (key === undefined) return other('unreadable', source, 'there is no key');
  const options = text.slice(0, end);
  try {
    const restrictions = restrictionsOf(parseKeyOptions(options));
    return { kind: 'key', source, options, restrictions, key };
  } catch (error) {
    if (error instanceof SyntaxError) return other('unreadable', source, error.message);
    throw error;
  }
}

function parseKey(text: ByteString): PublicKey | undefined {
  const [line, type = ''] = /^([^ \t]+)[ \t]+[^ \t\r]+/.exec(text) ?? [];
  if (line === undefined) return undefined;
  const comment = text.slice(line.length).trim();
  try {
    const key = parsePublicKeyLine(line);
    return key.type === type && comment !== '' ? { ...key, comment } : key;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function other(kind: OtherAuthorizedLine['kind'], source: ByteString, reason = ''): OtherAuthorizedLine {
  return { kind, source, reason };
}
