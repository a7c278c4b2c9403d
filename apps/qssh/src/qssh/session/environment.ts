// SendEnv and SetEnv: variables that the program on the other side gets.
import type { ClientSession } from '@orrery/ssh';
import { matchesPattern } from '@orrery/sshfiles';
import type { Settings } from '../../config/settings.ts';
import type { Log } from '../log.ts';

/** Sends them, before the program is asked for. */
export function sendVariables(session: ClientSession, settings: Settings, log: Log): void {
  for (const [name, value] of sentVariables(settings, process.env)) {
    log.debug(`channel 0: setting env ${name} = "${value}"`);
    session.env(name, value);
  }
}

/** Pairs in order; what SetEnv says comes last, so that it holds. */
function sentVariables(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): (readonly [string, string])[] {
  const patterns = settings.all('sendenv');
  const sent = Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && patterns.some((pattern) => matchesPattern(name, pattern))
      ? [[name, value] as const]
      : [],
  );
  const set = settings.all('setenv').map((text) => {
    const end = text.indexOf('=');
    return [text.slice(0, end), text.slice(end + 1)] as const;
  });
  return [...sent, ...set];
}
