// ssh_config(5), CanonicalizeHostname: a short name becomes the full name under which the host is known.
import { lookup, resolveCname } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isSafeHost } from './names.ts';
import { matchesHosts } from './patterns.ts';
import type { Settings } from './settings.ts';
import { ConfigError } from './read-config.ts';

/** The name to connect to; the same if it is not to be, or cannot be, made canonical. @throws {ConfigError} */
export async function canonicalName(host: string, settings: Settings): Promise<string> {
  const mode = settings.get('canonicalizehostname') ?? 'false';
  const isDirect = [settings.get('proxycommand'), settings.get('proxyjump')].every(
    (value) => value === undefined || value.toLowerCase() === 'none',
  );
  if (isIP(host) !== 0 || (!isDirect && mode !== 'always')) return host;
  if (mode === 'false') return hasRules(settings) ? followCname(host, settings) : host;
  if (host.endsWith('.')) return (await isKnown(host)) ? host.slice(0, -1) : host;
  if (host.split('.').length - 1 > (settings.number('canonicalizemaxdots') ?? 1)) return host;
  const domains = settings.all('canonicaldomains').filter((domain) => domain.toLowerCase() !== 'none');
  for (const domain of domains) {
    const name = `${host}.${domain.replace(/^\./, '')}`;
    if (await isKnown(name)) return followCname(name.toLowerCase(), settings);
  }
  if (settings.get('canonicalizefallbacklocal') === 'no')
    throw new ConfigError(`Could not resolve host "${host}"`);
  return host;
}

async function isKnown(name: string): Promise<boolean> {
  return lookup(name).then(
    () => true,
    () => false,
  );
}

function hasRules(settings: Settings): boolean {
  const [first] = settings.all('canonicalizepermittedcnames');
  return first !== undefined && first !== 'none';
}

/** CanonicalizePermittedCNAMEs: `names:targets`. */
async function followCname(name: string, settings: Settings): Promise<string> {
  if (!hasRules(settings)) return name;
  const [target] = await resolveCname(name).catch(() => []);
  // Whoever answers for the name could answer anything, and the name goes into commands.
  if (target === undefined || !isSafeHost(target)) return name;
  const isPermitted = settings.all('canonicalizepermittedcnames').some((rule) => {
    const [names = '', targets = ''] = rule.split(':');
    return matchesHosts(name, names) && matchesHosts(target, targets);
  });
  return isPermitted ? target.toLowerCase() : name;
}
