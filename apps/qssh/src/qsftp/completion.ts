import { escapedPattern, glob } from '../copy/glob.ts';
import { isFolder } from '../copy/modes.ts';
import { baseOf, nameFromText, textOf } from '../copy/names.ts';
import { statusIfAny, type Place } from '../copy/place.ts';
import { commandNamed, commands } from './commands.ts';
import { splitPatterns } from './parse-line.ts';
import type { Session } from './session.ts';

/** What readline asks of a completer: the words that could stand there, and what they would replace. */
export type Completion = [words: string[], replaced: string];

/** The words that may stand at the end of a line. */
export async function complete(session: Session, line: string): Promise<Completion> {
  const last = /(?:[^\s\\]|\\[^])*$/.exec(line)?.[0] ?? '';
  const before = line.slice(0, line.length - last.length).trim();
  if (before === '') {
    const names = commands.flatMap(({ names: all }) => all).filter((name) => name.startsWith(last));
    return [names.map((name) => `${name} `), last];
  }
  const [name = '', ...words] = before.split(/\s+/);
  const kinds = commandNamed(name.toLowerCase())?.kinds ?? [];
  const position = words.filter((word) => !word.startsWith('-')).length;
  const kind = kinds[Math.min(position, kinds.length - 1)] ?? 'other';
  if (kind === 'other') return [[], last];
  return [await pathsFor(session, kind === 'remote' ? session.remote : session.local, last), last];
}

async function pathsFor(session: Session, place: Place, last: string): Promise<string[]> {
  const [word = ''] = splitPatterns(nameFromText(last));
  const isRemote = place === session.remote;
  const start = isRemote && !word.startsWith('/') ? `${escapedPattern(session.folder)}/` : '';
  const found = await glob(place, `${start}${word}*`).catch(() => []);
  const typedFolder = last.slice(0, last.lastIndexOf('/') + 1);
  return Promise.all(found.map((path) => wordFor(place, path, typedFolder)));
}

/** A path as a word that can be typed: with a slash behind a folder, with a space behind a file. */
async function wordFor(place: Place, path: string, folder: string): Promise<string> {
  const attributes = await statusIfAny(place, path);
  const name = textOf(escapedPattern(baseOf(path)).replace(/[\s"'#]/g, String.raw`\$&`)) ?? '';
  return folder + name + (attributes !== undefined && isFolder(attributes) ? '/' : ' ');
}
