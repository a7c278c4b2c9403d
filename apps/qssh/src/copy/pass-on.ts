import type { Readable, Writable } from 'node:stream';
import { giveBack } from '@orrery/ssh';

/** Bytes that may wait for the other side: streams themselves would stop at every packet. */
const ENOUGH = 512 * 1024;

/**
 * Copies what comes, between a channel and a pipe or file; neither end is passed on. What comes in one turn of the event
 * loop leaves together, and what nobody takes any more is dropped.
 */
export function passOn(from: Readable, to: Writable): void {
  from.on('data', (chunk: Uint8Array) => {
    if (!to.writable) return;
    if (to.writableCorked === 0) {
      to.cork();
      process.nextTick(() => to.uncork());
    }
    to.write(chunk, () => giveBack(chunk));
    if (to.writableLength >= ENOUGH) from.pause();
  });
  to.on('drain', () => from.resume());
  to.on('error', () => from.resume());
}
