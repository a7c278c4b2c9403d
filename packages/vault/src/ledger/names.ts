import { utf8 } from '@orrery/bytes';
import { MAX_NAME_BYTES } from '../limits.ts';

const USERNAME = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;
const MACHINE_NAME = /^[\p{L}\p{N}](?:[\p{L}\p{N} ._-]{0,30}[\p{L}\p{N}])?$/u;

/** Usernames: 1 to 64 of a-z, 0-9, dot, hyphen, underscore; a letter or digit at both ends. */
export function isUsername(name: string): boolean {
  return USERNAME.test(name);
}

/** Letters that nobody sees, such as U+3164: a name with one looks like another. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;

/** Scripts whose letters are taken for those of another of them: each name keeps to one. */
const LOOKALIKES = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u];

/**
 * Machine names: 1 to 32 letters and digits of any script, with blanks, dots, hyphens and underscores inside; in normal
 * form C, at most 64 bytes of UTF-8, nothing invisible, and not of two scripts whose letters look alike.
 */
export function isMachineName(name: string): boolean {
  return (
    MACHINE_NAME.test(name) &&
    name.normalize('NFC') === name &&
    utf8(name).length <= MAX_NAME_BYTES &&
    !INVISIBLE.test(name) &&
    LOOKALIKES.filter((script) => script.test(name)).length <= 1
  );
}
