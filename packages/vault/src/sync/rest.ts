// A sync that found every file the same on both sides, and nothing to say, finds that again until something changes that
// it looked at: the folder, what this machine remembers of it, or the ledger. To see that they did not takes a fraction
// of the time of a sync.
import { lstatSync, readdirSync, statSync, type Stats } from 'node:fs';
import {
  concat,
  decode,
  encode,
  equal,
  FormatError,
  list,
  literal,
  raw,
  struct,
  text,
  uint32,
  uint64,
  utf8,
} from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';
import { readRegularFile, statRegularFile, writeFileAtomic } from '@orrery/disk';
import type { Client } from '../client/client.ts';
import { unixNow } from '../client/clock.ts';
import type { Home } from '../client/home.ts';
import { MAX_FILES } from '../limits.ts';
import { folderFile, RACY } from './folder-state.ts';
import type { Place } from './place.ts';
import type { Report, SyncHost, SyncOptions } from './report.ts';

const LABEL = 'orrery/vault/1/rest-file';
const MAX_BYTES = 64 * 1024 * 1024;

/** Seconds after which everything is compared anyway: a newer version of this program may have more to say. */
const MAX_AGE = 86_400;

const restCodec = struct({
  label: literal(LABEL),
  since: uint64,
  look: raw(32),
  /** The hash of the newest entry of the ledger. */
  head: raw(32),
  skipped: uint32,
  subfolders: list(text(255), MAX_FILES),
  includedFolders: list(text(2048), 2 ** 20),
});

/** A folder and this machine's memory of it as they stand, without a content: equal looks, nothing changed. */
interface Look {
  readonly digest: Uint8Array;
  /** Nothing is so young that a later change could leave its stamp as it is. */
  readonly settled: boolean;
}

/** `syncFolder`, but for the work if the last one found the folder at rest and it still is. */
export async function syncUnlessAtRest(
  client: Client,
  place: Place,
  options: SyncOptions,
  host: SyncHost,
): Promise<Report> {
  const isPlain = options.direction === 'both' && !options.dryRun && options.include.length === 0;
  // Before the sync looks: what changes under it shows at the next look.
  const look = isPlain ? lookAt(client.home, place) : undefined;
  const rest = look === undefined ? undefined : readRest(client, place, look);
  if (rest !== undefined) return rest;
  const { syncFolder } = await import('./sync.ts');
  const report = await syncFolder(client, place, options, host);
  if (look?.settled === true && isQuiet(report)) writeRest(client, place, look, report);
  return report;
}

function isQuiet({ decisions, remarks, withheld }: Report): boolean {
  return decisions.length === 0 && remarks.length === 0 && withheld.length === 0;
}

/** Undefined if the folder is missing, was never synced, or cannot be looked at. */
function lookAt(home: Home, place: Place): Look | undefined {
  try {
    const names = readdirSync(place.folder);
    if (names.length > MAX_FILES) return undefined;
    const paths = names.map((name) => `${place.folder}${place.separator}${name}`);
    const stats = [folderFile(home, place.folder), ...paths].flatMap(statsOf);
    const latest = Date.now() - Number(RACY / 1_000_000n);
    return {
      digest: sha256(concat(utf8(JSON.stringify({ place, names })), toBytes(stats))),
      settled: stats.every((stat) => stat.isDirectory() || stat.ctimeMs < latest),
    };
  } catch (cause) {
    // Whatever is wrong, a sync says it better.
    if (cause instanceof Error && 'syscall' in cause) return undefined;
    throw cause;
  }
}

/** What stands at the path; for a link, what it leads to as well. */
function statsOf(path: string): Stats[] {
  const stat = lstatSync(path);
  return stat.isSymbolicLink() ? [stat, statSync(path)] : [stat];
}

/**
 * All by which a change shows. Half a microsecond is fine enough: once a look has settled, a change is seconds younger.
 * A folder in the folder counts as there, whatever happens in it.
 */
function toBytes(stats: readonly Stats[]): Uint8Array {
  const numbers = new Float64Array(stats.length * 6);
  for (const [index, stat] of stats.entries()) {
    const { mode, uid, ino, size, mtimeMs, ctimeMs } = stat;
    numbers.set(stat.isDirectory() ? [mode, uid] : [mode, uid, ino, size, mtimeMs, ctimeMs], index * 6);
  }
  return new Uint8Array(numbers.buffer);
}

/** What a sync would report, if it would find what the last one found. */
function readRest({ home, session }: Client, { folder }: Place, look: Look): Report | undefined {
  const path = restFile(home, folder);
  if (statRegularFile(path) === undefined) return undefined;
  try {
    const rest = decode(restCodec, readRegularFile(path, MAX_BYTES).bytes);
    const age = unixNow() - Number(rest.since);
    if (age < 0 || age >= MAX_AGE) return undefined;
    if (!equal(rest.look, look.digest) || !equal(rest.head, session.state.head.hash)) return undefined;
    const { skipped, subfolders, includedFolders } = rest;
    return { ...NOTHING, skipped, subfolders, includedFolders };
  } catch (cause) {
    if (cause instanceof FormatError) return undefined;
    throw cause;
  }
}

const NOTHING: Report = {
  decisions: [],
  uploaded: [],
  downloaded: [],
  skipped: 0,
  merged: [],
  deletedHere: [],
  deletedOnServer: [],
  remarks: [],
  withheld: [],
  subfolders: [],
  includedFolders: [],
  massDeletion: undefined,
  snapshot: undefined,
};

function writeRest({ home, session }: Client, { folder }: Place, look: Look, report: Report): void {
  const { skipped, subfolders, includedFolders } = report;
  const bytes = encode(restCodec, {
    label: LABEL,
    since: BigInt(unixNow()),
    look: look.digest,
    head: session.state.head.hash,
    skipped,
    subfolders,
    includedFolders,
  });
  writeFileAtomic(restFile(home, folder), bytes, { mode: 0o600 });
}

function restFile(home: Home, folder: string): string {
  return `${folderFile(home, folder)}.rest`;
}
