/** Below this size it costs more to give memory back than to leave it to the garbage collector. */
const SMALL = 4096;

/**
 * Gives the memory of bytes back at once. For those who have them to themselves and have done with them: what packets
 * leave behind would otherwise wait for the garbage collector until it is a hundred megabytes, which no cache holds.
 */
export function giveBack({ buffer, length }: Uint8Array): void {
  // Less than half of its memory may be a piece of a pool, which is shared.
  const isAlone = 2 * length > buffer.byteLength;
  if (length >= SMALL && isAlone && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
