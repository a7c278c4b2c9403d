import { foldFileName } from '@orrery/disk';
import { configReferences } from '@orrery/sshfiles';
import type { FolderState } from './folder-state.ts';
import { isConfig, isGuard, isKnownHosts, isLikeConfig } from './name-kinds.ts';
import { isNamedBy, keptPattern } from './name-pattern.ts';
import type { Place } from './place.ts';

/** Names in the folder that an ssh_config gives a meaning: what it includes, runs, trusts and refuses, and subfolders it points into. */
export type References = FolderState['references'];

/** What a file is, and so what may be wrong with a change of it. */
export type FileKind = 'config' | 'known_hosts' | 'program' | 'revoked' | 'guard' | 'plain';

/**
 * All that a file is for ssh and for those who log in, by names as the system compares them that tells fewest apart: what opens as ~/.ssh/config is
 * one. A second meaning never replaces the first: who includes a program in a config has not made it harmless.
 */
export function kindsOf(name: string, references: References): readonly FileKind[] {
  const kinds = kindsForSsh(name, references);
  return isLikeConfig(name) && !kinds.includes('config') ? ['config', ...kinds] : kinds;
}

/** What a file is stored and merged as. */
export function kindOf(name: string, references: References): FileKind {
  return kindsForSsh(name, references)[0] ?? 'plain';
}

function kindsForSsh(name: string, references: References): readonly FileKind[] {
  const kinds: FileKind[] = [];
  if (isConfig(name) || isNamed(name, references.includes)) kinds.push('config');
  if (isKnownHosts(name) || isNamed(name, references.knownHosts)) kinds.push('known_hosts');
  if (isNamed(name, references.programs)) kinds.push('program');
  if (isNamed(name, references.revokedKeys)) kinds.push('revoked');
  if (isGuard(name)) kinds.push('guard');
  return kinds;
}

/** References of several configs, each name once. */
export class Collected {
  readonly #found = {
    includes: new Set<string>(),
    programs: new Set<string>(),
    knownHosts: new Set<string>(),
    revokedKeys: new Set<string>(),
    folders: new Set<string>(),
  };

  add(references: References): void {
    for (const key of ['includes', 'programs', 'knownHosts', 'revokedKeys', 'folders'] as const)
      for (const named of references[key]) this.#found[key].add(keptPattern(named) ?? '');
  }

  get references(): References {
    const list = (named: ReadonlySet<string>): string[] => [...named].filter((pattern) => pattern !== '');
    return {
      includes: list(this.#found.includes),
      programs: list(this.#found.programs),
      knownHosts: list(this.#found.knownHosts),
      revokedKeys: list(this.#found.revokedKeys),
      folders: list(this.#found.folders),
    };
  }
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
  const found = new Collected();
  const visited = new Set<string>();
  for (let waiting = names.filter(isConfig); waiting.length > 0;) {
    for (const name of waiting) {
      visited.add(name);
      const references = referencesOf(read(name), place);
      if (references !== undefined) found.add(references);
    }
    const { includes } = found.references;
    waiting = names.filter((name) => !visited.has(name) && isNamed(name, includes));
  }
  return found.references;
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

/** Whether a file may be one of those that are named. */
export function isNamed(name: string, named: readonly string[]): boolean {
  if (named.length === 0) return false;
  const { exact, patterns } = indexOf(named);
  return exact.has(foldFileName(name)) || patterns.some((pattern) => isNamedBy(name, pattern));
}
