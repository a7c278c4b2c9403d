/** A version of a file, for the comparison of three. */
export interface Version {
  /** SHA-256 of the stored form, hex. */
  readonly hash: string;
  readonly mode: number;
  /** Whole Unix seconds. */
  readonly mtime: number;
}

export interface Sides {
  readonly base: Omit<Version, 'mtime'> | undefined;
  readonly local: Version | undefined;
  readonly remote: Version | undefined;
}

/** What becomes of a file, and why, in words for people. */
export interface Decision {
  readonly name: string;
  readonly action: 'same' | 'upload' | 'download' | 'merge' | 'conflict' | 'delete-local' | 'delete-remote';
  /** The side whose content is kept in a conflict. */
  readonly winner?: 'local' | 'remote';
  readonly why: string;
}

const PUBLIC = '.pub';

/**
 * Compares each file here and on the server with the version both had in common. The side that changed
 * wins; edits beat deletions; files for which `merges` holds are merged, others follow the newer mtime
 * and, in doubt, the server. A private key and its `.pub` are decided together.
 */
export function makePlan(
  files: ReadonlyMap<string, Sides>,
  merges: (name: string) => boolean,
): readonly Decision[] {
  const decided = new Map([...files].map(([name, sides]) => [name, decide(name, sides, merges)]));
  for (const name of files.keys()) {
    const other = `${name}${PUBLIC}`;
    if (decided.has(other)) settlePair(name, other, files, decided, merges);
  }
  return [...decided.values()];
}

function decide(name: string, { base, local, remote }: Sides, merges: (name: string) => boolean): Decision {
  const action = (kind: Decision['action'], why: string): Decision => ({ name, action: kind, why });
  if (equalVersion(local, remote))
    return action('same', local === undefined ? 'gone on both sides' : 'the same on both sides');
  const changedHere = !equalVersion(base, local);
  const changedThere = !equalVersion(base, remote);
  if (local === undefined)
    return changedThere
      ? action(
          'download',
          base === undefined ? 'new on the server' : 'deleted here, but changed on the server',
        )
      : action('delete-remote', 'deleted here');
  if (remote === undefined)
    return changedHere
      ? action('upload', base === undefined ? 'new here' : 'deleted on the server, but changed here')
      : action('delete-local', 'deleted on the server');
  if (!changedThere) return action('upload', 'changed here');
  if (!changedHere) return action('download', 'changed on the server');
  if (local.hash !== remote.hash && merges(name)) return action('merge', 'changed on both sides');
  return conflict(name, local.mtime > remote.mtime ? 'local' : 'remote', local.mtime === remote.mtime);
}

function conflict(name: string, winner: 'local' | 'remote', equalTime: boolean): Decision {
  const why = equalTime
    ? "changed on both sides at the same time: the server's version is kept"
    : `changed on both sides: the newer version, ${winner === 'local' ? 'from here' : 'from the server'}, is kept`;
  return { name, action: 'conflict', winner, why };
}

/** Keys of a pair never come from different sides: when both sides touched it, the newer one gives both. */
function settlePair(
  name: string,
  other: string,
  files: ReadonlyMap<string, Sides>,
  decided: Map<string, Decision>,
  merges: (name: string) => boolean,
): void {
  const pair = [name, other].flatMap((member) => {
    const sides = files.get(member);
    return sides === undefined ? [] : [{ member, sides }];
  });
  const here = pair.filter(({ sides }) => !equalVersion(sides.base, sides.local));
  const there = pair.filter(({ sides }) => !equalVersion(sides.base, sides.remote));
  const agreed = pair.every(({ sides }) => equalVersion(sides.local, sides.remote));
  if (agreed || here.length === 0 || there.length === 0 || merges(name)) return;
  const newestHere = Math.max(...here.map(({ sides }) => sides.local?.mtime ?? -1));
  const newestThere = Math.max(...there.map(({ sides }) => sides.remote?.mtime ?? -1));
  const winner = newestHere > newestThere ? 'local' : 'remote';
  for (const { member, sides } of pair) {
    if (equalVersion(sides.local, sides.remote)) continue;
    // A side without the file has nothing to give: the other's stays.
    if (sides.local === undefined)
      decided.set(member, { name: member, action: 'download', why: 'belongs to a pair of keys' });
    else if (sides.remote === undefined)
      decided.set(member, { name: member, action: 'upload', why: 'belongs to a pair of keys' });
    else decided.set(member, conflict(member, winner, newestHere === newestThere));
  }
}

function equalVersion(a: Omit<Version, 'mtime'> | undefined, b: Omit<Version, 'mtime'> | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.hash === b.hash && a.mode === b.mode;
}
