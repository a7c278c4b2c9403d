import { utf8 } from '@orrery/bytes';
import { MAX_NAME_BYTES } from '../limits.ts';

const USERNAME = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;
const MACHINE_NAME = /^[\p{L}\p{N}](?:[\p{L}\p{N} ._-]{0,30}[\p{L}\p{N}])?$/u;

/** Usernames: 1 to 64 of a-z, 0-9, dot, hyphen, underscore; a letter or digit at both ends. */
export function isUsername(name: string): boolean {
  return USERNAME.test(name);
}

/**
 * Machine names: 1 to 32 letters and digits of any script, with blanks, dots, hyphens and underscores inside;
 * in normal form C, and at most 64 bytes of UTF-8.
 */
export function isMachineName(name: string): boolean {
  return MACHINE_NAME.test(name) && name.normalize('NFC') === name && utf8(name).length <= MAX_NAME_BYTES;
}
