import { equal } from '@orrery/bytes';
import type { Stamp } from '@orrery/disk';
import type { Client } from '../client/client.ts';
import { commit } from '../client/commit.ts';
import { LostObjectError } from '../client/contents.ts';
import { finishRotation } from '../client/rotation.ts';
import { UnreadableViewError, type View } from '../client/view.ts';
import { sortByAcceptance } from './acceptance.ts';
import { applyChanges, type Applied } from './apply.ts';
import { prepare, type Attempt } from './attempt.ts';
import { checkKept, FileChangedError, gather, type Change, type Checked } from './changes.ts';
import { directed } from './direction.ts';
import { readFolderState, writeFolderState, type FolderState } from './folder-state.ts';
import { formerHosts, remember } from './memory.ts';
import { MergeBases } from './merge-bases.ts';
import type { Place } from './place.ts';
import { makePlan, type Decision } from './plan.ts';
import { previewChanges } from './preview.ts';
import { kindOf } from './references.ts';
import {
  makeReport,
  MassDeletionError,
  type Remark,
  type Report,
  type SyncHost,
  type SyncOptions,
} from './report.ts';
import { supplyFrom } from './supply.ts';

/** What a direction is called where people ask for it. */
const COMMANDS = { both: 'sync', up: 'upload', down: 'download' } as const;

/** How often a sync begins anew after another machine was quicker or a file changed under it. */
const MAX_TRIES = 10;

/**
 * Brings a folder in step with the account. The session must be fresh (`refresh`) and at rest
 * (`finishRotation`). Nothing local is written before the commit is in the ledger; interrupted anywhere,
 * the next sync finds either nothing done or the server's version to take over.
 * @throws {MassDeletionError} if more would be deleted than looks meant.
 */
export async function syncFolder(
  client: Client,
  place: Place,
  options: SyncOptions,
  host: SyncHost,
): Promise<Report> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    try {
      const report = await attemptSync(client, place, options, host);
      if (report !== undefined) return report;
      await catchUp(client, place);
    } catch (cause) {
      const unreadable = cause instanceof LostObjectError || cause instanceof UnreadableViewError;
      const again = cause instanceof FileChangedError || (unreadable && (await catchUp(client, place)));
      if (!again) throw cause;
    }
  }
  throw new Error(
    `Cannot ${COMMANDS[options.direction]} "${place.folder}": it or the account changed ${MAX_TRIES} times meanwhile; try again`,
  );
}

/** Takes over what is new, and ends a rotation that is among it; false if there is nothing. */
async function catchUp({ home, session }: Client, place: Place): Promise<boolean> {
  const news = await session.refresh();
  if (session.keeps) await finishRotation(home, session, { supply: supplyFrom(place), fromLastSeen: false });
  return news.length > 0;
}

/** One attempt; undefined if another machine committed first, or took away what was to be read. */
async function attemptSync(
  client: Client,
  place: Place,
  options: SyncOptions,
  host: SyncHost,
): Promise<Report | undefined> {
  const state = withIncluded(readFolderState(client.home, place.folder), options.include);
  const bases = MergeBases.read(client.home, place.folder);
  const seen = await prepare(client, place, state);
  const plan = makePlan(seen.sides, (name) => isMerged(seen, name));
  const { decisions, copies, remarks } = await directed(seen, plan, options, host);
  const attempt = { ...seen, remarks: [...seen.remarks, ...remarks, ...unknownNames(seen, options)] };
  const massDeletion = findMassDeletion(attempt, decisions, options);
  if (massDeletion !== undefined && !options.allowDeletions) throw massDeletion;
  const gathered = await gather(attempt, bases, decisions, copies);
  if (hasLost(gathered) && (await catchUp(client, place))) return undefined;
  const { repairs, sound } = options.direction === 'down' ? UNCHECKED : await checkOnce(client, attempt);
  if (host.preview !== undefined) host.preview(await previewChanges(attempt, gathered));
  const sorted = await sortByAcceptance(attempt, [...gathered, ...repairs], (lines, about) =>
    host.accept(lines, about),
  );
  if (options.dryRun) return makeReport(attempt, decisions, sorted, undefined, massDeletion);
  const view = await commitChanges(client, attempt, sorted.allowed);
  if (view === undefined) return undefined;
  const former = formerHosts(attempt, sorted);
  // Before the lines go: a crash must not make a host unknown.
  if (former !== state.former) writeFolderState(client.home, { ...attempt.state, former });
  const applied = write(client, attempt, sorted.allowed, options);
  const kept = options.safeFolder === undefined;
  const included = options.include.length > 0;
  // What is lost may be here in time.
  const checked = options.direction !== 'down' && !hasLost(gathered);
  remember(client, { attempt, bases, view, sound, sorted, applied, former, kept, included, checked });
  return makeReport(attempt, decisions, sorted, applied, massDeletion);
}

function withIncluded(state: FolderState, include: readonly string[]): FolderState {
  return include.length === 0 ? state : { ...state, included: [...new Set([...state.included, ...include])] };
}

/** Names that were asked for, of which nothing is anywhere: perhaps mistyped. */
function unknownNames({ scan, remote }: Attempt, { include }: SyncOptions): readonly Remark[] {
  const isKnown = (name: string): boolean =>
    scan.files.has(name) || scan.kept.has(name) || scan.blocked.has(name) || remote.has(name);
  const text = 'no file of this name is here or on the server; it is synced once there is one';
  return include.filter((name) => !isKnown(name)).map((name) => ({ name, kind: 'unknown' as const, text }));
}

function isMerged(attempt: Attempt, name: string): boolean {
  const kind = kindOf(name, attempt.references);
  return kind === 'config' || kind === 'known_hosts';
}

/** Whether a folder was emptied by accident, here or elsewhere. */
function findMassDeletion(
  attempt: Attempt,
  decisions: readonly Decision[],
  { direction }: SyncOptions,
): MassDeletionError | undefined {
  const { place, scan, remote } = attempt;
  const known = attempt.state.base.length;
  const count = (action: Decision['action']): number =>
    decisions.filter((decision) => decision.action === action).length;
  const stop = (what: string, restorable: boolean): MassDeletionError =>
    new MassDeletionError(`${COMMANDS[direction]} "${place.folder}"`, what, restorable);
  const there = count('delete-remote');
  if (scan.files.size === 0 && there > 0 && known > 0)
    return stop(
      `the folder is ${scan.missing ? 'missing' : 'empty'}, and ${known} ${known === 1 ? 'file was' : 'files were'} there at the last sync`,
      true,
    );
  // A folder that was never synced has nothing in common with the server yet.
  const [totalThere, totalHere] = known > 0 ? [known, known] : [remote.size, scan.files.size];
  if (there * 2 > totalThere)
    return stop(`${there} of ${totalThere} files would be deleted on the server`, true);
  const here = count('delete-local');
  if (here * 2 > totalHere) return stop(`${here} of ${totalHere} files would be deleted here`, false);
  return undefined;
}

function hasLost(changes: readonly Change[]): boolean {
  return changes.some(({ remarks }) => remarks.some(({ kind }) => kind === 'lost'));
}

const UNCHECKED: Checked = { repairs: [], sound: new Set() };

/** Whatever another machine committed may have taken something away; what this one commits does not. */
function checkOnce({ session }: Client, attempt: Attempt): Promise<Checked> {
  const { checkedHead } = attempt.state;
  const known = checkedHead !== undefined && equal(session.state.head.hash, checkedHead);
  return known ? Promise.resolve(UNCHECKED) : checkKept(attempt);
}

async function commitChanges(
  client: Client,
  attempt: Attempt,
  changes: readonly Change[],
): Promise<View | undefined> {
  const deleted = changes.filter(({ toServer }) => toServer === null).map(({ name }) => name);
  const versions = changes.flatMap(({ name, toServer }) => {
    if (toServer === undefined || toServer === null) return [];
    const { bytes, mode, mtime, portable } = toServer;
    return [{ name, content: bytes, mode, mtime, portable }];
  });
  if (deleted.length === 0 && versions.length === 0) return attempt.view;
  const contents = await attempt.contents();
  const seen = new Set(attempt.state.base.flatMap(({ object }) => object?.toHex() ?? []));
  return commit(client.home, client.session, contents, attempt.view, { versions, deleted, seen });
}

function write(client: Client, attempt: Attempt, changes: readonly Change[], options: SyncOptions): Applied {
  const command = options.direction === 'down' ? 'download' : 'sync';
  const { safeFolder } = options;
  const seen = (name: string): Stamp | null => attempt.scan.files.get(name)?.stamp ?? null;
  if (safeFolder === undefined) return applyChanges(client.home, attempt.place, changes, seen, command);
  const place = { ...attempt.place, folder: safeFolder };
  const arrivals = changes.filter(({ toDisk }) => toDisk !== null);
  return applyChanges(client.home, place, arrivals, () => undefined, command);
}
