// Patterns and lists of them (OpenSSH's match.c). A character is a byte, or one of a text without others.

/** What a list says: nothing, yes, or (behind `!`) no. A list that is malformed says `invalid`. */
export type ListMatch = 'none' | 'match' | 'negated' | 'invalid';

/** The length from which a pattern makes OpenSSH ignore a list, in bytes. */
const IGNORED_LENGTH = 1023;

/** Whether a pattern, in which `*` stands for any characters and `?` for one, matches all of a name. */
export function matchesPattern(name: string, pattern: string): boolean {
  let at = 0;
  let next = 0;
  let star = -1;
  let resume = 0;
  while (at < name.length) {
    const wanted = pattern[next];
    if (wanted === '*') {
      star = next;
      next += 1;
      resume = at;
    } else if (wanted === '?' || wanted === name[at]) {
      at += 1;
      next += 1;
    } else if (star !== -1) {
      // The star takes one character more: only the last star can have to, so this never goes further back.
      resume += 1;
      at = resume;
      next = star + 1;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(next));
}

/** Compares a name with a list of patterns, whose case does not count if `ignoreCase`. */
export function matchPatternList(name: string, list: string, ignoreCase = false): ListMatch {
  const subject = ignoreCase ? lowerCase(name) : name;
  let result: ListMatch = 'none';
  for (const item of list.split(',')) {
    const isNegated = item.startsWith('!');
    const pattern = isNegated ? item.slice(1) : item;
    if (pattern.length >= IGNORED_LENGTH) return 'none';
    if (!matchesPattern(subject, ignoreCase ? lowerCase(pattern) : pattern)) continue;
    if (isNegated) return 'negated';
    result = 'match';
  }
  return result;
}

/** ASCII letters only: other bytes have no case in the locales that ssh is used in. */
function lowerCase(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
