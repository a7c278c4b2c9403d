import { canonicalText } from './canonical.ts';
import type { Directive, PlainLine } from './parse.ts';
import { belowHome, foldName, folderNames, homeNames, isAbsolute, pathNames } from './paths.ts';
import type { FolderPlace } from './place.ts';
import { type Value, presentName, ruleFor } from './rules.ts';
import type { ByteString } from './tokens.ts';

/**
 * Longest line that is not asked about, in bytes with its end: OpenSSH read lines into a buffer of 1024 bytes for
 * many years and took what was left over for the next line.
 */
const maxFreeLine = 1023;

/** Why a person must accept this line before ssh may read it; undefined: it is harmless. */
export function askAbout(line: Directive, place: FolderPlace): string | undefined {
  if (line.keyword === 'host') return isFreeHost(line) ? undefined : 'block head with unusual characters';
  if (line.keyword === 'match') return askAboutMatch(line);
  const rule = ruleFor(line.keyword);
  if (rule === undefined) return 'unknown keyword, which another version of ssh may obey';
  if (line.keyword !== presentName(line.keyword))
    return `obsolete name of ${presentName(line.keyword)}: ${rule.reason}`;
  const words = plainWords(line);
  if (words === undefined) return `${rule.reason}; written in an unusual way`;
  const free = rule.file
    ? words.length === 1 && isInFolder(words[0] ?? '', place)
    : rule.free?.({ words, rest: line.rest });
  return free === true ? undefined : rule.reason;
}

/** Why a line from which ssh takes nothing is asked about: another reader may take something from it. */
export function askAboutPlain({ kind, source }: PlainLine): string | undefined {
  const usual = kind === 'blank' ? /^[ \t]*\r?\n?$/ : /^[ \t]*#[\t\u0020-\u007e\u0080-\u00ff]*\r?\n?$/;
  if (source.length > maxFreeLine) return 'longer than older versions of ssh read';
  return usual.test(source) ? undefined : 'line that ssh skips, which another version may obey';
}

/** Whether a line makes ssh read the config a second time, under the resolved name. */
export function readsAgain({ keyword, rest }: Directive): boolean {
  if (keyword === 'match') return /final|canonical/i.test(rest);
  return keyword === 'canonicalizehostname' && !/^(?:no|false)$/i.test(rest);
}

/** The value of a line as ssh reads it, for the questions that do not decide whether it is harmless. */
export function valueOf(line: Directive): Value {
  return { words: line.args?.map((argument) => argument.value) ?? [], rest: line.rest };
}

/** The text by which a line is the same line: what is written in an unusual way is compared byte for byte. */
export function identityText(line: Directive): ByteString {
  return isPlainLine(line) ? canonicalText(line) : line.source.replace(/\r?\n$/, '');
}

function isPlainLine({ source }: Directive): boolean {
  return (
    source.length <= maxFreeLine &&
    /^[ \t]*[A-Za-z0-9]+(?:[ \t]+=?|=)[ \t]*[^ \t=]/.test(source) &&
    !/[\0-\u0008\u000b-\u001f\u007f]/.test(source.replace(/\r?\n$/, ''))
  );
}

/** The arguments if every version of ssh splits the line in the same way; double quotes around a whole one are. */
function plainWords(line: Directive): readonly ByteString[] | undefined {
  if (!isPlainLine(line) || line.args === undefined) return undefined;
  const plain = line.args.every(({ value, start, end }) => {
    const raw = line.source.slice(start, end);
    return !/["']/.test(value) && (raw === value || raw === `"${value}"`);
  });
  return plain ? line.args.map((argument) => argument.value) : undefined;
}

function isFreeHost(line: Directive): boolean {
  const patterns = plainWords(line);
  if (patterns === undefined || patterns.length === 0) return false;
  return patterns.every((pattern) => /^!?[\p{L}\p{N}\p{M}_.*?:@+[\]-]+$/u.test(decode(pattern)));
}

function decode(text: ByteString): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

/** One criterion of Match, known to every version, with its value, in the one way of writing that all read alike. */
const criterion = /^!?(?:host|originalhost|user|localuser)(?:[ \t]+|=)[\w.*?!:,@/+-]+$/i;

function askAboutMatch(line: Directive): string | undefined {
  const plain = plainWords(line) !== undefined && !/["#]/.test(line.rest);
  const pieces = line.rest.match(/!?[A-Za-z]+(?:[ \t]*=|[ \t]+)[^ \t]+|[^ \t]+/g) ?? [];
  if (plain && (/^all$/i.test(line.rest) || pieces.every((piece) => criterion.test(piece)))) return undefined;
  if (/exec/i.test(line.rest)) return 'runs a program whenever ssh reads the config';
  if (/final|canonical/i.test(line.rest)) return 'reads the config again under another host name';
  return 'Match with unusual conditions';
}

/** Whether a file argument names something below the synced folder and nothing else. */
function isInFolder(path: ByteString, place: FolderPlace): boolean {
  if (path === 'none') return true;
  if (/(?:^|[\\/])\.\.?(?:[\\/]|$)/.test(path) || /%(?![%CdhiklLnpru])/.test(path)) return false;
  const rest = belowHome(path);
  if (rest === undefined && !isAbsolute(path, place)) return false;
  const names =
    rest === undefined ? pathNames(path, place) : [...homeNames(place), ...pathNames(rest, place)];
  const folder = folderNames(place);
  const below = names.slice(folder.length);
  const same = (name: ByteString, index: number): boolean =>
    foldName(names[index] ?? '', place) === foldName(name, place);
  return (
    folder.every(same) && below.length > 0 && below.every((name) => /^[\w.@+=,% \u0080-\u00ff-]+$/.test(name))
  );
}
