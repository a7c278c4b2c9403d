// The directives of sshd_config(5) that act here, in the order in which `-T` prints them.
import { certificateAlgorithms, signatureNames } from '@orrery/keys';
import { defaultPreferences, supportedAlgorithms } from '@orrery/ssh';
import { matchAddressList } from '@orrery/sshfiles';
import {
  assembleAlgorithms,
  knownAlgorithms,
  unknownAlgorithm,
  type AlgorithmList,
  type SpokenAlgorithms,
} from '../config/algorithm-lists.ts';
import { logFacility, logLevel, octal, parsePort, parseTime, size } from '../config/values.ts';
import { ValueError } from '../config/value-error.ts';
import { readMethods } from './authentication-methods.ts';
import {
  atLeastOne,
  choiceOf,
  flag,
  inGlobal,
  integer,
  line,
  oneOnEachLine,
  optionalPath,
  optionalWord,
  seconds,
  word,
  wordList,
  words,
  type Directive,
} from './directive.ts';
import { defaultHostKeyAlgorithms, hostCertificate, hostKeyAgent } from './host-keys.ts';
import { parseListenAddress, printAddress } from './listen-address.ts';
import { maxStartups, perSourcePenalties } from './penalties.ts';

/** All that can be named with effect. A host key of any type may be used: which ones there are is the operator's choice. */
const spoken: SpokenAlgorithms = {
  ciphers: supportedAlgorithms.ciphers,
  macs: supportedAlgorithms.macs,
  kex: supportedAlgorithms.kex,
  keys: signatureNames,
  userKeys: signatureNames,
};

/** By which names keys are shown: certificates first, as they are offered first. */
const shownAlgorithms = [...certificateAlgorithms, ...signatureNames];

/** After how many bytes and seconds new keys are asked for; 0: when the protocol needs it. */
export interface RekeyLimit {
  readonly bytes: number;
  readonly seconds: number;
}

export interface Subsystem {
  readonly name: string;
  readonly command: string;
}

export interface Variable {
  readonly name: string;
  readonly value: string;
}

/** How many bits of an address make one source, by IP version. */
export interface NetBlockSize {
  readonly four: number;
  readonly six: number;
}

const table = {
  port: {
    ...oneOnEachLine((text) => {
      if (parsePort(text) === undefined && text !== '0') throw new ValueError('Badly formatted port number.');
      return text;
    }),
    fallback: ['22'],
  },
  addressFamily: inGlobal(choiceOf('any', { any: 'any', inet: 'inet', inet6: 'inet6' })),
  listenAddress: oneOnEachLine((text) => {
    const { host, port } = parseListenAddress(text);
    return port === undefined ? host : printAddress(host, port);
  }),
  usePAM: inGlobal(flag(false)),
  loginGraceTime: inGlobal(seconds(120)),
  maxAuthTries: integer(6),
  maxSessions: integer(10),
  clientAliveInterval: seconds(0),
  clientAliveCountMax: integer(3),
  requiredRSASize: integer(1024),
  permitRootLogin: choiceOf('without-password', {
    yes: 'yes',
    no: 'no',
    'without-password': 'without-password',
    'prohibit-password': 'without-password',
    'forced-commands-only': 'forced-commands-only',
  }),
  pubkeyAuthentication: flag(true),
  passwordAuthentication: flag(true),
  /** Asks for a password as well, in its own way. */
  kbdInteractiveAuthentication: flag(true),
  printMotd: inGlobal(flag(true)),
  permitTTY: flag(true),
  permitUserRC: flag(true),
  strictModes: inGlobal(flag(true)),
  tcpKeepAlive: inGlobal(flag(true)),
  permitEmptyPasswords: flag(false),
  /** Once the user is known, or never. */
  compression: inGlobal(choiceOf('yes', { yes: 'yes', delayed: 'yes', no: 'no' })),
  exposeAuthInfo: flag(false),
  useDNS: inGlobal(flag(false)),
  allowAgentForwarding: flag(true),
  disableForwarding: flag(false),
  pidFile: inGlobal(optionalWord('/run/qsshd.pid')),
  ciphers: inGlobal(algorithms('ciphers', defaultPreferences.ciphers)),
  macs: inGlobal(algorithms('macs', defaultPreferences.macs)),
  banner: optionalWord(),
  /** The file that qssh-passwd writes. */
  passwordFile: optionalWord(),
  forceCommand: line(),
  chrootDirectory: optionalWord(),
  versionAddendum: inGlobal(line()),
  authorizedKeysCommand: line(absolutePath),
  authorizedKeysCommandUser: optionalWord(),
  trustedUserCAKeys: optionalPath(),
  revokedKeys: optionalPath(),
  authorizedPrincipalsFile: optionalWord(),
  authorizedPrincipalsCommand: line(absolutePath),
  authorizedPrincipalsCommandUser: optionalWord(),
  kexAlgorithms: inGlobal(algorithms('kex', defaultPreferences.kex)),
  hostKeyAlgorithms: inGlobal(algorithms('keys', defaultHostKeyAlgorithms, shownAlgorithms)),
  pubkeyAcceptedAlgorithms: algorithms('keys', shownAlgorithms, shownAlgorithms),
  caSignatureAlgorithms: algorithms('keys', signatureNames),
  logLevel: word('INFO', logLevel, String),
  syslogFacility: inGlobal(word('AUTH', logFacility, String)),
  authorizedKeysFile: words(['.ssh/authorized_keys', '.ssh/authorized_keys2'], (names) =>
    names.length === 1 && names[0] === 'none' ? [] : atLeastOne(names),
  ),
  hostKey: wordList(undefined, { isGlobal: true }),
  hostCertificate,
  hostKeyAgent,
  allowUsers: wordList(userPattern),
  denyUsers: wordList(userPattern),
  allowGroups: wordList(),
  denyGroups: wordList(),
  acceptEnv: wordList((name) => {
    if (name.includes('=')) throw new ValueError('Invalid environment name.');
    return name;
  }),
  setEnv: setEnvDirective(),
  authenticationMethods: words([], readMethods, 'any'),
  subsystem: subsystemDirective(),
  maxStartups,
  perSourceMaxStartups: inGlobal(
    word<number | undefined>(
      undefined,
      (text) => {
        if (text.toLowerCase() === 'none') return undefined;
        if (!/^[1-9]\d{0,8}$/.test(text)) throw new ValueError('integer value invalid.');
        return Number(text);
      },
      (value) => (value === undefined ? 'none' : String(value)),
    ),
  ),
  perSourceNetBlockSize: inGlobal(
    word<NetBlockSize>({ four: 32, six: 128 }, readNetBlockSize, ({ four, six }) => `${four}:${six}`),
  ),
  perSourcePenalties,
  perSourcePenaltyExemptList: inGlobal(
    word<string | undefined>(
      undefined,
      (text) => {
        if (matchAddressList(undefined, text) === 'invalid') throw new ValueError('Invalid address list.');
        return text;
      },
      (value) => value ?? 'none',
    ),
  ),
  rekeyLimit: rekeyLimitDirective(),
  permitUserEnvironment: inGlobal(
    word(
      'no',
      (text) => (/^(?:yes|no)$/i.test(text) ? text.toLowerCase() : text),
      (value) => value,
    ),
  ),
  streamLocalBindMask: word('0177', octal, String),
} as const;

export type DirectiveKey = keyof typeof table;

/** What is in force. */
export type Settings = {
  readonly [Key in DirectiveKey]: (typeof table)[Key] extends Directive<infer T> ? T : never;
};

export const directives: { readonly [Key in DirectiveKey]: Directive<Settings[Key]> } = table;

export const directiveKeys: readonly DirectiveKey[] = Object.keys(table).filter(isDirectiveKey);

function isDirectiveKey(name: string): name is DirectiveKey {
  return Object.hasOwn(table, name);
}

function algorithms(
  kind: AlgorithmList,
  defaults: readonly string[],
  effective: readonly string[] = spoken[kind],
): Directive<readonly string[]> {
  const known = knownAlgorithms(kind, spoken);
  return {
    fallback: defaults,
    isGlobal: false,
    accumulates: false,
    read: ({ words: [text = '', ...more] }) => {
      const unknown = unknownAlgorithm(text, kind, spoken);
      if (text === '' || more.length > 0 || unknown !== undefined)
        throw new ValueError(`Bad list of algorithms '${unknown ?? text}'.`);
      return assembleAlgorithms(text, defaults, known).filter((name) => effective.includes(name));
    },
    print: (names) => [names.join(',')],
  };
}

function absolutePath(text: string): void {
  if (!/^"?\//.test(text)) throw new ValueError('must be an absolute path');
}

/** `user` or `user@host`, where the host may be a network. */
function userPattern(text: string): string {
  const at = text.lastIndexOf('@');
  if (text === '' || (at !== -1 && matchAddressList(undefined, text.slice(at + 1)) === 'invalid'))
    throw new ValueError(`invalid pattern: "${text}"`);
  return text;
}

function setEnvDirective(): Directive<readonly Variable[]> {
  return {
    fallback: [],
    isGlobal: false,
    accumulates: false,
    read: ({ words: texts }) => {
      const variables = atLeastOne(texts).map((text) => {
        const [, name, value = ''] = /^([^=]+)=([^]*)$/.exec(text) ?? [];
        if (name === undefined) throw new ValueError('Invalid environment.');
        return { name, value };
      });
      return variables.filter(({ name }, at) => variables.findIndex((other) => other.name === name) === at);
    },
    print: (variables) => variables.map(({ name, value }) => `${name}=${value}`),
  };
}

function subsystemDirective(): Directive<readonly Subsystem[]> {
  return {
    fallback: [],
    isGlobal: false,
    accumulates: true,
    read: ({ words: [name, program], rest }, before = []) => {
      if (name === undefined || program === undefined) throw new ValueError('Missing subsystem command.');
      const command = rest.replace(/^(?:"[^"]*"|\S+)\s+/, '');
      return [...before, { name, command }];
    },
    print: (subsystems) => subsystems.map(({ name, command }) => `${name} ${command}`),
  };
}

function readNetBlockSize(text: string): NetBlockSize {
  const [, four = '', six] = /^(\d{1,3})(?::(\d{1,3}))?$/.exec(text) ?? [];
  const block = { four: Number(four), six: Number(six ?? 128) };
  if (four === '' || block.four > 32 || block.six > 128)
    throw new ValueError('Invalid PerSourceNetBlockSize.');
  return block;
}

function rekeyLimitDirective(): Directive<RekeyLimit> {
  return {
    fallback: { bytes: 0, seconds: 0 },
    isGlobal: false,
    accumulates: false,
    read: ({ words: [amount, period, ...more] }) => {
      if (amount === undefined) throw new ValueError('missing argument.');
      if (more.length > 0) throw new ValueError('extra arguments at end of line');
      const bytes = amount.toLowerCase() === 'default' ? 0 : size(amount);
      const time = period === undefined || period.toLowerCase() === 'none' ? 0 : parseTime(period);
      if (time === undefined) throw new ValueError('rekey time');
      return { bytes, seconds: time };
    },
    print: (limit) => [`${limit.bytes} ${limit.seconds}`],
  };
}
