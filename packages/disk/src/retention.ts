/** How long snapshots are kept. */
export interface Retention {
  /** This many of the newest stay, however old they are. */
  readonly newest: number;
  /** Days for which every other one stays too, as far as the limits allow. */
  readonly days: number;
  /** The most that stay. */
  readonly maxCount: number;
  /** Bytes that all together may have. */
  readonly maxBytes: number;
}

/** What the choice is made from. */
export interface Kept {
  readonly takenAt: Date;
  readonly bytes: number;
  /** It holds the content of at least one file; otherwise it says only which files were new. */
  readonly holdsFiles: boolean;
}

const DAY = 86_400_000;

/**
 * Which snapshots go. Whoever can make arrivals must not be able to push out what they replaced or deleted, so number
 * alone removes nothing: what is younger than `days`, or among the `newest`, stays. Beyond `maxCount` those go first that
 * hold no file, then the oldest. Beyond `maxBytes` the largest go: files that matter are small, and a flood of many small
 * ones is too slow. The newest one always stays.
 * @param snapshots Newest first. @param now Milliseconds since 1970.
 */
export function outdated<Snapshot extends Kept>(
  snapshots: readonly Snapshot[],
  { newest, days, maxCount, maxBytes }: Retention,
  now: number,
): Snapshot[] {
  const young = (snapshot: Kept): boolean => snapshot.takenAt.getTime() > now - days * DAY;
  const stay = new Set(snapshots.filter((snapshot, index) => index < newest || young(snapshot)));
  const removable = [...stay].slice(1).toReversed();
  for (const snapshot of removable.toSorted((a, b) => Number(a.holdsFiles) - Number(b.holdsFiles))) {
    if (stay.size <= maxCount) break;
    stay.delete(snapshot);
  }
  let bytes = [...stay].reduce((sum, snapshot) => sum + snapshot.bytes, 0);
  for (const snapshot of removable.toSorted((a, b) => b.bytes - a.bytes)) {
    if (bytes <= maxBytes) break;
    if (stay.delete(snapshot)) bytes -= snapshot.bytes;
  }
  return snapshots.filter((snapshot) => !stay.has(snapshot));
}
