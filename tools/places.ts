import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Every tracked line that tells where somebody works: an absolute path of a development machine, or the host of a
 * package registry. `here` are the folders and hosts of this machine.
 */
export function placeProblems(root: string, here: readonly string[] = thisMachine(root)): string[] {
  const tracked = execFileSync('git', ['-C', root, 'ls-files', '-z'], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
  const pattern = new RegExp(
    [...fixedPlaces, ...here.map((place) => `${start}${RegExp.escape(place)}(?!\\w)`)].join('|'),
  );
  return tracked.flatMap((path) =>
    readFileSync(join(root, path), 'utf8')
      .split('\n')
      .flatMap((line, index) => {
        const found = pattern.exec(line)?.[0];
        return found === undefined ? [] : [`${path}:${index + 1}: names a place: ${found}`];
      }),
  );
}

/** A path begins here: the character before is no part of a longer path. */
const start = '(?<![\\w.~/-])';

const fixedPlaces = [
  `${start}/(?:root|work)(?:/|(?=["'\`\\s]))`,
  String.raw`"resolved": "\w+://`,
  String.raw`\bregistry\.(?:npmjs|yarnpkg|npmmirror)\.`,
];

function thisMachine(root: string): string[] {
  const registry = process.env['npm_config_registry'];
  const host = registry === undefined ? [] : [new URL(registry).host];
  return [root, homedir(), ...host].filter((place) => place.length > 4);
}
