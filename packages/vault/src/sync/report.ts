import type { Sorted, Withheld } from './acceptance.ts';
import type { Applied } from './apply.ts';
import type { PendingLine } from './arrival.ts';
import type { Attempt } from './attempt.ts';
import type { Change } from './changes.ts';
import type { Decision } from './plan.ts';
import type { Preview } from './preview.ts';

/** What a sync, upload or download did, or with `dryRun` would do. */
export interface Report {
  /** Every file that is not simply the same on both sides, with the reason. */
  readonly decisions: readonly Decision[];
  readonly uploaded: readonly string[];
  readonly downloaded: readonly string[];
  /** Files that were not transferred. */
  readonly skipped: number;
  readonly merged: readonly string[];
  readonly deletedHere: readonly string[];
  readonly deletedOnServer: readonly string[];
  /** What people should know of a file: what lost a conflict, what a merge could not decide, what was refused. */
  readonly remarks: readonly Remark[];
  /** Files that stay as they are because lines in them were not accepted. */
  readonly withheld: readonly Withheld[];
  readonly subfolders: readonly string[];
  /** Subfolders that an Include points into. */
  readonly includedFolders: readonly string[];
  /** Why it needs `allowDeletions`, if it does. */
  readonly massDeletion: string | undefined;
  /** The snapshot from which `undo` restores, if any local file was changed. */
  readonly snapshot: string | undefined;
}

export interface Remark {
  readonly name: string;
  readonly kind:
    | 'conflict'
    | 'refused'
    | 'blocked'
    | 'lost'
    | 'changed'
    | 'outside'
    | 'duplicate'
    | 'exposed'
    | 'interception'
    | 'skipped'
    | 'clash'
    | 'link'
    | 'unknown'
    | 'forgotten';
  readonly text: string;
}

/** What a command asks while it works. */
export interface SyncHost {
  /** Shows lines that need acceptance, all together, with what to know before; true if the person accepts them. */
  accept(lines: readonly PendingLine[], remarks: readonly Remark[]): Promise<boolean>;
  /** Asks what to do with a file that differs (`upload`, `download`). */
  decide(decision: Decision): Promise<'overwrite' | 'skip' | 'duplicate'>;
  /** Takes what each change would replace, before anything is asked or done. */
  preview?(changes: readonly Preview[]): void;
}

/** How a folder is brought in step. */
export interface SyncOptions {
  readonly direction: 'both' | 'up' | 'down';
  readonly dryRun: boolean;
  /** Arrivals go to this folder instead, and nothing in the synced one changes. */
  readonly safeFolder?: string;
  /** Allows deletions of more than half of the files. */
  readonly allowDeletions: boolean;
  /** Names to sync from now on although a rule keeps them local. */
  readonly include: readonly string[];
}

/** More would be deleted than looks like anybody's intention. */
export class MassDeletionError extends Error {
  override readonly name = 'MassDeletionError';
  readonly reason: string;
  readonly hint: string;

  /** @param restorable Whether a download brings back what is gone here. */
  constructor(action: string, reason: string, restorable: boolean) {
    super(`Cannot ${action}: ${reason}`);
    this.reason = reason;
    const meant = 'if the deletion is meant, repeat with --delete';
    this.hint = restorable ? `to have the files here again: ssh-sync download\n${meant}` : meant;
  }
}

/** @param applied Undefined for a dry run: then what would be written counts. */
export function makeReport(
  attempt: Attempt,
  decisions: readonly Decision[],
  sorted: Sorted,
  applied: Applied | undefined,
  massDeletion: MassDeletionError | undefined,
): Report {
  const names = (select: (change: Change) => boolean): string[] =>
    sorted.allowed.filter(select).map(({ name }) => name);
  const uploaded = names(({ toServer }) => toServer !== undefined && toServer !== null);
  const downloaded =
    applied?.written.map(({ name }) => name) ??
    names(({ toDisk }) => toDisk !== undefined && toDisk !== null);
  const deletedHere = applied?.removed ?? names(({ toDisk }) => toDisk === null);
  const deletedOnServer = names(({ toServer }) => toServer === null);
  const moved = new Set([...uploaded, ...downloaded, ...deletedHere, ...deletedOnServer]);
  const present = [...attempt.sides].filter(
    ([, { local, remote }]) => local !== undefined || remote !== undefined,
  );
  return {
    decisions: decisions.filter(({ action }) => action !== 'same'),
    uploaded,
    downloaded,
    skipped: present.filter(([name]) => !moved.has(name)).length,
    merged: names(
      ({ decision, toDisk, toServer }) => decision.action === 'merge' && (toDisk ?? toServer) !== undefined,
    ),
    deletedHere,
    deletedOnServer,
    remarks: [
      ...attempt.remarks,
      ...sorted.warnings,
      ...sorted.allowed.flatMap(({ remarks }) => remarks),
      ...(applied?.remarks ?? []),
    ],
    withheld: sorted.withheld,
    subfolders: attempt.scan.subfolders,
    includedFolders: attempt.references.folders,
    massDeletion: massDeletion?.reason,
    snapshot: applied?.snapshot,
  };
}
