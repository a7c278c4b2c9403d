import { foldFileName } from '@orrery/disk';

/** Characters that a file name has at most (255 bytes in UTF-8). */
const MAX_NAME = 255;

/**
 * Whether a file may be what a config names: `*` stands for any characters, `?` for one. Case counts as little as on
 * the system where it counts least. Takes time in the product of the lengths.
 */
export function isNamedBy(name: string, pattern: string): boolean {
  const text = Array.from(foldFileName(name));
  const wanted = Array.from(foldFileName(pattern));
  let at = 0;
  let star: { readonly after: number; from: number } | undefined;
  let index = 0;
  while (index < text.length) {
    const expected = wanted[at];
    if (expected === '*') star = { after: ++at, from: index };
    else if (expected !== undefined && (expected === '?' || expected === text[index])) {
      at++;
      index++;
    } else if (star === undefined) return false;
    else {
      at = star.after;
      index = ++star.from;
    }
  }
  return wanted.slice(at).every((rest) => rest === '*');
}

/** A pattern as it is kept: runs of `*` are one; undefined if it is longer than any name that it could match. */
export function keptPattern(pattern: string): string | undefined {
  const kept = pattern.replaceAll(/\*+/g, '*');
  return kept.replaceAll('*', '').length > MAX_NAME ? undefined : kept;
}
