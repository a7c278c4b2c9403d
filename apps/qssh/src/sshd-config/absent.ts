// The directives of sshd_config(5) that name something that this server does not have. None of them is passed over in
// silence if it would change anything.

/** What becomes of a directive: it changes nothing, it is named in a warning, or the file is refused. */
export type Verdict = 'nothing' | 'warn' | 'refuse';

interface Absent {
  /** Values, in lower case, that ask for nothing that is missing; undefined: all of them. */
  readonly harmless?: readonly string[];
  readonly otherwise: Exclude<Verdict, 'nothing'>;
  /** What -T says of it: what is missing is off. Undefined: nothing. */
  readonly printed?: string;
}

/** What is missing can only be asked for in vain: the server does less than it was told. */
const missing: Absent = { harmless: ['no', 'false'], otherwise: 'warn', printed: 'no' };
/** The same, where off is called none. */
const nothing: Absent = { harmless: ['none'], otherwise: 'warn' };
const printedNothing: Absent = { ...nothing, printed: 'none' };
/** What is missing would have kept somebody out, or would decide who comes in. */
const guarding: Absent = { harmless: ['none', 'default'], otherwise: 'refuse' };
/** Without any effect here, whatever it says: it is about something else that is missing, and named there, or long gone. */
const idle: Absent = { otherwise: 'warn' };

const absent: ReadonlyMap<string, Absent> = new Map([
  ...names(
    missing,
    `hostbasedauthentication hostbasedusesnamefrompacketonly kerberosauthentication
     gssapiauthentication gssapikeyexchange printlastlog x11forwarding allowtcpforwarding
     allowstreamlocalforwarding streamlocalbindunlink gatewayports permittunnel`,
  ),
  ...names(printedNothing, 'unusedconnectiontimeout ipqos'),
  ...names(nothing, 'channeltimeout logverbose'),
  ['pubkeyauthoptions', { ...guarding, printed: 'none' }],
  // The log has fingerprints of one kind.
  ['fingerprinthash', { harmless: ['sha256'], otherwise: 'warn', printed: 'SHA256' }],
  ['refuseconnection', { harmless: ['no'], otherwise: 'refuse' }],
  ...names(
    idle,
    `ignorerhosts ignoreuserknownhosts kerberosorlocalpasswd kerberosticketcleanup kerberosgetafstoken
     gssapicleanupcredentials gssapistrictacceptorcheck gssapistorecredentialsonrekey gssapikexalgorithms
     x11displayoffset x11uselocalhost xauthlocation permitopen permitlisten
     modulifile securitykeyprovider hostbasedacceptedalgorithms hostbasedacceptedkeytypes
     debianbanner useprivilegeseparation uselogin protocol keyregenerationinterval serverkeybits rsaauthentication
     rhostsrsaauthentication sshdsessionpath sshdauthpath`,
  ),
]);

/** Other names of directives. */
export const aliases: ReadonlyMap<string, string> = new Map([
  ['keepalive', 'tcpkeepalive'],
  ['hostdsakey', 'hostkey'],
  ['dsaauthentication', 'pubkeyauthentication'],
  ['skeyauthentication', 'kbdinteractiveauthentication'],
  ['challengeresponseauthentication', 'kbdinteractiveauthentication'],
  ['authorizedkeysfile2', 'authorizedkeysfile'],
  ['pubkeyacceptedkeytypes', 'pubkeyacceptedalgorithms'],
]);

/** What becomes of a directive that is not served; undefined if nobody knows it. */
export function verdictOnAbsent(keyword: string, words: readonly string[]): Verdict | undefined {
  const found = absent.get(keyword);
  if (found === undefined) return undefined;
  if (found.harmless === undefined) return 'nothing';
  const value = words.join(' ').toLowerCase();
  return found.harmless.includes(value) ? 'nothing' : found.otherwise;
}

/** What -T says of what is not there. */
export function printAbsent(): string[] {
  return [...absent].flatMap(([name, { printed }]) => (printed === undefined ? [] : [`${name} ${printed}`]));
}

function names(entry: Absent, text: string): [string, Absent][] {
  return text.split(/\s+/).map((name) => [name, entry]);
}
