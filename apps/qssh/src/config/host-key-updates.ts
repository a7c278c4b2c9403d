// ssh_config(5), UpdateHostKeys: whether new keys of a known host are learned, and whether somebody can be asked.
import type { Settings } from './settings.ts';

/** @param settings With all defaults but this one. @param command Of the command line; empty if there is none. */
export function settleHostKeyUpdates(settings: Settings, command: string): void {
  settings.offer('updatehostkeys', [String(isOnByDefault(settings))]);
  if (settings.get('updatehostkeys') === 'ask' && !canAsk(settings, command))
    settings.replace('updatehostkeys', ['false']);
}

/** Only in the file that everybody has. */
function isOnByDefault(settings: Settings): boolean {
  return !settings.has('userknownhostsfile') && (settings.get('verifyhostkeydns') ?? 'false') === 'false';
}

/** The question comes in the middle of a session: only a shell on a terminal, with messages, is the place for it. */
function canAsk(settings: Settings, command: string): boolean {
  const isQuiet = ['QUIET', 'FATAL', 'ERROR'].includes(settings.get('loglevel') ?? '');
  const isShell = command === '' && (settings.get('remotecommand')?.toLowerCase() ?? 'none') === 'none';
  return !isQuiet && isShell && settings.get('requesttty') !== 'false';
}
