// What is offered to the server, by settings and by what is known of the host.
import { certificateAlgorithms, signatureNameOf } from '@orrery/keys';
import type { Preferences } from '@orrery/ssh';
import type { ClientConfig } from '../config/load-config.ts';
import { LoginError } from './failure.ts';
import { isPostQuantumExchange, isPostQuantumKey, preferFamilies, requires } from './post-quantum.ts';
import { supported } from './spoken.ts';

/** By what a host is known. */
export interface KnownHost {
  /** Types of its keys: these come first. */
  readonly knownTypes: ReadonlySet<string>;
  /** Whether a CA may speak for it: then certificates come before all keys. */
  readonly hasAuthority: boolean;
}

/** @throws {LoginError} */
export function offeredAlgorithms(config: ClientConfig, known: KnownHost): Preferences {
  const { settings } = config;
  const list = (keyword: string, spoken: readonly string[]): readonly string[] =>
    (settings.get(keyword) ?? '').split(',').filter((name) => spoken.includes(name));
  const kex = preferFamilies(list('kexalgorithms', supported.kex), settings.get('pqalgorithm'));
  const keys = hostKeyAlgorithms(config, known);
  const offer = {
    kex: requires(settings, 'kex') ? kex.filter(isPostQuantumExchange) : kex,
    hostKeys: knownFirst(requires(settings, 'host') ? keys.filter(isPostQuantumKey) : keys, config, known),
    ciphers: list('ciphers', supported.ciphers),
    macs: list('macs', supported.macs),
    compressions: settings.isOn('compression') ? ['zlib@openssh.com', 'none'] : ['none'],
  };
  for (const [name, names] of Object.entries(offer))
    if (names.length === 0)
      throw new LoginError(`Cannot connect: the settings leave nothing for ${name} that qssh supports`);
  return offer;
}

/** Certificates are asked for where somebody can judge them, or the user named them. */
function hostKeyAlgorithms(
  { settings, hasOwnKeyOrder }: ClientConfig,
  { hasAuthority, knownTypes }: KnownHost,
): readonly string[] {
  const named = (settings.get('hostkeyalgorithms') ?? '').split(',');
  if (hasOwnKeyOrder) return named.filter((name) => supported.hostKeys.includes(signatureNameOf(name)));
  // A key that is known already needs no trust, whatever would be asked for otherwise.
  const isKnown = (name: string): boolean => knownTypes.has(keyTypeOf(name)) && !named.includes(name);
  const own = named.filter((name) => supported.hostKeys.includes(name));
  const plain = [...own, ...supported.hostKeys.filter(isKnown)];
  if (!hasAuthority) return plain;
  return [...certificateAlgorithms.filter((name) => plain.includes(signatureNameOf(name))), ...plain];
}

/** A known key is not asked about. A list that the user wrote keeps its order. */
function knownFirst(
  algorithms: readonly string[],
  { hasOwnKeyOrder }: ClientConfig,
  { knownTypes, hasAuthority }: KnownHost,
): readonly string[] {
  if (hasOwnKeyOrder || hasAuthority) return algorithms;
  const isKnown = (algorithm: string): boolean => knownTypes.has(keyTypeOf(algorithm));
  return [...algorithms.filter(isKnown), ...algorithms.filter((name) => !isKnown(name))];
}

/** RFC 8332: RSA keys make signatures of other names. */
function keyTypeOf(algorithm: string): string {
  return algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm;
}
