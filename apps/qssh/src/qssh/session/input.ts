// Standard input, on its way to the other side.
import type { Writable } from 'node:stream';
import type { Typed } from './escapes.ts';

/**
 * Sends standard input until it ends, which ends `to` as well. What the other side does not take holds the input back.
 * @param read Takes escapes out of what is typed.
 */
export function sendInput(
  to: Writable,
  read: ((bytes: Uint8Array) => readonly Typed[]) | undefined,
  act: (action: Exclude<Typed, Uint8Array>) => void,
): void {
  const { stdin } = process;
  stdin.on('data', (chunk: Uint8Array) => {
    for (const typed of read?.(chunk) ?? [chunk]) {
      if (typeof typed === 'string') act(typed);
      else if (!to.write(typed)) stdin.pause();
    }
  });
  to.on('drain', () => stdin.resume());
  stdin.once('end', () => to.end());
  // A terminal that has gone is an end of input.
  stdin.once('error', () => to.end());
}

/** Lets the process end although standard input is open. */
export function leaveInput(): void {
  process.stdin.pause();
  process.stdin.removeAllListeners('data');
  if ('unref' in process.stdin) process.stdin.unref();
}
