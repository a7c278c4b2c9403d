// What comes before a login: the connection is under way while all that speaks over it is loaded.
import type { ClientConfig } from '../config/load-config.ts';
import { isBackgroundChild, runInBackground } from './background.ts';
import type { CommandLine } from './command-line.ts';
import { setOut } from './dial.ts';
import { LoginError } from './failure.ts';
import type { Log } from './log.ts';
import { nameMissing } from './missing.ts';
import type { Trace } from './trace.ts';

export interface LoginRequest {
  readonly line: CommandLine;
  readonly config: ClientConfig;
  readonly log: Log;
  /** Of --trace. */
  readonly trace?: Trace | undefined;
}

/** Logs in, runs what is asked for and gives the exit code. @param argv Of this process. @throws {LoginError} */
export async function beginLogin(request: LoginRequest, argv: readonly string[]): Promise<number> {
  const { line, config, log } = request;
  // The process that goes on in the background says nothing twice.
  if (!isBackgroundChild()) nameMissing(line, config.settings, log);
  if (config.settings.isOn('forkafterauthentication') && !isBackgroundChild()) {
    if (needsCommand(request))
      throw new LoginError('Cannot fork into background without a command to execute.');
    return runInBackground(argv);
  }
  const trace = line.traceFile === undefined ? undefined : await traceTo(line.traceFile);
  const { route } = await setOut(config, log);
  const { login } = await import('./login-session.ts');
  return login({ ...request, trace }, route);
}

async function traceTo(file: string): Promise<Trace> {
  const { openTrace } = await import('./trace.ts');
  return openTrace(file);
}

function needsCommand({ line, config: { settings } }: LoginRequest): boolean {
  return line.command === '' && !settings.has('remotecommand') && settings.get('sessiontype') === 'default';
}
