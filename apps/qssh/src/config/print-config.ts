// What -G prints, and what holds for options that nobody set. The order is OpenSSH's.
import type { Settings } from './settings.ts';

/** An option, its default, and whether each of its values has a line of its own. */
interface Printed {
  readonly keyword: string;
  readonly fallback?: string | readonly string[];
  readonly each?: boolean;
  /** As it is printed, if not in lower case. */
  readonly label?: string;
}

function defaults(text: string): Printed[] {
  return text
    .trim()
    .split(/\s*\n\s*/)
    .map((line) => {
      const [keyword = '', ...values] = line.split(' ');
      return values.length === 0 ? { keyword } : { keyword, fallback: values };
    });
}

const printed: readonly Printed[] = [
  ...defaults(`
    user
    hostname
    port 22
    addressfamily any
    batchmode no
    canonicalizefallbacklocal yes
    canonicalizehostname false
    checkhostip no
    compression no
    controlmaster false
    enablesshkeysign no
    clearallforwardings no
    exitonforwardfailure no
    fingerprinthash SHA256
    forwardx11 no
    forwardx11trusted yes
    gatewayports no
    gssapiauthentication no
    gssapikeyexchange no
    gssapidelegatecredentials no
    gssapitrustdns no
    gssapirenewalforcesrekey no
    gssapiclientidentity
    gssapiserveridentity
    gssapikexalgorithms
    hashknownhosts no
    hostbasedauthentication no
    identitiesonly no
    kbdinteractiveauthentication yes
    nohostauthenticationforlocalhost no
    passwordauthentication yes
    permitlocalcommand no
    proxyusefdpass no
    pubkeyauthentication true
    requesttty auto
    sessiontype default
    stdinnull no
    forkafterauthentication no
    streamlocalbindunlink no
    stricthostkeychecking ask
    tcpkeepalive yes
    tunnel false
    verifyhostkeydns false
    visualhostkey no
    updatehostkeys
    enableescapecommandline no
    warnweakcrypto yes
    obscurekeystroketiming yes
    canonicalizemaxdots 1
    connectionattempts 1
    forwardx11timeout 1200
    numberofpasswordprompts 3
    serveralivecountmax 3
    serveraliveinterval 0
    requiredrsasize 1024
    bindaddress
    bindinterface
    ciphers
    controlpath
    hostkeyalgorithms
    hostkeyalias
    hostbasedacceptedalgorithms
    identityagent
    ignoreunknown
    kbdinteractivedevices
    kexalgorithms
    casignaturealgorithms
    localcommand
    remotecommand
    loglevel INFO
    macs
    pkcs11provider
    securitykeyprovider internal
    preferredauthentications
    pubkeyacceptedalgorithms
    revokedhostkeys
    xauthlocation /usr/bin/xauth
    knownhostscommand
    tag
    versionaddendum
    pqalgorithm
    requirepq none
  `),
  { keyword: 'dynamicforward', each: true },
  { keyword: 'localforward', each: true },
  { keyword: 'remoteforward', each: true },
  {
    keyword: 'identityfile',
    each: true,
    fallback: 'mldsa44_ed25519 rsa ecdsa ecdsa_sk ed25519 ed25519_sk'
      .split(' ')
      .map((type) => `~/.ssh/id_${type}`),
  },
  { keyword: 'canonicaldomains', fallback: 'none' },
  { keyword: 'certificatefile', each: true },
  { keyword: 'globalknownhostsfile', fallback: ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'] },
  { keyword: 'userknownhostsfile' },
  { keyword: 'sendenv', each: true },
  { keyword: 'setenv', each: true },
  { keyword: 'logverbose', fallback: 'none' },
  { keyword: 'channeltimeout', fallback: 'none' },
  { keyword: 'permitremoteopen', fallback: 'any' },
  { keyword: 'addkeystoagent', fallback: 'false' },
  { keyword: 'forwardagent', fallback: 'no' },
  { keyword: 'connecttimeout', fallback: 'none' },
  { keyword: 'tunneldevice', fallback: 'any:any' },
  {
    keyword: 'canonicalizepermittedcnames',
    fallback: 'none',
    label: 'canonicalizePermittedcnames',
  },
  { keyword: 'controlpersist', fallback: 'no' },
  { keyword: 'escapechar', fallback: '~' },
  { keyword: 'ipqos', fallback: ['lowdelay', 'throughput'] },
  { keyword: 'rekeylimit', fallback: ['0', '0'] },
  { keyword: 'streamlocalbindmask', fallback: '0177' },
  { keyword: 'syslogfacility', fallback: 'USER' },
  { keyword: 'proxycommand' },
  { keyword: 'proxyjump' },
];

/** Fills in what does not depend on anything else. */
export function fillDefaults(settings: Settings): void {
  for (const { keyword, fallback } of printed)
    if (fallback !== undefined) settings.offer(keyword, [fallback].flat());
  const limit = settings.all('rekeylimit');
  if (limit.length === 1) settings.replace('rekeylimit', [...limit, '0']);
}

/** The lines of `qssh -G`. @param typed The host as it was typed. */
export function printSettings(typed: string, settings: Settings): string[] {
  const lines = [`host ${typed}`];
  for (const { keyword, each = false, label = keyword } of printed) {
    const values = settings.all(keyword);
    if (values.length === 0) continue;
    if (each) lines.push(...values.map((value) => `${label} ${value}`));
    else lines.push(`${label} ${values.map((value) => shown(keyword, value)).join(' ')}`);
  }
  return lines;
}

/** OpenSSH escapes a control character, which is written `^B` here, and has two names for the lowest level. */
function shown(keyword: string, value: string): string {
  if (keyword === 'loglevel' && value === 'QUIET') return 'SILENT';
  return keyword === 'escapechar' && /^\^[@-_]$/.test(value) ? `\\${value}` : value;
}
