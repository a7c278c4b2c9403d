import { type Certificate, FOREVER } from '@orrery/keys';

/** When a certificate is valid, in the words of ssh-keygen. */
export function validityText({
  validAfter,
  validBefore,
}: Pick<Certificate, 'validAfter' | 'validBefore'>): string {
  if (validAfter === 0n && validBefore === FOREVER) return 'forever';
  if (validAfter === 0n) return `before ${localTime(validBefore)}`;
  if (validBefore === FOREVER) return `after ${localTime(validAfter)}`;
  return `from ${localTime(validAfter)} to ${localTime(validBefore)}`;
}

/** The latest time that a Date has, in seconds. */
const LAST = 8_640_000_000_000n;

/** As 2030-12-31T23:59:59. @param seconds Since 1970. */
export function localTime(seconds: bigint): string {
  const date = new Date(Number(seconds < LAST ? seconds : LAST) * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(two).join('-');
  return `${day}T${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}
