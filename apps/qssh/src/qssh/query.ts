// qssh -Q: what this program speaks.
import { certificateAlgorithmOf } from '@orrery/keys';
import type { SpokenAlgorithms } from '../config/algorithm-lists.ts';
import { OptionError } from './getopt.ts';

type Answer = (spoken: SpokenAlgorithms) => readonly string[];

const isCertificate = (name: string): boolean => /-cert(?:-v01@|$)/.test(name);

/** Names of signatures, and of certificates whose keys make them. */
function signatures({ keys }: SpokenAlgorithms): readonly string[] {
  return keys.flatMap((name) => [name, certificateAlgorithmOf(name) ?? []].flat());
}

/** RFC 8332: keys of RSA sign under other names than their own. */
function keyTypes(spoken: SpokenAlgorithms): readonly string[] {
  return [...new Set(signatures(spoken).map((name) => name.replace(/^rsa-sha2-(?:256|512)/, 'ssh-rsa')))];
}

const answers: Readonly<Record<string, Answer>> = {
  cipher: ({ ciphers }) => ciphers,
  'cipher-auth': ({ ciphers }) => ciphers.filter((name) => /gcm|poly1305/.test(name)),
  compression: () => ['none', 'zlib@openssh.com'],
  kex: ({ kex }) => kex,
  'kex-gss': () => [],
  key: keyTypes,
  'key-cert': (spoken) => keyTypes(spoken).filter(isCertificate),
  'key-plain': (spoken) => keyTypes(spoken).filter((name) => !isCertificate(name)),
  'key-sig': signatures,
  mac: ({ macs }) => macs,
  'protocol-version': () => ['2'],
  sig: ({ keys }) => keys,
};

/** Options of ssh_config may be asked for by their names. */
const aliases: Readonly<Record<string, string>> = {
  casignaturealgorithms: 'sig',
  ciphers: 'cipher',
  hostbasedacceptedalgorithms: 'key-sig',
  hostkeyalgorithms: 'key-sig',
  kexalgorithms: 'kex',
  macs: 'mac',
  pubkeyacceptedalgorithms: 'key-sig',
};

/** The lines of an answer. @throws {OptionError} */
export function answerQuery(query: string, spoken: SpokenAlgorithms): readonly string[] {
  const name = query.toLowerCase();
  if (name === 'help') return Object.keys(answers);
  const key = aliases[name] ?? name;
  const answer = Object.hasOwn(answers, key) ? answers[key] : undefined;
  if (answer === undefined) throw new OptionError(`Unsupported query "${query}"`);
  return answer(spoken);
}
