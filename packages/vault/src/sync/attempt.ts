import { foldFileName } from '@orrery/disk';
import { Contents } from '../client/contents.ts';
import type { Client } from '../client/client.ts';
import { unixNow } from '../client/clock.ts';
import { readView, type View } from '../client/view.ts';
import type { ManifestFile } from '../manifest.ts';
import type { FolderState } from './folder-state.ts';
import type { Place } from './place.ts';
import type { Sides, Version } from './plan.ts';
import { findReferences, kindOf, type References } from './references.ts';
import { readRules, type Rules } from './rules.ts';
import { readStored, scanFolder, storedMode, type LocalFile, type Scan } from './scan.ts';
import { checkArrivals, type Arrivals } from './refusals.ts';
import type { Remark } from './report.ts';

/** Everything that a decision is made from, read once. */
export interface Attempt {
  readonly place: Place;
  readonly state: FolderState;
  readonly contents: () => Promise<Contents>;
  readonly view: View;
  readonly scan: Scan;
  readonly references: References;
  /** The server's files that may come here. */
  readonly remote: ReadonlyMap<string, ManifestFile>;
  readonly sides: ReadonlyMap<string, Sides>;
  readonly remarks: readonly Remark[];
}

/** Reads both sides. `state.included` are the names that the rules let through. */
export async function prepare(client: Client, place: Place, state: FolderState): Promise<Attempt> {
  let opened: Promise<Contents> | undefined;
  const contents = (): Promise<Contents> => (opened ??= Contents.open(client.session));
  const view = await readView(client.home, client.session, contents);
  const rules = await readRules(place.folder, new Set(state.included));
  const { scan, references } = lookAround(place, state, rules, view);
  const arrivals = checkArrivals(view.files, scan, rules, state.base);
  const sides = compare(state, scan, arrivals, client.session.state.committed?.time);
  return {
    place,
    state,
    contents,
    view,
    scan,
    references,
    remote: arrivals.remote,
    sides,
    remarks: [...arrivals.remarks, ...exposed(scan), ...clashes(scan)],
  };
}

/**
 * A config decides which other files are configs. While no known config changed, what was found at the last
 * look still holds; otherwise all are read, and the folder is looked at again if that changed what counts as one.
 */
function lookAround(
  place: Place,
  state: FolderState,
  rules: Rules,
  view: View,
): { scan: Scan; references: References } {
  const asConfig = (references: References) => (name: string) =>
    kindOf(name, references) === 'config' || view.files.get(name)?.portable === true;
  const scan = scanFolder(place, state, rules, asConfig(state.references));
  const configs = [...scan.files.keys()].filter((name) => kindOf(name, state.references) === 'config');
  const known = new Map(state.seen.map((seen) => [seen.name, seen.hash.toHex()]));
  if (configs.every((name) => known.get(name) === scan.files.get(name)?.hash))
    return { scan, references: state.references };
  const read = (name: string): Uint8Array | undefined =>
    scan.files.has(name) ? readStored(place, name, true).content : undefined;
  const references = findReferences([...scan.files.keys()], read, place);
  const [before, after] = [asConfig(state.references), asConfig(references)];
  const same = [...scan.files.keys()].every((name) => before(name) === after(name));
  return { scan: same ? scan : scanFolder(place, state, rules, after), references };
}

function compare(
  state: FolderState,
  scan: Scan,
  { remote, refused }: Arrivals,
  committed: bigint | undefined,
): ReadonlyMap<string, Sides> {
  const base = new Map(state.base.map((file) => [file.name, { hash: file.hash.toHex(), mode: file.mode }]));
  const names = new Set([...scan.files.keys(), ...remote.keys(), ...base.keys()]);
  const withheld = new Set(state.withheld);
  const sides = new Map<string, Sides>();
  for (const name of [...names].toSorted()) {
    // What cannot be read or is refused is neither here nor gone; what a rule keeps is nobody else's business.
    if (scan.blocked.has(name) || scan.kept.has(name) || refused.has(name)) continue;
    const local = scan.files.get(name);
    sides.set(name, {
      base: local === undefined && withheld.has(name) ? undefined : base.get(name),
      local,
      remote: toVersion(remote.get(name), local, committed),
    });
  }
  return sides;
}

/** Unix seconds that every file system can store; a machine may claim any time. */
const LATEST = 2n ** 33n;

/** A time ahead of the commit's counts as the commit's, and of this machine's as now; a mode as what would be written. */
function toVersion(
  file: ManifestFile | undefined,
  local: LocalFile | undefined,
  committed: bigint | undefined,
): Version | undefined {
  if (file === undefined) return undefined;
  const hash = file.hash.toHex();
  const mode = storedMode(file.mode, local?.hash === hash && local.privateKey);
  const limits = [committed ?? file.mtime, BigInt(unixNow()), LATEST];
  const times = [file.mtime, ...limits].toSorted((a, b) => (a < b ? -1 : 1));
  return { hash, mode, mtime: Number(times[0]) };
}

/** Files that only this system tells apart: every other machine takes the first of them and refuses the rest. */
function clashes(scan: Scan): Remark[] {
  const first = new Map<string, string>();
  return [...scan.files.keys()].toSorted().flatMap((name) => {
    const other = first.get(foldFileName(name));
    if (other === undefined) first.set(foldFileName(name), name);
    const text = `other machines refuse it or "${other}": on some systems both are one file; rename one of them`;
    return other === undefined ? [] : [{ name, kind: 'clash' as const, text }];
  });
}

function exposed(scan: Scan): Remark[] {
  return [...scan.files.values()]
    .filter((file) => file.privateKey && (file.stamp.mode & 0o077) !== 0 && process.platform !== 'win32')
    .map(({ name, stamp }) => ({
      name,
      kind: 'exposed' as const,
      text: `a private key that others can read (mode ${stamp.mode.toString(8).padStart(4, '0')}): chmod 600`,
    }));
}
