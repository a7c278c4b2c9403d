/** How long snapshots are kept. */
export interface Retention {
  /** This many of the newest stay, however old they are. */
  readonly newest: number;
  /** Days for which every other one stays too, as far as the limits allow. */
  readonly days: number;
  /** The most parts that stay. */
  readonly maxCount: number;
  /** Bytes that all together may have. */
  readonly maxBytes: number;
}

/** What the choice is made from: a part of a snapshot. */
export interface Kept {
  readonly id: string;
  /** 0: the smallest files. */
  readonly part: number;
  readonly takenAt: Date;
  readonly bytes: number;
  /** It holds the content of at least one file; otherwise it says only which files were new. */
  readonly holdsFiles: boolean;
}

const DAY = 86_400_000;

/**
 * Which parts of snapshots go. Whoever can make arrivals must not be able to push out what they replaced or deleted, so
 * number alone removes nothing: what is younger than `days`, or among the `newest`, stays. Beyond `maxCount` those go first
 * that hold no file, then the further parts, then the oldest. Beyond `maxBytes` the largest go: files that matter are
 * small, and a flood of many small ones is too slow. All of the newest one always stays.
 * @param parts Newest first. @param now Milliseconds since 1970.
 */
export function outdated<Part extends Kept>(
  parts: readonly Part[],
  { newest, days, maxCount, maxBytes }: Retention,
  now: number,
): Part[] {
  const recent = new Set([...new Set(parts.map(({ id }) => id))].slice(0, newest));
  const young = (part: Kept): boolean => part.takenAt.getTime() > now - days * DAY;
  const stay = new Set(parts.filter((part) => recent.has(part.id) || young(part)));
  const removable = [...stay].filter(({ id }) => id !== parts[0]?.id).toReversed();
  for (const part of removable.toSorted((a, b) => rank(a) - rank(b))) {
    if (stay.size <= maxCount) break;
    stay.delete(part);
  }
  let bytes = [...stay].reduce((sum, part) => sum + part.bytes, 0);
  for (const part of removable.toSorted((a, b) => b.bytes - a.bytes)) {
    if (bytes <= maxBytes) break;
    if (stay.delete(part)) bytes -= part.bytes;
  }
  return parts.filter((part) => !stay.has(part));
}

/** The lowest goes first. */
function rank({ holdsFiles, part }: Kept): number {
  if (!holdsFiles) return 0;
  return part > 0 ? 1 : 2;
}
