/** The last second of the year 9999: what is later has no four digits for its year. */
const LAST_SECOND = 253_402_300_799;

/** `2026-11-21 14:03` in this machine's time zone, as all dates are shown. @param seconds Unix time. */
export function localTime(seconds: number | bigint): string {
  const date = toDate(seconds);
  if (date === undefined) return 'an unknown time';
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** `2026-11-21T14:03:20Z` (RFC 3339, UTC), as all dates stand in JSON. @param seconds Unix time. */
export function utcTime(seconds: number | bigint): string | undefined {
  return toDate(seconds)
    ?.toISOString()
    .replace(/\.\d+Z$/, 'Z');
}

/** Undefined for a time that no calendar has: another machine may claim anything. */
function toDate(seconds: number | bigint): Date | undefined {
  return seconds >= 0 && seconds < LAST_SECOND ? new Date(Number(seconds) * 1000) : undefined;
}
