/** Milliseconds since some moment. `performance` tells the same, but takes two of them to be loaded. */
export function monotonicMilliseconds(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
