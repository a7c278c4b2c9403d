// What the other side says, on its way to standard output and standard error.
import type { Readable, Writable } from 'node:stream';
import { passOn } from '../../copy/pass-on.ts';

/**
 * Copies to a standard stream, which stays open. When nobody reads that any more, `onClosed` is told and the rest is
 * dropped.
 * @returns resolves when all of it is written
 */
export function copyOutput(from: Readable, to: Writable, onClosed: () => void): Promise<void> {
  let isClosed = false;
  to.on('error', () => {
    if (isClosed) return;
    isClosed = true;
    onClosed();
  });
  passOn(from, to);
  const { promise, resolve } = Promise.withResolvers<void>();
  const finish = (): void => {
    if (isClosed || to.destroyed) resolve();
    else to.write('', () => resolve());
  };
  from.once('end', finish);
  from.once('close', finish);
  return promise;
}
