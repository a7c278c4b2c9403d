/** In milliseconds, about 24 days: for any longer time Node.js waits one millisecond. */
const LONGEST = 2 ** 31 - 1;

/** A time in seconds as timers take it, in milliseconds. What is longer than they can wait is as long as they can. */
export function timerDelay(seconds: number): number {
  return Math.min(seconds * 1000, LONGEST);
}
