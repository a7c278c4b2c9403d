import { LoginError } from './failure.ts';
import type { Log } from './log.ts';

/** Says what went wrong, with what lies behind it. */
export function explain(cause: unknown, log: Log): void {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  log.error(error.message);
  const isWhole = error instanceof LoginError;
  for (let inner = error.cause; !isWhole && inner instanceof Error; inner = inner.cause)
    if (!error.message.includes(inner.message)) log.error(`cause: ${inner.message}`);
  if (log.says('DEBUG2') && error.stack !== undefined) log.debug(error.stack, 2);
}
