import { failureText } from '../copy/reason.ts';
import { LoginError } from './failure.ts';
import type { Log } from './log.ts';

/** Says what went wrong, with what lies behind it where that is not said yet. */
export function explain(cause: unknown, log: Log): void {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  if (log.says('DEBUG2')) for (const line of (error.stack ?? '').split('\n')) log.debug(line, 2);
  log.error(failureText(error));
  if (error.message.includes('Cannot agree on a host key algorithm'))
    log.error('-o HostKeyAlgorithms=+NAME offers what else qssh -Q HostKeyAlgorithms names.');
  if (error instanceof LoginError) return;
  for (let inner = error.cause; inner instanceof Error; inner = inner.cause)
    if (!error.message.includes(failureText(inner))) log.error(`cause: ${failureText(inner)}`);
}
