/** Below this size it costs more to give memory back than to leave it to the garbage collector. */
const SMALL = 4096;

/**
 * The C library hands free memory at the end of its heap over to the system, and pays for it with page faults when it is
 * needed again, which here is at once. What it keeps is twice the largest block that was ever freed, after the manual page
 * mallopt(3): one of 4 MiB, of which nothing is touched, lets it keep 8.
 */
const LARGEST = 4 * 1024 * 1024;
let isFirst = true;

/**
 * Gives the memory of bytes back at once. For those who have them to themselves and have done with them: what packets
 * leave behind would otherwise wait for the garbage collector until it is a hundred megabytes, which no cache holds.
 */
export function giveBack({ buffer, length }: Uint8Array): void {
  // Less than half of its memory may be a piece of a pool, which is shared.
  const isAlone = 2 * length > buffer.byteLength;
  if (length < SMALL || !isAlone || !(buffer instanceof ArrayBuffer)) return;
  if (isFirst) new ArrayBuffer(LARGEST).transfer(0);
  isFirst = false;
  buffer.transfer(0);
}
