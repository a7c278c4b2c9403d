// RFC 4253, section 9, and RFC 4344, section 3: how long keys may serve.

/** After how much new keys are asked for, as OpenSSH's RekeyLimit has it. */
export interface RekeyLimits {
  /** Bytes in either direction; 0 leaves it to the ciphers. */
  readonly bytes: number;
  /** Seconds; 0 for no such limit. */
  readonly seconds: number;
}

/** What has passed in one direction under its present keys. */
export interface Counter {
  readonly packets: number;
  readonly bytes: number;
  /** What the cipher of the direction bears (RFC 4344, section 3.2), in bytes. */
  readonly maxBytes: number;
}

/** After so many packets new keys are asked for, before the sequence number comes around. */
const MAX_PACKETS = 2 ** 31;

/** Whether bytes or packets have used up the keys. A packet has to pass under each set of keys, however small the limit. */
export function areUsedUp({ bytes }: RekeyLimits, ...counters: readonly Counter[]): boolean {
  if (counters.every(({ packets }) => packets === 0)) return false;
  return counters.some((counter) => {
    const most = bytes === 0 ? counter.maxBytes : Math.min(bytes, counter.maxBytes);
    return counter.bytes > most || counter.packets > MAX_PACKETS;
  });
}
