import { reasonOf } from '../../copy/reason.ts';
import type { Log } from '../log.ts';

/** undefined, and a line of the log, if the system has no room for another process: users can fill it, and others go on. */
export function tryToStart<T>(start: () => T, log: Log): T | undefined {
  try {
    return start();
  } catch (error) {
    log.error(reasonOf(error));
    return undefined;
  }
}
