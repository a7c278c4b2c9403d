import { foldFileName } from '@orrery/disk';
import { configReferences } from '@orrery/sshfiles';
import type { FolderState } from './folder-state.ts';
import { isNamedBy, keptPattern } from './name-pattern.ts';
import type { Place } from './place.ts';

/** Names in the folder that an ssh_config gives a meaning: what it includes, runs, trusts and refuses, and subfolders it points into. */
export type References = FolderState['references'];

/** What a file is, and so what may be wrong with a change of it. */
export type FileKind = 'config' | 'known_hosts' | 'program' | 'revoked' | 'guard' | 'plain';

/** Files that open this machine to others or change what logins do: never changed unasked. */
const GUARDS = /^(authorized_keys2?|rc|environment)$/;
const KNOWN_HOSTS = /^known_hosts2?$/;

/**
 * All that a file is, by names as the system compares them that tells fewest apart: what opens as ~/.ssh/config is
 * one. A second meaning never replaces the first: who includes a program in a config has not made it harmless.
 */
export function kindsOf(name: string, references: References): readonly FileKind[] {
  const folded = foldFileName(name);
  const kinds: FileKind[] = [];
  if (folded === 'config' || isNamed(folded, references.includes)) kinds.push('config');
  if (KNOWN_HOSTS.test(folded) || isNamed(folded, references.knownHosts)) kinds.push('known_hosts');
  if (isNamed(folded, references.programs)) kinds.push('program');
  if (isNamed(folded, references.revokedKeys)) kinds.push('revoked');
  if (GUARDS.test(folded)) kinds.push('guard');
  return kinds;
}

/** What a file is stored and merged as. */
export function kindOf(name: string, references: References): FileKind {
  return kindsOf(name, references)[0] ?? 'plain';
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
    revokedKeys: new Set<string>(),
    folders: new Set<string>(),
  };
  const visited = new Set<string>();
  for (let waiting = names.filter((name) => foldFileName(name) === 'config'); waiting.length > 0;) {
    for (const name of waiting) {
      visited.add(name);
      const references = referencesOf(read(name), place);
      for (const key of ['includes', 'programs', 'knownHosts', 'revokedKeys', 'folders'] as const)
        for (const named of references?.[key] ?? []) found[key].add(keptPattern(named) ?? '');
    }
    const included = [...found.includes];
    waiting = names.filter((name) => !visited.has(name) && isNamed(name, included));
  }
  const list = (named: ReadonlySet<string>): string[] => [...named].filter((pattern) => pattern !== '');
  return {
    includes: list(found.includes),
    programs: list(found.programs),
    knownHosts: list(found.knownHosts),
    revokedKeys: list(found.revokedKeys),
    folders: list(found.folders),
  };
}

/** What one config refers to; nothing if it is none, or too large for one. */
function referencesOf(bytes: Uint8Array | undefined, place: Place): References | undefined {
  try {
    return bytes === undefined ? undefined : configReferences(bytes, place);
  } catch (cause) {
    if (cause instanceof RangeError || cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

/** Both sets together: what either version of a config refers to counts. */
export function joinReferences(a: References, b: References): References {
  const union = (x: readonly string[], y: readonly string[]): string[] => [...new Set([...x, ...y])];
  return {
    includes: union(a.includes, b.includes),
    programs: union(a.programs, b.programs),
    knownHosts: union(a.knownHosts, b.knownHosts),
    revokedKeys: union(a.revokedKeys, b.revokedKeys),
    folders: union(a.folders, b.folders),
  };
}

/** Patterns that are compared one by one; a config with more is taken to name every file. */
const MAX_PATTERNS = 200;

interface Index {
  readonly exact: ReadonlySet<string>;
  readonly patterns: readonly string[];
}

const indexes = new WeakMap<readonly string[], Index>();

/** Thousands of names in a config from elsewhere must not make every file's lookup slow. */
function indexOf(named: readonly string[]): Index {
  const known = indexes.get(named);
  if (known !== undefined) return known;
  const patterns = named.filter((name) => /[*?]/.test(name));
  const exact = new Set(named.filter((name) => !/[*?]/.test(name)).map(foldFileName));
  const index = { exact, patterns: patterns.length > MAX_PATTERNS ? ['*'] : patterns };
  indexes.set(named, index);
  return index;
}

function isNamed(name: string, named: readonly string[]): boolean {
  if (named.length === 0) return false;
  const { exact, patterns } = indexOf(named);
  return exact.has(foldFileName(name)) || patterns.some((pattern) => isNamedBy(name, pattern));
}
