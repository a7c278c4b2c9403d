import { concat, utf8 } from '@orrery/bytes';

/** What a line of `ls -l` is made of. */
export interface LongNameParts {
  readonly name: Uint8Array;
  /** `st_mode`. */
  readonly mode: number;
  readonly links: number | string;
  readonly user: string;
  readonly group: string;
  /** Bytes. */
  readonly size: number | string;
  /** Seconds since 1970. */
  readonly modified: number;
}

const TYPE = 0o170000;
const types: ReadonlyMap<number, string> = new Map([
  [0o010000, 'p'],
  [0o020000, 'c'],
  [0o040000, 'd'],
  [0o060000, 'b'],
  [0o100000, '-'],
  [0o120000, 'l'],
  [0o140000, 's'],
]);

/** The bit that changes how an x is shown, that x, and the letter with x; without x it is a capital. */
const special = [
  { bit: 0o4000, execute: 0o100, letter: 's' },
  { bit: 0o2000, execute: 0o010, letter: 's' },
  { bit: 0o1000, execute: 0o001, letter: 't' },
] as const;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const HALF_A_YEAR = (365 * 86_400) / 2;

/** The line of `ls -l` as OpenSSH's server has it. `now` is in seconds since 1970. */
export function longName(parts: LongNameParts, now: number): Uint8Array {
  const { name, mode, links, user, group, size, modified } = parts;
  const columns = [
    modeText(mode),
    String(links).padStart(3),
    user.padEnd(8),
    group.padEnd(8),
    String(size).padStart(8),
    timeText(modified, now),
    '',
  ];
  return concat(utf8(columns.join(' ')), name);
}

/** Type and permissions as letters. */
export function modeText(mode: number): string {
  const permissions = special.map(({ bit, execute, letter }, index) => {
    const shift = 6 - 3 * index;
    const read = mode & (4 << shift) ? 'r' : '-';
    const write = mode & (2 << shift) ? 'w' : '-';
    const executable = (mode & execute) !== 0;
    if (mode & bit) return read + write + (executable ? letter : letter.toUpperCase());
    return read + write + (executable ? 'x' : '-');
  });
  return `${types.get(mode & TYPE) ?? '?'}${permissions.join('')} `;
}

/** The time in the last half year, otherwise the year. */
function timeText(seconds: number, now: number): string {
  const time = new Date(seconds * 1000);
  const day = `${months[time.getMonth()]} ${String(time.getDate()).padStart(2)}`;
  const isRecent = now - HALF_A_YEAR < seconds && seconds <= now;
  if (!isRecent) return `${day}  ${time.getFullYear()}`;
  return `${day} ${String(time.getHours()).padStart(2, '0')}:${String(time.getMinutes()).padStart(2, '0')}`;
}
