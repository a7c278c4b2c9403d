// Patterns of the shell, on names that are bytes.
import { joined } from './names.ts';
import { isFolder, isLink } from './modes.ts';
import { isFolderAt, type Place } from './place.ts';

/** Paths that one pattern may find. */
const MAX_MATCHES = 1_000_000;

/** Whether a word has characters that stand for others, and no backslash before them. */
export function isPattern(word: string): boolean {
  return /(?:^|[^\\])(?:\\\\)*[*?[]/.test(word);
}

/** The word without the backslashes before other characters. */
export function unescaped(word: string): string {
  return word.replace(/\\([^])/g, '$1');
}

/** The same name as a word that stands only for it. */
export function escapedPattern(name: string): string {
  return name.replace(/[\\*?[]/g, '\\$&');
}

/**
 * The paths that a word finds, in their order. A word that is no pattern finds itself; whether it exists is not asked.
 * A dot at the start of a name must be written.
 */
export async function glob(place: Place, word: string): Promise<string[]> {
  if (!isPattern(word)) return [unescaped(word)];
  const [, slashes = '', rest = ''] = /^(\/*)([^]*)$/.exec(word) ?? [];
  const parts = rest.split(/\/+/);
  let found = [slashes === '' ? '' : '/'];
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    if (part === '' && isLast) return found.map((path) => `${path}/`);
    const next = await Promise.all(found.map((folder) => matchesIn(place, folder, part, isLast)));
    found = next.flat();
    if (found.length > MAX_MATCHES) throw new Error(`more than ${MAX_MATCHES} names match`);
  }
  return found;
}

async function matchesIn(place: Place, folder: string, part: string, isLast: boolean): Promise<string[]> {
  if (!isPattern(part)) return literalIn(place, folder, unescaped(part), isLast);
  const pattern = expressionOf(part);
  const entries = await place.list(folder === '' ? '.' : folder).catch(() => []);
  const matching = entries
    .filter(({ name }) => pattern.test(name) && (!name.startsWith('.') || part.startsWith('.')))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const paths: string[] = [];
  for (const { name, attributes } of matching) {
    const path = joined(folder, name);
    const leads = isLast || isFolder(attributes) || (isLink(attributes) && (await isFolderAt(place, path)));
    if (leads) paths.push(path);
  }
  return paths;
}

/** A part that stands for itself: the last one only if it exists. */
async function literalIn(place: Place, folder: string, name: string, isLast: boolean): Promise<string[]> {
  const path = joined(folder, name);
  if (!isLast) return [path];
  const exists = await place.linkStatus(path).then(
    () => true,
    () => false,
  );
  return exists ? [path] : [];
}

/** The pattern for one name. */
export function expressionOf(pattern: string): RegExp {
  let source = '';
  for (let at = 0; at < pattern.length;) {
    const set = /^\[([!^]?)(\]?(?:\\[^]|\[:[a-z]+:\]|[^\]\\])*)\]/.exec(pattern.slice(at));
    const character = pattern.charAt(at);
    if (character === '[' && set !== null) {
      source += setOf(set[1] !== '', set[2] ?? '');
      at += set[0].length;
    } else if (character === '\\' && at + 1 < pattern.length) {
      source += RegExp.escape(pattern.charAt(at + 1));
      at += 2;
    } else {
      source += character === '*' ? '[^]*' : character === '?' ? '[^]' : RegExp.escape(character);
      at += 1;
    }
  }
  // Several stars in a row find what one finds, and would only cost time.
  return new RegExp(`^${source.replace(/(?:\[\^\]\*)+/g, '[^]*')}$`);
}

const classes: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  digit: '0-9',
  lower: 'a-z',
  space: String.raw`\s`,
  upper: 'A-Z',
  xdigit: '0-9A-Fa-f',
};

function setOf(isNegated: boolean, members: string): string {
  const inner = members.replace(
    /\[:([a-z]+):\]|\\([^])|([\]\\^[&~])|-/g,
    (all, name: string, escaped: string) => {
      if (name !== undefined) return classes[name] ?? '';
      if (escaped !== undefined) return `\\x${escaped.charCodeAt(0).toString(16).padStart(2, '0')}`;
      return all === '-' ? '-' : `\\${all}`;
    },
  );
  return `[${isNegated ? '^' : ''}${inner}]`;
}
