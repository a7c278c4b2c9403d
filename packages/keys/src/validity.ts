import { parseAbsoluteTime } from './absolute-time.ts';
import { type Certificate, FOREVER } from './certificate.ts';
import { parseDuration } from './duration.ts';

/** When a certificate is valid, in seconds since 1970. */
export type Validity = Pick<Certificate, 'validAfter' | 'validBefore'>;

/**
 * What `ssh-keygen -V` takes: `+52w`, or `FROM:TO`. Each is a time such as 20300101 or 20300101120000Z, seconds since 1970
 * as `0x` and hexadecimal, or what lies before or behind now, as `-1d` and `+1h`. FROM may be `always`, TO `forever`.
 * @param now Milliseconds since 1970.
 * @throws {SyntaxError} the text is none of these. @throws {RangeError} what it says does not end after it begins
 */
export function parseValidity(text: string, now: number): Validity {
  const seconds = BigInt(Math.floor(now / 1000));
  const [from = '', to = '', ...others] = text.split(':');
  if (text.startsWith('+') && !text.includes(':')) {
    // A minute or two earlier, for hosts whose clocks are behind.
    const validAfter = ((seconds - 59n) / 60n) * 60n;
    return checked(text, { validAfter, validBefore: timeOf(text, seconds) });
  }
  if (others.length > 0) throw invalid(text);
  const validAfter = from === 'always' ? 0n : timeOf(from, seconds);
  return checked(text, { validAfter, validBefore: to === 'forever' ? FOREVER : timeOf(to, seconds) });
}

function checked(text: string, validity: Validity): Validity {
  const { validAfter, validBefore } = validity;
  if (validAfter < 0n || validBefore > FOREVER) throw invalid(text);
  if (validBefore <= validAfter)
    throw new RangeError(`Cannot read validity ${JSON.stringify(text)}: it does not end after it begins`);
  return validity;
}

function timeOf(text: string, now: bigint): bigint {
  if (/^0x[\da-fA-F]{1,16}$/.test(text)) return BigInt(text);
  const duration = /^[-+]/.test(text) ? parseDuration(text.slice(1)) : undefined;
  if (duration !== undefined) return now + (text.startsWith('-') ? -BigInt(duration) : BigInt(duration));
  const time = parseAbsoluteTime(text);
  if (time === undefined) throw invalid(text);
  return BigInt(time / 1000);
}

function invalid(text: string): SyntaxError {
  return new SyntaxError(`Cannot read validity ${JSON.stringify(text)}: +TIME or FROM:TO expected`);
}
