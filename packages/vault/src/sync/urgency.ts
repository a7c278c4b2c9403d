import type { PendingLine } from './arrival.ts';

/** Lines of one question, and of one file in a report, that are shown: nobody reads thousands. */
const MAX_SHOWN_LINES = 200;

/** What the reasons of a review speak of, the worst first. */
const URGENT: readonly RegExp[] = [
  /runs? |program|loads |run, or read|log in here|gets in/,
  /host key|known host|trust|revoked|vouch|authority/,
  /lets |opens |gives |sends |leads|means|another config|protection|count/,
];

/** Lines to show, those that can do most first, and how many more there are. */
export interface ShownLines {
  readonly lines: readonly PendingLine[];
  /** Undefined if these are all. */
  readonly more?: number;
}

/** The lines that a person should see first: among thousands of harmless ones hides the one that is not. */
export function showFirst(lines: readonly PendingLine[]): ShownLines {
  if (lines.length <= MAX_SHOWN_LINES) return { lines };
  const sorted = lines
    .map((line) => ({ line, rank: urgency(line) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ line }) => line);
  return { lines: sorted.slice(0, MAX_SHOWN_LINES), more: lines.length - MAX_SHOWN_LINES };
}

function urgency({ line, reason }: PendingLine): number {
  if (/^uses a (?:file|key) outside/.test(reason)) return URGENT.length + 1;
  if (line.startsWith('the whole file')) return 0;
  const rank = URGENT.findIndex((pattern) => pattern.test(reason));
  return rank === -1 ? URGENT.length : rank;
}
