// Standard input, on its way to the other side.
import { fstatSync, readSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { giveBack } from '@orrery/ssh';
import type { Typed } from './escapes.ts';

/** Bytes of a file that are read at once. */
const BLOCK = 256 * 1024;

/**
 * Sends standard input until it ends, which ends `to` as well. What the other side does not take holds the input back.
 * @param read Takes escapes out of what is typed.
 * @returns stops that, and lets the process end although standard input is open
 */
export function sendInput(
  to: Writable,
  read: ((bytes: Uint8Array) => readonly Typed[]) | undefined,
  act: (action: Exclude<Typed, Uint8Array>) => void,
): () => void {
  return read === undefined && isFile(0) ? sendFile(0, to) : sendStream(to, read, act);
}

function sendStream(
  to: Writable,
  read: ((bytes: Uint8Array) => readonly Typed[]) | undefined,
  act: (action: Exclude<Typed, Uint8Array>) => void,
): () => void {
  const { stdin } = process;
  stdin.on('data', (chunk: Uint8Array) => {
    for (const typed of read?.(chunk) ?? [chunk]) {
      if (typeof typed === 'string') act(typed);
      else if (!to.write(typed, () => giveBack(typed))) stdin.pause();
    }
  });
  to.on('drain', () => stdin.resume());
  stdin.once('end', () => to.end());
  // A terminal that has gone is an end of input.
  stdin.once('error', () => to.end());
  return () => {
    stdin.pause();
    stdin.removeAllListeners('data');
    if ('unref' in stdin) stdin.unref();
  };
}

/** Reads without the pool of threads, which takes longer to be asked than the system to answer. */
function sendFile(fd: number, to: Writable): () => void {
  const block = new Uint8Array(BLOCK);
  let isStopped = false;
  const sendMore = (): void => {
    if (isStopped) return;
    const length = readOrEnd(fd, block);
    if (length === 0) to.end();
    // The other side must be heard in between.
    else to.write(block.subarray(0, length), () => setImmediate(sendMore));
  };
  sendMore();
  return () => {
    isStopped = true;
  };
}

/** What cannot be read any more is at its end. */
function readOrEnd(fd: number, into: Uint8Array): number {
  try {
    return readSync(fd, into);
  } catch {
    return 0;
  }
}

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}
