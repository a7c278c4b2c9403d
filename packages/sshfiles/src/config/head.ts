import type { Directive } from './parse.ts';
import { matchesPattern, patternsMeet } from './patterns.ts';
import { type ByteString, lowerCase } from './tokens.ts';

/** The criteria of Match that look at what other lines set. */
export type NameField = 'host' | 'user' | 'tagged';

/** More than so many pairs of patterns, or longer ones, are taken to meet. */
const maxPairs = 400;
const maxPattern = 256;

/** How general a block is: 0 names hosts, 1 has wildcards, 2 holds for every host. Undefined: the global block. */
export function headRank(head: Directive | undefined): 0 | 1 | 2 {
  if (head === undefined) return 0;
  const words = head.args?.map((argument) => argument.value) ?? [];
  const list = words.findIndex((word) => /^(?:original)?host$/i.test(word));
  const patterns = head.keyword === 'host' ? words : (words[list + 1] ?? '').split(',');
  const positive = patterns.filter((pattern) => !pattern.startsWith('!'));
  if (head.keyword === 'match' && list === -1) return 2;
  if (positive.some((pattern) => /^[*?]*\*[*?]*$/.test(pattern))) return 2;
  return positive.some((pattern) => /[*?]/.test(pattern)) ? 1 : 0;
}

/**
 * The patterns that a Host or Match head compares with the name that a person types, in lower case, without those behind
 * `!`; none for other lines. Written in an unusual way, it may mean any name.
 */
export function positivePatterns(head: Directive): ByteString[] {
  if (head.keyword === 'host') {
    const words = head.args?.map(({ value }) => lowerCase(value)) ?? [];
    return hostPatterns(head) ?? [...words.filter((word) => !word.startsWith('!')), '*'];
  }
  if (head.keyword !== 'match') return [];
  const words = lowerCase(head.rest).split(/[ \t="]+/);
  const lists = words.filter((_, index) => /^(?:original)?host$/.test(words[index - 1] ?? ''));
  return lists.flatMap((list) => list.split(',')).filter((word) => !/^(?:!|$)/.test(word));
}

/** Whether one host may get lines from both blocks; only plain Host heads can rule it out. */
export function headsMeet(one: Directive | undefined, other: Directive | undefined): boolean {
  const [first, second] = [hostPatterns(one), hostPatterns(other)];
  if (first === undefined || second === undefined || first.length * second.length > maxPairs) return true;
  return first.some((pattern) =>
    second.some((another) => isLong(pattern + another) || patternsMeet(pattern, another)),
  );
}

/** Whether a Host or Match head can apply because a name has this value; `field`: the Match criterion. */
export function headTakes(head: Directive, field: NameField, value: ByteString): boolean {
  return namePatterns(head, field).some((pattern) => takes(value, pattern));
}

/** Whether a Match head looks at the host name that some host of the other block was typed with. */
export function headTakesTyped(head: Directive, other: Directive | undefined): boolean {
  const typed = hostPatterns(other);
  const patterns = namePatterns(head, 'host').map(lowerCase);
  if (typed === undefined || typed.length * patterns.length > maxPairs) return patterns.length > 0;
  return patterns.some((pattern) =>
    typed.some((name) => isLong(pattern + name) || patternsMeet(pattern, name)),
  );
}

/** Whether a head looks at a name at all. */
export function headLooksAt(head: Directive, field: NameField): boolean {
  return namePatterns(head, field).length > 0;
}

/** What a head compares a name with; `*` where it is written in an unusual way or negated. */
function namePatterns(head: Directive, field: NameField): ByteString[] {
  if (isUnusual(head)) return ['*'];
  if (head.keyword === 'host') return field === 'host' ? (hostPatterns(head) ?? ['*']) : [];
  const words = head.rest.split(/[ \t=]+/);
  return words.flatMap((word, index) => {
    if (lowerCase(word) === `!${field}`) return ['*'];
    if (lowerCase(word) !== field) return [];
    return (words[index + 1] ?? '').split(',').map((pattern) => (pattern.startsWith('!') ? '*' : pattern));
  });
}

function takes(value: ByteString, pattern: ByteString): boolean {
  return value.includes('%') || isLong(pattern) || matchesPattern(lowerCase(value), lowerCase(pattern));
}

/** The positive patterns, in lower case, of a Host line that every version of ssh reads alike. */
function hostPatterns(head: Directive | undefined): ByteString[] | undefined {
  if (head?.keyword !== 'host' || isUnusual(head)) return undefined;
  const words = lowerCase(head.rest).split(/[ \t]+/);
  return words.filter((word) => !word.startsWith('!'));
}

function isUnusual({ rest }: Directive): boolean {
  return /["'\\#\0-\u0008\u000a-\u001f]/.test(rest);
}

function isLong(pattern: ByteString): boolean {
  return pattern.length > maxPattern;
}
