// A login from the first packet to the exit code.
import { isBackgroundChild, tellParent } from './background.ts';
import type { LoginRequest } from './begin-login.ts';
import type { Line } from './dial.ts';
import { failureAt } from './failure.ts';
import type { Log } from './log.ts';
import { runLocalCommand } from './local-command.ts';
import { openClient } from './open-client.ts';
import { loadStandardStreams } from './session/load-streams.ts';
import { runSession } from './session/run-session.ts';

/** Exit code of what went wrong here. */
const FAILED = 255;

/** Logs in over the connection, runs what is asked for and gives the exit code. @throws {LoginError} */
export async function login(request: LoginRequest, route: Promise<Line>): Promise<number> {
  const { line, config, log } = request;
  const { settings } = config;
  const client = await openClient(request, route, () => loadStandardStreams(settings));
  try {
    if (isBackgroundChild()) tellParent();
    runLocalCommand(config, log);
    // A session has no end of its own when the connection is lost under it.
    const lost = Promise.race([client.closed, signalled(log)]).then(() => FAILED);
    if (settings.get('sessiontype') === 'none') return await lost;
    return await Promise.race([runSession({ client, config, log, command: line.command }), lost]);
  } catch (cause) {
    throw failureAt(config.host, cause);
  } finally {
    client.close();
  }
}

/** Resolves when somebody wants this process to end; what it took is then given back. */
function signalled(log: Log): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    if (signal === 'SIGHUP' && isBackgroundChild()) continue;
    process.once(signal, () => {
      log.verbose(`Killed by ${signal}.`);
      resolve();
    });
  }
  return promise;
}
