import type { Settings } from '../config/settings.ts';
import type { CommandLine } from './command-line.ts';
import { LoginError } from './failure.ts';
import type { Log } from './log.ts';

/** Options that change nothing yet, and what of them needs no word. */
const missing: readonly (readonly [keyword: string, quiet: readonly string[]])[] = [
  ['localforward', []],
  ['remoteforward', []],
  ['dynamicforward', []],
  ['tunnel', ['false']],
  ['forwardx11', ['no']],
  ['forwardagent', ['no']],
  ['gssapiauthentication', ['no']],
  ['hostbasedauthentication', ['no']],
  ['certificatefile', []],
  ['pkcs11provider', ['none']],
  ['controlmaster', ['false']],
  ['verifyhostkeydns', ['false']],
  ['visualhostkey', ['no']],
  ['channeltimeout', ['none']],
  ['checkhostip', ['no']],
  ['addkeystoagent', ['false']],
  ['proxyusefdpass', ['no']],
  ['versionaddendum', ['none']],
];

/** Names what was asked for and does not exist yet. @throws {LoginError} where going on would do something else */
export function nameMissing(
  { missing: letters, useSyslog }: CommandLine,
  settings: Settings,
  log: Log,
): void {
  const [letter] = letters;
  if (letter !== undefined) throw new LoginError(`Cannot do -${letter}: it is not supported yet`);
  if (useSyslog) log.info('qssh: -y is not supported yet: messages go to standard error');
  for (const [keyword, quiet] of missing) {
    const [value] = settings.all(keyword);
    if (value === undefined || quiet.includes(value)) continue;
    const isForward = keyword.endsWith('forward');
    const text = `qssh: ${keyword} is not supported yet: it does nothing`;
    if (isForward && settings.isOn('exitonforwardfailure')) throw new LoginError(text);
    if (isForward) log.info(text);
    else log.verbose(text);
  }
}
