// What is offered to the server, by settings and by what is known of the host.
import type { Preferences } from '@orrery/ssh';
import type { ClientConfig } from '../config/load-config.ts';
import { LoginError } from './failure.ts';
import { isPostQuantumExchange, isPostQuantumKey, preferFamilies, requires } from './post-quantum.ts';
import { supported } from './spoken.ts';

/** @param types Types of the keys by which the host is known: these come first. @throws {LoginError} */
export function offeredAlgorithms(config: ClientConfig, types: ReadonlySet<string>): Preferences {
  const { settings } = config;
  const list = (keyword: string, spoken: readonly string[]): readonly string[] =>
    (settings.get(keyword) ?? '').split(',').filter((name) => spoken.includes(name));
  const kex = preferFamilies(list('kexalgorithms', supported.kex), settings.get('pqalgorithm'));
  const keys = list('hostkeyalgorithms', supported.hostKeys);
  const offer = {
    kex: requires(settings, 'kex') ? kex.filter(isPostQuantumExchange) : kex,
    hostKeys: knownFirst(requires(settings, 'host') ? keys.filter(isPostQuantumKey) : keys, config, types),
    ciphers: list('ciphers', supported.ciphers),
    macs: list('macs', supported.macs),
    compressions: settings.isOn('compression') ? ['zlib@openssh.com', 'none'] : ['none'],
  };
  for (const [name, names] of Object.entries(offer))
    if (names.length === 0)
      throw new LoginError(`Cannot connect: the settings leave nothing for ${name} that qssh supports`);
  return offer;
}

/** A known key is not asked about. A list that the user wrote keeps its order. */
function knownFirst(
  algorithms: readonly string[],
  { hasOwnKeyOrder }: ClientConfig,
  types: ReadonlySet<string>,
): readonly string[] {
  if (hasOwnKeyOrder) return algorithms;
  const isKnown = (algorithm: string): boolean => types.has(keyTypeOf(algorithm));
  return [...algorithms.filter(isKnown), ...algorithms.filter((name) => !isKnown(name))];
}

/** RFC 8332: RSA keys make signatures of other names. */
function keyTypeOf(algorithm: string): string {
  return algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm;
}
