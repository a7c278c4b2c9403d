import type { ByteString } from './tokens.ts';

/** Whether text matches a pattern of `*` and `?` (match.c, match_pattern). */
export function matchesPattern(text: ByteString, pattern: ByteString): boolean {
  return patternsMeet(text.replaceAll(/[*?]/g, ' '), pattern);
}

/** Whether some text matches both patterns; takes time in the product of their lengths. */
export function patternsMeet(one: ByteString, other: ByteString): boolean {
  // meets[j]: what is left of `one` meets what is left of `other` from j on
  let meets = Array.from({ length: other.length + 1 }, (_, j) => /^\**$/.test(other.slice(j)));
  for (const character of one.split('').toReversed()) {
    const next = meets;
    meets = [];
    meets[other.length] = character === '*' && next[other.length] === true;
    for (let j = other.length - 1; j >= 0; j -= 1) {
      const wanted = other.charAt(j);
      const step = [character, wanted].includes('*')
        ? next[j] === true || meets[j + 1] === true
        : next[j + 1] === true && (character === wanted || [character, wanted].includes('?'));
      meets[j] = step;
    }
  }
  return meets[0] === true;
}
