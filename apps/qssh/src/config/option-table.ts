// Long because: every option of ssh_config(5) is one line here: what it takes, and how it is kept.
import { type AlgorithmList, type SpokenAlgorithms, unknownAlgorithm } from './algorithm-lists.ts';
import { parseForward } from './forwards.ts';
import { readJump } from './jump.ts';
import * as v from './values.ts';
import { ValueError } from './value-error.ts';

/** What readers need to know of the program. */
export interface TableContext {
  readonly spoken: SpokenAlgorithms;
}

/** Reads all words of a directive into the values to keep. @throws {ValueError} */
type ReadWords = (words: readonly string[], context: TableContext) => readonly string[];

/**
 * How an option is read.
 * line: the rest of the line as it is written. words: its words, of which `count` may stand there.
 * adds: every directive adds to it; otherwise the first one counts.
 */
export type OptionRule =
  | { readonly shape: 'line'; readonly check?: (line: string) => void }
  | { readonly shape: 'words'; readonly count: number; readonly read: ReadWords; readonly adds: boolean };

const many = Number.POSITIVE_INFINITY;

function one(read: v.ReadWord): OptionRule {
  return { shape: 'words', count: 1, adds: false, read: ([word = '']) => [read(word)] };
}

function some(count: number, read: ReadWords): OptionRule {
  return { shape: 'words', count, adds: false, read };
}

function added(read: ReadWords, count = many): OptionRule {
  return { shape: 'words', count, adds: true, read };
}

const line: OptionRule = { shape: 'line' };
const flag = one(v.flag);
const word = one(v.anyWord);
const integer = one(v.integer);
/** `none` is as if nothing had been said. */
const time = some(1, ([text = '']) => (text === 'none' ? [] : [timeWord('invalid time value.')(text)]));
const yesNo = { true: 'true', false: 'false', yes: 'true', no: 'false' };

function algorithms(kind: AlgorithmList, complaint: (list: string) => string): OptionRule {
  return some(1, ([list = ''], { spoken }) => {
    if (list === '' || unknownAlgorithm(list, kind, spoken) !== undefined)
      throw new ValueError(complaint(list));
    return [list];
  });
}

const keyTypes = algorithms('keys', (list) => `Bad key types '${list}'.`);

/** A list of files or names in which "none" stands alone. */
function files(keyword: string): OptionRule {
  return some(many, (words) => {
    for (const name of words) if (name === '') throw new ValueError(`keyword ${keyword} empty argument`);
    if (words.length > 1 && words.some((name) => name.toLowerCase() === 'none'))
      throw new ValueError(`keyword ${keyword} "none" argument must appear alone.`);
    return words;
  });
}

function forward(kind: 'local' | 'remote' | 'dynamic'): OptionRule {
  return added(
    (words) => {
      const [listen = '', target] = words;
      if (kind === 'local' && target === undefined) throw new ValueError('Missing target argument.');
      const text = parseForward(target === undefined || target === '' ? listen : `${listen}:${target}`, kind);
      if (text === undefined) throw new ValueError('Bad forwarding specification.');
      return [text];
    },
    kind === 'dynamic' ? 1 : 2,
  );
}

/** yes, no, or something else that `read` takes. */
function flagOr(read: v.ReadWord): OptionRule {
  return one((text) =>
    /^(?:yes|true)$/i.test(text) ? 'yes' : /^(?:no|false)$/i.test(text) ? 'no' : read(text),
  );
}

function timeWord(complaint: string): v.ReadWord {
  return (text) => {
    const seconds = v.parseTime(text);
    if (seconds === undefined) throw new ValueError(complaint);
    return String(seconds);
  };
}

/** `confirm` and a time may stand together (ssh_config(5), AddKeysToAgent). */
const addKeysToAgent = some(2, ([first = '', second]) => {
  const confirm = first.toLowerCase() === 'confirm';
  if (second !== undefined && !confirm) throw new ValueError(`unsupported option "${second}".`);
  const read = timeWord(`unsupported option "${second ?? first}".`);
  if (confirm) return second === undefined ? ['confirm'] : ['confirm', read(second)];
  return [
    /^(?:yes|true|no|false|ask)$/i.test(first) ? v.choice({ ...yesNo, ask: 'ask' })(first) : read(first),
  ];
});

const rekeyLimit = some(2, ([limit = '', lifetime = 'none']) => {
  const bytes = limit.toLowerCase() === 'default' ? 0 : v.size(limit);
  if (bytes !== 0 && bytes < 16) throw new ValueError('RekeyLimit too small');
  if (lifetime.toLowerCase() === 'none') return [String(bytes)];
  const seconds = v.parseTime(lifetime);
  if (seconds === undefined) throw new ValueError('invalid time value.');
  return [String(bytes), String(seconds)];
});

const sendEnv = added((words) => {
  if (words.some((name) => name === '' || name.includes('=')))
    throw new ValueError('Invalid environment name.');
  return words;
});

const setEnv = some(many, (words) => {
  if (words.some((text) => !/^[^=]+=/.test(text))) throw new ValueError('Invalid SetEnv.');
  const names = words.map((text) => text.split('=', 1)[0]);
  return words.filter((_, index) => names.indexOf(names[index]) === index);
});

const tunnelDevice = one((text) => {
  const [local = '', remote = 'any', ...more] = text.split(':');
  const isUnit = (unit: string): boolean => unit === 'any' || /^\d{1,9}$/.test(unit);
  if (more.length > 0 || !isUnit(local) || !isUnit(remote)) throw new ValueError('Bad tun device.');
  return `${local}:${remote}`;
});

const permittedCnames = some(many, (words) => {
  if (words.length === 1 && /^none$/i.test(words[0] ?? '')) return ['none'];
  for (const text of words)
    if (!/^[^:]+:[^:]+$/.test(text)) throw new ValueError(`Invalid permitted CNAME "${text}"`);
  return words.map((text) => text.toLowerCase());
});

const permitRemoteOpen = some(many, (words) => {
  if (words.length === 1 && /^(?:any|none)$/.test(words[0] ?? '')) return words;
  for (const text of words) {
    const [, host = '', portText = ''] = /^(\[[^\]]*\]|[^:]*):(.*)$/.exec(text) ?? [];
    if (host === '') throw new ValueError(`missing host in ${text}`);
    if (portText !== '*' && v.parsePort(portText) === undefined)
      throw new ValueError(`bad port number in ${text}`);
  }
  return words;
});

/** The parts of a login that can be post-quantum. */
const legs = ['kex', 'host', 'user'];

const requirePq = one((text) => {
  if (/^none$/i.test(text)) return 'none';
  const wanted = text.toLowerCase().split(',');
  const unknown = wanted.find((leg) => !legs.includes(leg));
  if (unknown !== undefined)
    throw new ValueError(`unsupported RequirePQ "${unknown}": kex, host or user expected`);
  return legs.filter((leg) => wanted.includes(leg)).join(',');
});

const pqFamilies = ['mlkem768', 'mlkem1024', 'sntrup761'];

/** Which post-quantum part of the key exchange is offered, best first. */
const pqAlgorithm = one((text) => {
  const names = text.toLowerCase().replaceAll('ml-kem-', 'mlkem').split(',');
  const unknown = names.find((name) => !pqFamilies.includes(name));
  if (unknown !== undefined)
    throw new ValueError(
      `unsupported PqAlgorithm "${unknown}": ${pqFamilies.join(', ')} exchange keys (Falcon and SPHINCS+ are signatures)`,
    );
  return names.join(',');
});

const proxyJump: OptionRule = { shape: 'line', check: (text) => void readJump(text) };

const proxyUse = one(v.choice({ ...yesNo, auto: 'auto', ask: 'ask', autoask: 'autoask' }));

/** Keywords in lower case. */
export const optionTable: ReadonlyMap<string, OptionRule> = new Map(
  Object.entries({
    addkeystoagent: addKeysToAgent,
    addressfamily: one(v.oneOf('any', 'inet', 'inet6')),
    batchmode: flag,
    bindaddress: word,
    bindinterface: word,
    canonicaldomains: some(many, (words) => words),
    canonicalizefallbacklocal: flag,
    canonicalizehostname: one(v.choice({ ...yesNo, always: 'always' })),
    canonicalizemaxdots: integer,
    canonicalizepermittedcnames: permittedCnames,
    casignaturealgorithms: keyTypes,
    certificatefile: added((words) => words, 1),
    channeltimeout: some(many, (words) => words),
    checkhostip: flag,
    ciphers: algorithms('ciphers', (list) => `Bad SSH2 cipher spec '${list}'.`),
    clearallforwardings: flag,
    compression: one(v.choice({ yes: 'yes', no: 'no' })),
    connectionattempts: integer,
    connecttimeout: time,
    controlmaster: proxyUse,
    controlpath: word,
    // Without a limit, as with `yes`.
    controlpersist: flagOr((text) => {
      const seconds = timeWord('Bad ControlPersist argument.')(text);
      return seconds === '0' ? 'yes' : seconds;
    }),
    dynamicforward: forward('dynamic'),
    enableescapecommandline: flag,
    enablesshkeysign: flag,
    escapechar: one(v.escapeCharacter),
    exitonforwardfailure: flag,
    fingerprinthash: one((text) => {
      const name = text.toUpperCase();
      if (name !== 'MD5' && name !== 'SHA256') throw new ValueError(`Invalid hash algorithm "${text}".`);
      return name;
    }),
    forkafterauthentication: flag,
    forwardagent: flagOr(v.anyWord),
    forwardx11: flag,
    forwardx11timeout: time,
    forwardx11trusted: flag,
    gatewayports: flag,
    globalknownhostsfile: files('globalknownhostsfile'),
    gssapiauthentication: flag,
    gssapidelegatecredentials: flag,
    gssapikeyexchange: flag,
    gssapirenewalforcesrekey: flag,
    gssapitrustdns: flag,
    hashknownhosts: flag,
    hostbasedacceptedalgorithms: keyTypes,
    hostbasedauthentication: flag,
    hostkeyalgorithms: keyTypes,
    hostkeyalias: one((text) => v.anyWord(text).toLowerCase()),
    hostname: word,
    identitiesonly: flag,
    identityagent: word,
    identityfile: added((words) => words.map(v.anyWord), 1),
    ignoreunknown: word,
    ipqos: some(2, ([first = '', second = first]) => [v.trafficClass(first), v.trafficClass(second)]),
    kbdinteractiveauthentication: flag,
    kbdinteractivedevices: word,
    kexalgorithms: algorithms('kex', (list) => `Bad SSH2 KexAlgorithms '${list}'.`),
    knownhostscommand: line,
    localcommand: line,
    localforward: forward('local'),
    loglevel: one(v.logLevel),
    logverbose: some(many, (words) => words),
    macs: algorithms('macs', (list) => `Bad SSH2 MAC spec '${list}'.`),
    nohostauthenticationforlocalhost: flag,
    numberofpasswordprompts: integer,
    obscurekeystroketiming: some(1, ([text = '']) => {
      const [, interval] = /^interval:(\d{1,4})$/i.exec(text) ?? [];
      return [interval === undefined ? v.flag(text) : interval];
    }),
    passwordauthentication: flag,
    permitlocalcommand: flag,
    permitremoteopen: permitRemoteOpen,
    pkcs11provider: word,
    port: one(v.port),
    pqalgorithm: pqAlgorithm,
    preferredauthentications: word,
    proxycommand: line,
    proxyjump: proxyJump,
    proxyusefdpass: flag,
    pubkeyacceptedalgorithms: keyTypes,
    pubkeyauthentication: one(v.choice({ ...yesNo, unbound: 'unbound', 'host-bound': 'host-bound' })),
    rekeylimit: rekeyLimit,
    remotecommand: line,
    remoteforward: forward('remote'),
    requesttty: one(v.choice({ ...yesNo, force: 'force', auto: 'auto' })),
    requiredrsasize: integer,
    requirepq: requirePq,
    revokedhostkeys: word,
    securitykeyprovider: word,
    sendenv: sendEnv,
    serveralivecountmax: integer,
    serveraliveinterval: time,
    sessiontype: one(v.oneOf('none', 'subsystem', 'default')),
    setenv: setEnv,
    stdinnull: flag,
    streamlocalbindmask: one(v.octal),
    streamlocalbindunlink: flag,
    stricthostkeychecking: one(v.choice({ ...yesNo, off: 'false', ask: 'ask', 'accept-new': 'accept-new' })),
    syslogfacility: one(v.logFacility),
    tag: word,
    tcpkeepalive: flag,
    tunnel: one(
      v.choice({
        ethernet: 'ethernet',
        'point-to-point': 'point-to-point',
        true: 'point-to-point',
        yes: 'point-to-point',
        false: 'false',
        no: 'false',
      }),
    ),
    tunneldevice: tunnelDevice,
    updatehostkeys: one(v.choice({ ...yesNo, ask: 'ask' })),
    user: word,
    userknownhostsfile: files('userknownhostsfile'),
    verifyhostkeydns: one(v.choice({ ...yesNo, ask: 'ask' })),
    versionaddendum: word,
    visualhostkey: flag,
    warnweakcrypto: one(v.choice({ yes: 'yes', no: 'no', 'no-pq-kex': 'no-pq-kex' })),
    xauthlocation: word,
    gssapiclientidentity: word,
    gssapikexalgorithms: word,
    gssapiserveridentity: word,
  }),
);

/** Other spellings. */
export const optionAliases: Readonly<Record<string, string>> = {
  challengeresponseauthentication: 'kbdinteractiveauthentication',
  skeyauthentication: 'kbdinteractiveauthentication',
  tisauthentication: 'kbdinteractiveauthentication',
  dsaauthentication: 'pubkeyauthentication',
  hostbasedkeytypes: 'hostbasedacceptedalgorithms',
  identityfile2: 'identityfile',
  keepalive: 'tcpkeepalive',
  pubkeyacceptedkeytypes: 'pubkeyacceptedalgorithms',
  smartcarddevice: 'pkcs11provider',
};

/** Options of the past, which say nothing any more. */
export const formerOptions: readonly string[] =
  `protocol cipher fallbacktorsh globalknownhostsfile2 rhostsauthentication userknownhostsfile2 useroaming usersh
  useprivilegedport rsaauthentication rhostsrsaauthentication compressionlevel afstokenpassing
  kerberosauthentication kerberostgtpassing`.split(/\s+/);
