// What each keyword of ssh_config(5), OpenSSH 9.2 and 10.0, can do to the person who uses the config. It is an allow
// list: a value is free only where a predicate says so, every other value and every other keyword is asked about.
import type { ByteString } from './tokens.ts';

export interface Value {
  /** The arguments, unquoted. */
  readonly words: readonly ByteString[];
  /** Everything behind the keyword: what a command keyword hands to the shell. */
  readonly rest: ByteString;
}

export interface Rule {
  /** What a value that is not free can do. */
  readonly reason: string;
  readonly free?: (value: Value) => boolean;
  /** Values whose removal is asked about, and what overrides them. */
  readonly protects?: (value: Value) => boolean;
  /** Of two values, the greater is the stricter. */
  readonly strictness?: (value: Value) => number;
  /** 'first': the first value counts (the default); 'last': the last; 'all': values add up and order is free. */
  readonly order?: 'first' | 'last' | 'all';
  /** Keywords of one group override each other. */
  readonly group?: string;
  /** The argument is a file name, free below the synced folder. */
  readonly file?: true;
}

/** The rule of a keyword, under its present name; undefined for what OpenSSH does not know. */
export function ruleFor(keyword: ByteString): Rule | undefined {
  return rules.get(presentName(keyword));
}

/** The keyword that OpenSSH takes an obsolete one for, or the keyword itself. */
export function presentName(keyword: ByteString): ByteString {
  return obsoleteNames.get(keyword) ?? keyword;
}

/** Whether a block has room for one value of this keyword; of others, several lines add up. */
export function isSingleValued(keyword: ByteString): boolean {
  return (
    rules.has(keyword) && rules.get(keyword)?.order !== 'all' && !['include', 'sendenv'].includes(keyword)
  );
}

const program = 'runs a program on this machine';
const forwards = 'opens a way between the networks of both machines';
const exposes = 'gives the remote machine something of this one';
const hostCheck = 'weakens or changes the check of the host key';
const elsewhere = 'takes trust from another file, socket or agent';
const names = 'changes which machine a name means';
const hides = 'hides warnings or logs what should stay private';
const login = 'changes how you log in';
const newer = 'stops versions of ssh that do not know it';
const session = 'changes what a login does';
const unusual = 'unusual value, which a shell or another version of ssh may read differently';

const always = (): boolean => true;
const is =
  (...values: string[]) =>
  ({ words }: Value): boolean =>
    words.length === 1 && values.includes((words[0] ?? '').toLowerCase());
const no = is('no', 'false');
const yes = is('yes', 'true');
const none = ({ rest }: Value): boolean => rest === 'none';
const words =
  (allowed: RegExp | ((word: ByteString) => boolean), most = 1) =>
  ({ words: found }: Value): boolean => {
    const fits = allowed instanceof RegExp ? (word: ByteString) => allowed.test(word) : allowed;
    return found.length > 0 && found.length <= most && found.every(fits);
  };

/** A feature: turning it off is free and protects, every other value is asked about. */
const feature = (reason: string): Rule => ({ reason, free: no, protects: no });
/** A protection: turning it on is free, turning it off or taking it away is asked about. */
const protection = (reason: string): Rule => ({ reason, free: yes, protects: yes });
/** A way to log in: both values are free, but what is turned off stays off. */
const method: Rule = { reason: login, free: (value) => yes(value) || no(value), protects: no };
const harmless = (free: (value: Value) => boolean): Rule => ({ reason: unusual, free });
const flag = harmless((value) => yes(value) || no(value));
const time = harmless((value) => value.rest === 'none' || words(isTime)(value));
const count = harmless(words(/^[0-9]{1,9}$/));
/** A command: taking `none` away uncovers another one; it matters to order even if it is accepted. */
const command = (reason: string): Rule => ({ reason, free: none, protects: none });
/** Even a list that only removes can leave the weakest, or ask for a host key that is not known yet. */
const algorithms: Rule = {
  reason: 'chooses cryptographic algorithms',
  protects: ({ rest }) => !rest.startsWith('+'),
};
const trust: Rule = { reason: elsewhere, protects: always };

/** Numbers that ssh takes: any other stops it for every host, whichever block it stands in (readconf.c). */
const from =
  (least: number, most: number) =>
  (word: ByteString): boolean =>
    /^[0-9]{1,9}$/.test(word) && Number(word) >= least && Number(word) <= most;
const secondsOf: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** A time as ssh takes it (misc.c, convtime): a 32-bit number of seconds. */
function isTime(word: ByteString): boolean {
  if (!/^(?:[0-9]{1,9}[smhdw]){0,8}(?:[0-9]{1,9}[smhdw]?)$/i.test(word)) return false;
  const parts = [...word.toLowerCase().matchAll(/([0-9]+)([smhdw]?)/g)];
  return (
    parts.reduce((sum, [, digits, unit = '']) => sum + Number(digits) * (secondsOf[unit] ?? 1), 0) < 2 ** 31
  );
}

/** Classes of service that OpenSSH 9.2 and 10.0 know (misc.c, ipqos). */
const serviceClass =
  /^(?:none|ef|le|af[1-4][1-3]|cs[0-7]|lowdelay|throughput|reliability|[0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5])$/i;

const requiredSize = ({ words: found }: Value): number => Number(found[0]);
const strictChecking = (value: Value): number => (yes(value) ? 2 : is('ask')(value) ? 1 : 0);

const rules = new Map<ByteString, Rule>(
  Object.entries({
    // names, ports, users, time limits
    addressfamily: harmless(is('any', 'inet', 'inet6')),
    batchmode: flag,
    channeltimeout: { reason: newer },
    compression: harmless(is('yes', 'no')),
    connectionattempts: harmless(words(from(1, 999_999_999))),
    connecttimeout: time,
    escapechar: harmless(({ rest }) => rest === 'none' || rest === '~'),
    exitonforwardfailure: flag,
    hostname: harmless(words(/^(?!-)(?:[a-z0-9_.:[\]-]|%h|%%)+$/i)),
    ipqos: harmless(words(serviceClass, 2)),
    numberofpasswordprompts: count,
    port: harmless(words(from(1, 65_535))),
    requesttty: harmless(is('yes', 'no', 'true', 'false', 'force', 'auto')),
    serveralivecountmax: count,
    serveraliveinterval: time,
    tcpkeepalive: flag,
    user: harmless(words(/^(?!-)[a-z0-9_.@+-]+$/i)),
    visualhostkey: flag,

    // programs and libraries
    knownhostscommand: command('runs a program that vouches for host keys'),
    localcommand: command('runs a program after every login to matching hosts'),
    permitlocalcommand: feature('lets LocalCommand and the escape ~! run programs'),
    pkcs11provider: command('loads a library into ssh'),
    proxycommand: {
      reason: 'runs a program on every connection to matching hosts',
      free: none,
      protects: always,
      group: 'proxycommand or proxyjump',
    },
    proxyjump: {
      reason: 'sends connections through another host',
      free: none,
      protects: always,
      group: 'proxycommand or proxyjump',
    },
    proxyusefdpass: feature('lets a program hand over the connection'),
    remotecommand: command('runs a program on the remote machine at every login'),
    securitykeyprovider: { reason: 'loads a library into ssh' },
    xauthlocation: { reason: program },

    // forwarding and what the remote machine gets
    addkeystoagent: feature('leaves keys in the agent'),
    clearallforwardings: protection(forwards),
    dynamicforward: { reason: forwards, order: 'all' },
    enableescapecommandline: feature('lets an escape open forwardings'),
    forwardagent: feature('lets the remote machine use your keys'),
    forwardx11: feature('lets the remote machine use your screen'),
    forwardx11timeout: { reason: 'lets the remote machine use your screen longer', protects: always },
    forwardx11trusted: feature('lets the remote machine use your screen without limits'),
    gatewayports: feature('opens forwarded ports to other machines'),
    gssapidelegatecredentials: feature('gives the remote machine your Kerberos credentials'),
    localforward: { reason: forwards, order: 'all' },
    obscurekeystroketiming: {
      reason: `lets others on the network guess what you type; ${newer}`,
      protects: yes,
    },
    permitremoteopen: { reason: forwards, free: none, protects: always },
    remoteforward: { reason: forwards, order: 'all' },
    sendenv: {
      reason: exposes,
      free: ({ words: found }) => found.length > 0 && found.every((word) => /^-[\w*?]+$/.test(word)),
      protects: ({ words: found }) => found.some((word) => word.startsWith('-')),
      order: 'last',
    },
    setenv: { reason: exposes },
    streamlocalbindmask: { reason: 'changes who may use forwarded sockets', protects: always, order: 'last' },
    streamlocalbindunlink: feature('removes a file before it forwards a socket'),
    tunnel: feature(forwards),
    tunneldevice: { reason: forwards },

    // host keys
    casignaturealgorithms: algorithms,
    checkhostip: protection(hostCheck),
    ciphers: algorithms,
    fingerprinthash: { reason: hostCheck, free: is('sha256') },
    globalknownhostsfile: trust,
    gssapikexalgorithms: algorithms,
    gssapikeyexchange: { reason: `${hostCheck}; ${newer}`, protects: no },
    gssapitrustdns: { reason: `${hostCheck}; ${newer}`, protects: no },
    gssapiserveridentity: { reason: hostCheck, protects: always },
    hashknownhosts: protection('stores names of hosts readable'),
    hostkeyalgorithms: algorithms,
    hostkeyalias: { reason: hostCheck, protects: always },
    kexalgorithms: algorithms,
    macs: algorithms,
    nohostauthenticationforlocalhost: feature(hostCheck),
    rekeylimit: { reason: 'changes how long a session key is used', protects: always },
    requiredrsasize: {
      reason: 'accepts short RSA keys',
      free: (value) => words(/^[0-9]{4,5}$/)(value) && requiredSize(value) >= 2048,
      protects: always,
      strictness: requiredSize,
    },
    revokedhostkeys: trust,
    stricthostkeychecking: {
      reason: hostCheck,
      free: (value) => strictChecking(value) > 0,
      protects: (value) => strictChecking(value) > 0,
      strictness: strictChecking,
    },
    updatehostkeys: feature('lets a server change what is known of its keys'),
    userknownhostsfile: trust,
    verifyhostkeydns: feature(hostCheck),

    // other files and sockets
    controlmaster: feature(elsewhere),
    controlpath: { reason: elsewhere, free: none, protects: none },
    controlpersist: {
      reason: elsewhere,
      free: ({ rest }) => rest === 'no' || rest === 'false',
      protects: no,
    },
    identityagent: { reason: elsewhere, free: none, protects: none },
    include: { reason: 'reads another config', protects: always },

    // logging in
    certificatefile: { reason: 'uses a file outside the synced folder', order: 'all', file: true },
    enablesshkeysign: feature(login),
    gssapiauthentication: feature(login),
    gssapiclientidentity: { reason: login },
    gssapirenewalforcesrekey: { reason: `${exposes}; ${newer}`, protects: no },
    hostbasedacceptedalgorithms: algorithms,
    hostbasedauthentication: feature(login),
    identitiesonly: protection('offers every key of the agent to the remote machine'),
    identityfile: { reason: 'uses a key outside the synced folder', order: 'all', file: true },
    kbdinteractiveauthentication: method,
    kbdinteractivedevices: { reason: login },
    passwordauthentication: method,
    preferredauthentications: {
      reason: login,
      free: words(
        /^(?:publickey|keyboard-interactive|password)(?:,(?:publickey|keyboard-interactive|password))*$/,
      ),
    },
    pubkeyacceptedalgorithms: algorithms,
    pubkeyauthentication: method,

    // the rest
    bindaddress: { reason: 'chooses the network that connections leave by' },
    bindinterface: { reason: 'chooses the network that connections leave by' },
    canonicaldomains: { reason: names },
    canonicalizefallbacklocal: { reason: names },
    canonicalizehostname: feature(names),
    canonicalizemaxdots: { reason: names },
    canonicalizepermittedcnames: { reason: names, free: none, protects: none },
    forkafterauthentication: feature(session),
    ignoreunknown: { reason: 'hides keywords that ssh does not know' },
    loglevel: {
      reason: hides,
      free: is('info', 'verbose', 'debug', 'debug1', 'debug2', 'debug3'),
    },
    logverbose: { reason: hides },
    sessiontype: { reason: session },
    stdinnull: flag,
    syslogfacility: { reason: hides },
    tag: { reason: 'chooses which Match blocks apply' },
    versionaddendum: { reason: 'tells every server something about you' },
  }),
);

/** Names that OpenSSH still takes for another keyword. */
const obsoleteNames = new Map<ByteString, ByteString>(
  Object.entries({
    challengeresponseauthentication: 'kbdinteractiveauthentication',
    dsaauthentication: 'pubkeyauthentication',
    hostbasedkeytypes: 'hostbasedacceptedalgorithms',
    identityfile2: 'identityfile',
    keepalive: 'tcpkeepalive',
    protocolkeepalives: 'serveraliveinterval',
    pubkeyacceptedkeytypes: 'pubkeyacceptedalgorithms',
    setuptimeout: 'connecttimeout',
    skeyauthentication: 'kbdinteractiveauthentication',
    smartcarddevice: 'pkcs11provider',
    tisauthentication: 'kbdinteractiveauthentication',
  }),
);
