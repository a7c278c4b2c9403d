import { homeMark } from './home-mark.ts';
import type { FolderPlace, Place } from './place.ts';
import { type ByteString, lowerCase, toByteString } from './tokens.ts';

/** The names of the home directory, from the root. */
export function homeNames(place: Place): ByteString[] {
  return pathNames(toByteString(new TextEncoder().encode(place.home)), place);
}

/** The names of the synced folder, from the root. */
export function folderNames(place: FolderPlace): ByteString[] {
  return pathNames(toByteString(new TextEncoder().encode(place.folder)), place);
}

/** The names of a path, with `.` and `..` resolved. */
export function pathNames(path: ByteString, place: Place): ByteString[] {
  const names: ByteString[] = [];
  for (const name of path.split(place.separator === '/' ? /\/+/ : /[\\/]+/)) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names;
}

/** A name as it is compared: Windows takes upper and lower case for the same. */
export function foldName(name: ByteString, place: Place): ByteString {
  return place.separator === '/' ? name : lowerCase(name);
}

/** What follows the home directory in `~/x`, `%d/x`, `${HOME}/x` and a stored path; undefined for other paths. */
export function belowHome(path: ByteString): ByteString | undefined {
  const stored = path.replace(/^\u0101[0-9a-f]*(?=\u0100)/, '');
  const home = ['~', '%d', '${HOME}', homeMark].find((prefix) => stored.startsWith(prefix));
  const rest = home === undefined ? undefined : stored.slice(home.length);
  return rest === '' || rest?.startsWith('/') === true || rest?.startsWith('\\') === true ? rest : undefined;
}

export function isAbsolute(path: ByteString, place: Place): boolean {
  return (place.separator === '/' ? /^\// : /^(?:[A-Za-z]:)?[\\/]/).test(path);
}
