// Command lines in the manner of getopt(3), as ssh has them: `-p22`, `-vvv`, `-4C`, options before and after the
// destination, and none in the command behind it. Why not commander: it stops at the first argument or not at all,
// while here options go on after the destination and end at the command, whose own options must pass untouched; and the
// order of options counts, because of values given twice the first one holds.

/** A command line that makes no sense. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/** Letters in the manner of getopt(3): a colon behind those that take a value. Long names stand beside them. */
export interface OptionLetters {
  readonly letters: string;
  /** With a value each, as `--name value` or `--name=value`. */
  readonly long: readonly string[];
}

export interface FoundOption {
  /** A letter, or a long name. */
  readonly name: string;
  /** '' for an option that takes none. */
  readonly value: string;
}

/**
 * Reads options up to the first argument that is none.
 * @throws {OptionError}
 */
export function readOptions(
  words: readonly string[],
  options: OptionLetters,
): { readonly found: readonly FoundOption[]; readonly rest: readonly string[]; readonly sawEnd: boolean } {
  const found: FoundOption[] = [];
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') return { found, rest: words.slice(at + 1), sawEnd: true };
    if (!word.startsWith('-') || word === '-') break;
    const next = words[at + 1];
    const { read, usedNext } = word.startsWith('--')
      ? readLong(word, next, options)
      : readCluster(word, next, options);
    found.push(...read);
    if (usedNext) at += 1;
  }
  return { found, rest: words.slice(at), sawEnd: false };
}

interface Read {
  readonly read: readonly FoundOption[];
  readonly usedNext: boolean;
}

function readLong(word: string, next: string | undefined, { long }: OptionLetters): Read {
  const [, name = '', inline] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  if (!long.includes(name)) throw new OptionError(`unknown option -- ${name}`);
  const value = inline ?? next;
  if (value === undefined) throw new OptionError(`option requires an argument -- ${name}`);
  return { read: [{ name, value }], usedNext: inline === undefined };
}

/** `-vvp22` and `-vvp 22`. */
function readCluster(word: string, next: string | undefined, { letters }: OptionLetters): Read {
  const read: FoundOption[] = [];
  for (let at = 1; at < word.length; at += 1) {
    const name = word.charAt(at);
    const index = name === ':' ? -1 : letters.indexOf(name);
    if (index === -1) throw new OptionError(`unknown option -- ${name}`);
    if (letters.charAt(index + 1) !== ':') {
      read.push({ name, value: '' });
      continue;
    }
    const inline = word.slice(at + 1);
    const value = inline === '' ? next : inline;
    if (value === undefined) throw new OptionError(`option requires an argument -- ${name}`);
    return { read: [...read, { name, value }], usedNext: inline === '' };
  }
  return { read, usedNext: false };
}
