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

type Side = 'local' | 'remote';

/** What becomes of a file, and why, in words for people. */
export interface Decision {
  readonly name: string;
  readonly action: 'same' | 'upload' | 'download' | 'merge' | 'conflict' | 'delete-local' | 'delete-remote';
  /** The side whose content is kept in a conflict. */
  readonly winner?: Side;
  readonly why: string;
}

const PUBLIC = '.pub';

/**
 * Compares each file here and on the server with the version both had in common. The side that changed
 * wins; edits beat deletions; files for which `merges` holds are merged, others follow the newer mtime
 * and, in doubt, the server. Where one side changed the content and the other the mode, both are kept.
 * A private key and its `.pub` are decided together.
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
  if (local.hash === remote.hash) return conflict(name, local.mtime, remote.mtime);
  if (base?.hash === local.hash || base?.hash === remote.hash)
    return action('merge', 'content changed on one side, mode on the other');
  return merges(name) ? action('merge', 'changed on both sides') : conflict(name, local.mtime, remote.mtime);
}

function conflict(name: string, local: number, remote: number): Decision & { readonly winner: Side } {
  const winner = local > remote ? 'local' : 'remote';
  const why =
    local === remote
      ? "changed on both sides at the same time: the server's version is kept"
      : `changed on both sides: the newer version, ${winner === 'local' ? 'from here' : 'from the server'}, is kept`;
  return { name, action: 'conflict', winner, why };
}

/**
 * Keys of a pair never come from different sides, as one would not fit the other: when both sides touched
 * it and have different private keys, one side gives both files.
 */
function settlePair(
  name: string,
  other: string,
  files: ReadonlyMap<string, Sides>,
  decided: Map<string, Decision>,
  merges: (name: string) => boolean,
): void {
  const key = files.get(name);
  const half = files.get(other);
  if (key === undefined || half === undefined || key.local?.hash === key.remote?.hash) return;
  const here = [key, half].filter(({ base, local }) => !equalVersion(base, local));
  const there = [key, half].filter(({ base, remote }) => !equalVersion(base, remote));
  if (here.length === 0 || there.length === 0 || merges(name)) return;
  const contested = key.local !== undefined && key.remote !== undefined;
  const { winner, why } = contested
    ? conflict(name, newestOf(here, 'local'), newestOf(there, 'remote'))
    : { winner: holderOf(key), why: 'belongs to a pair of keys' };
  decided.set(name, fromSide(name, key, winner, why));
  // Beside a private key that one side alone has, a public key stays, wherever it is.
  const given = winner === 'local' ? half.local : half.remote;
  if ((contested || given !== undefined) && !equalVersion(half.local, half.remote))
    decided.set(other, fromSide(other, half, winner, why));
}

function holderOf({ local }: Sides): Side {
  return local === undefined ? 'remote' : 'local';
}

function newestOf(files: readonly Sides[], side: Side): number {
  return Math.max(...files.map((sides) => sides[side]?.mtime ?? -1));
}

function fromSide(name: string, { local, remote }: Sides, winner: Side, why: string): Decision {
  if (local !== undefined && remote !== undefined) return { name, action: 'conflict', winner, why };
  const given = winner === 'local' ? local : remote;
  const give = winner === 'local' ? 'upload' : 'download';
  const take = winner === 'local' ? 'delete-remote' : 'delete-local';
  return { name, action: given === undefined ? take : give, why };
}

/** Content and mode; times do not count. */
export function equalVersion(
  a: Omit<Version, 'mtime'> | undefined,
  b: Omit<Version, 'mtime'> | undefined,
): boolean {
  return a === undefined || b === undefined ? a === b : a.hash === b.hash && a.mode === b.mode;
}
