// What ssh here reads, wherever it stands: the configs of the folder, those that they include from elsewhere, the
// system's, and the known_hosts files that any of them names. A file of the folder may get its meaning from each.
import { join } from 'node:path';
import { configReferences, type ConfigReferences, type PathLinks } from '@orrery/sshfiles';
import { expandPath, readLocal, type Local } from './local-file.ts';
import { isConfig, isLikeConfig } from './name-kinds.ts';
import type { Place } from './place.ts';
import { Collected, isNamed, type References } from './references.ts';

/** What configs together say, and what is known outside of the folder. */
export interface Survey {
  readonly references: References;
  /** The contents of all configs. */
  readonly configs: readonly Uint8Array[];
  /** The contents of known_hosts files outside of the folder. */
  readonly knownHosts: readonly Uint8Array[];
  /** Whether for some host ssh takes the key of an unknown one without a question. */
  readonly acceptsKeys: boolean;
}

/** Limits of what is read: configs in number and bytes together, and files in folders that patterns look through. */
const MAX_CONFIGS = 500;
const MAX_CONFIG_BYTES = 4 * 1024 * 1024;
const MAX_ENTRIES = 20_000;
/** Bytes of one known_hosts file outside of the folder, and number of them. */
const MAX_KNOWN_HOSTS_BYTES = 8 * 1024 * 1024;
const MAX_KNOWN_HOSTS = 50;
/** How deep ssh lets configs include each other (readconf.c, READCONF_MAX_DEPTH). */
const MAX_DEPTH = 16;

/** In doubt every file is everything, every host known and every key accepted. */
const everything: References = {
  includes: ['*'],
  programs: ['*'],
  knownHosts: ['*'],
  revokedKeys: ['*'],
  folders: [],
};
const everyHost = new TextEncoder().encode('* unreadable\n');

/** A config outside of the folder: a path or a pattern, and where its relative Includes are looked for. */
interface Elsewhere {
  readonly path: string;
  readonly base: string;
  readonly depth: number;
}

/**
 * Looks at all that ssh reads.
 * @param names The files of the folder.
 * @param read The content of one of them, local or in stored form.
 */
export function survey(
  names: readonly string[],
  read: (name: string) => Local,
  place: Place,
  links: PathLinks,
): Survey {
  const surveyor = new Surveyor(place, links);
  try {
    surveyor.visitAll(names, read);
    return surveyor.result;
  } catch (cause) {
    if (!(cause instanceof TooMuchError)) throw cause;
    const { configs } = surveyor.result;
    return { references: everything, configs, knownHosts: [everyHost], acceptsKeys: true };
  }
}

/** Something that ssh may read cannot be looked at, or is more than the limits. */
class TooMuchError extends Error {
  override readonly name = 'TooMuchError';
}

class Surveyor {
  readonly #place: Place;
  readonly #links: PathLinks;
  readonly #found = new Collected();
  readonly #configs: Uint8Array[] = [];
  readonly #knownHosts: Set<string>;
  readonly #visited = new Set<string>();
  #elsewhere: Elsewhere[];
  #acceptsKeys = false;
  #bytes = 0;

  constructor(place: Place, links: PathLinks) {
    this.#place = place;
    this.#links = links;
    const { system } = place;
    this.#elsewhere = [{ path: join(system, 'ssh_config'), base: system, depth: 0 }];
    this.#knownHosts = new Set(['ssh_known_hosts', 'ssh_known_hosts2'].map((name) => join(system, name)));
  }

  get result(): Survey {
    return {
      references: this.#found.references,
      configs: this.#configs,
      knownHosts: this.#readKnownHosts(),
      acceptsKeys: this.#acceptsKeys,
    };
  }

  visitAll(names: readonly string[], read: (name: string) => Local): void {
    const { folder } = this.#place;
    let waiting = names.filter((name) => isConfig(name) || isLikeConfig(name));
    while (waiting.length + this.#elsewhere.length > 0) {
      for (const name of waiting) this.#visit(name, read(name), folder, 0);
      const outside = this.#elsewhere;
      this.#elsewhere = [];
      for (const { path, base, depth } of outside)
        for (const found of this.#expand(path)) {
          if (this.#visited.has(found)) continue;
          this.#visit(found, readLocal(found, MAX_CONFIG_BYTES), base, depth);
        }
      const { includes } = this.#found.references;
      waiting = names.filter((name) => !this.#visited.has(name) && isNamed(name, includes));
    }
  }

  #visit(name: string, content: Local, base: string, depth: number): void {
    this.#visited.add(name);
    if (content === 'missing') return;
    if (content === 'unreadable') throw new TooMuchError(`Cannot look at "${name}"`);
    this.#bytes += content.length;
    if (this.#bytes > MAX_CONFIG_BYTES || this.#configs.length >= MAX_CONFIGS)
      throw new TooMuchError(`Cannot look at "${name}": ssh reads too many configs`);
    const references = this.#referencesOf(content, base);
    this.#configs.push(content);
    this.#found.add(references);
    for (const path of references.otherKnownHosts) this.#knownHosts.add(path);
    this.#acceptsKeys ||= references.acceptsKeys;
    if (depth >= MAX_DEPTH) return;
    for (const path of references.otherIncludes) this.#elsewhere.push({ path, base, depth: depth + 1 });
  }

  #referencesOf(content: Uint8Array, base: string): ConfigReferences {
    try {
      return configReferences(content, this.#place, this.#links, base);
    } catch (cause) {
      if (cause instanceof RangeError) throw new TooMuchError('Cannot look at a config', { cause });
      throw cause;
    }
  }

  #expand(pattern: string): readonly string[] {
    const paths = expandPath(pattern, this.#place.separator, MAX_ENTRIES);
    if (paths === undefined) throw new TooMuchError(`Cannot look for "${pattern}": there are too many files`);
    return paths;
  }

  /** What cannot be read may speak of any host. */
  #readKnownHosts(): readonly Uint8Array[] {
    const paths = [...this.#knownHosts].flatMap(
      (path) => expandPath(path, this.#place.separator, MAX_ENTRIES) ?? [''],
    );
    if (paths.length > MAX_KNOWN_HOSTS || paths.includes('')) return [everyHost];
    return paths.flatMap((path) => {
      const content = readLocal(path, MAX_KNOWN_HOSTS_BYTES);
      if (content === 'missing') return [];
      return [content === 'unreadable' ? everyHost : content];
    });
  }
}
