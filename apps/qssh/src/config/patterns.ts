// ssh_config(5), PATTERNS.
import { matchesPattern } from '@orrery/sshfiles';

/** Whether text matches a comma-separated list; a match of a pattern behind `!` means no. */
export function matchesList(text: string, list: string): boolean {
  const patterns = list.split(',').filter((pattern) => pattern !== '');
  const isMatch = (pattern: string): boolean => matchesPattern(text, pattern);
  if (patterns.some((pattern) => pattern.startsWith('!') && isMatch(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && isMatch(pattern));
}

/** The same for names of hosts, in which case does not count. */
export function matchesHosts(host: string, list: string): boolean {
  return matchesList(host.toLowerCase(), list.toLowerCase());
}
