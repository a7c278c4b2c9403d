import { matchesGlob } from 'node:path';
import { configReferences } from '@orrery/sshfiles';
import type { FolderState } from './folder-state.ts';
import type { Place } from './place.ts';

/** Names in the folder that an ssh_config gives a meaning: what it includes, runs, and trusts, and subfolders it points into. */
export type References = FolderState['references'];

/** What a file is, and so what may be wrong with a change of it. */
export type FileKind = 'config' | 'known_hosts' | 'program' | 'guard' | 'plain';

/** Files that open this machine to others or change what logins do: never changed unasked. */
const GUARDS = /^(authorized_keys2?|rc|environment)$/i;
const KNOWN_HOSTS = /^known_hosts2?$/i;

export function kindOf(name: string, references: References): FileKind {
  if (name === 'config' || isNamed(name, references.includes)) return 'config';
  if (KNOWN_HOSTS.test(name) || isNamed(name, references.knownHosts)) return 'known_hosts';
  if (isNamed(name, references.programs)) return 'program';
  return GUARDS.test(name) ? 'guard' : 'plain';
}

/**
 * What the config files among `names` refer to, and those that they include in turn.
 * @param read The content of a file in stored form; undefined if there is none.
 */
export function findReferences(
  names: readonly string[],
  read: (name: string) => Uint8Array | undefined,
  place: Place,
): References {
  const found = {
    includes: new Set<string>(),
    programs: new Set<string>(),
    knownHosts: new Set<string>(),
    folders: new Set<string>(),
  };
  const visited = new Set<string>();
  for (let waiting = ['config']; waiting.length > 0;) {
    for (const name of waiting) {
      visited.add(name);
      const bytes = read(name);
      if (bytes === undefined) continue;
      const references = configReferences(bytes, place);
      for (const key of ['includes', 'programs', 'knownHosts', 'folders'] as const)
        for (const named of references[key]) found[key].add(named);
    }
    const included = [...found.includes];
    waiting = names.filter((name) => !visited.has(name) && isNamed(name, included));
  }
  return {
    includes: [...found.includes],
    programs: [...found.programs],
    knownHosts: [...found.knownHosts],
    folders: [...found.folders],
  };
}

/** Both sets together: what either version of a config refers to counts. */
export function joinReferences(a: References, b: References): References {
  const union = (x: readonly string[], y: readonly string[]): string[] => [...new Set([...x, ...y])];
  return {
    includes: union(a.includes, b.includes),
    programs: union(a.programs, b.programs),
    knownHosts: union(a.knownHosts, b.knownHosts),
    folders: union(a.folders, b.folders),
  };
}

function isNamed(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => pattern === name || matchesGlob(name, pattern));
}
