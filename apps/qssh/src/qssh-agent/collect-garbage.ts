// What OpenSSL holds of a key is overwritten when nothing refers to the key any more, which Node.js finds out late.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let isPlanned = false;

/** Finds it out soon. */
export function collectGarbage(): void {
  if (isPlanned) return;
  isPlanned = true;
  setImmediate(() => {
    isPlanned = false;
    setFlagsFromString('--expose-gc');
    runInNewContext('gc()');
  });
}
