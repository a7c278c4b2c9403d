import type { ByteString } from './tokens.ts';

/**
 * Stands for the home directory in parsed text. No byte has this character, so it is not mistaken for a byte; in
 * stored bytes it is NUL `home` NUL.
 */
export const homeMark = '\u0100';

/** Encloses, in front of the mark, the hexadecimal spelling that a Windows path had where it was written. */
export const spellingMark = '\u0101';

/** Stored text to parsed text: marks become single characters, every other NUL stays. */
export function readHomeMarks(text: ByteString): ByteString {
  return text.replaceAll(/\0home((?:[0-9a-f]{2})*)\0/g, (_, spelling: string) =>
    spelling === '' ? homeMark : spellingMark + spelling + homeMark,
  );
}

/** Parsed text to stored text. */
export function writeHomeMarks(text: ByteString): ByteString {
  return text.replaceAll(
    /(?:\u0101([0-9a-f]*))?\u0100/g,
    (_, spelling: string | undefined) => `\0home${spelling ?? ''}\0`,
  );
}
