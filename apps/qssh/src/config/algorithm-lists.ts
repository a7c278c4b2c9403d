// Lists of algorithms in ssh_config: the names, and what `+`, `-` and `^` do to the defaults.
import { matchesPattern } from '@orrery/sshfiles';

export type AlgorithmList = 'ciphers' | 'macs' | 'kex' | 'keys';

/**
 * Names that ssh_config may hold because OpenSSH has them. Those that are not spoken here are passed over when a
 * connection is made: one config serves both programs.
 */
const elsewhere: Readonly<Record<AlgorithmList, readonly string[]>> = {
  ciphers: words('3des-cbc aes128-cbc aes192-cbc aes256-cbc aes128-ctr aes192-ctr aes256-ctr'),
  macs: words(`hmac-sha1 hmac-sha1-96 hmac-md5 hmac-md5-96 umac-64@openssh.com umac-128@openssh.com
    hmac-sha1-etm@openssh.com hmac-sha1-96-etm@openssh.com hmac-md5-etm@openssh.com hmac-md5-96-etm@openssh.com
    umac-64-etm@openssh.com umac-128-etm@openssh.com hmac-sha2-256 hmac-sha2-512 hmac-sha2-256-etm@openssh.com
    hmac-sha2-512-etm@openssh.com`),
  kex: words(`diffie-hellman-group1-sha1 diffie-hellman-group14-sha1 diffie-hellman-group14-sha256
    diffie-hellman-group16-sha512 diffie-hellman-group18-sha512 diffie-hellman-group-exchange-sha1
    diffie-hellman-group-exchange-sha256 ecdh-sha2-nistp256 ecdh-sha2-nistp384 ecdh-sha2-nistp521
    curve25519-sha256 curve25519-sha256@libssh.org sntrup761x25519-sha512 sntrup761x25519-sha512@openssh.com
    mlkem768x25519-sha256 mlkem768nistp256-sha256`),
  keys: words(`ssh-ed25519 ssh-ed25519-cert-v01@openssh.com sk-ssh-ed25519@openssh.com
    sk-ssh-ed25519-cert-v01@openssh.com ecdsa-sha2-nistp256 ecdsa-sha2-nistp256-cert-v01@openssh.com
    ecdsa-sha2-nistp384 ecdsa-sha2-nistp384-cert-v01@openssh.com ecdsa-sha2-nistp521
    ecdsa-sha2-nistp521-cert-v01@openssh.com sk-ecdsa-sha2-nistp256@openssh.com
    sk-ecdsa-sha2-nistp256-cert-v01@openssh.com webauthn-sk-ecdsa-sha2-nistp256@openssh.com ssh-dss
    ssh-dss-cert-v01@openssh.com ssh-rsa ssh-rsa-cert-v01@openssh.com rsa-sha2-256
    rsa-sha2-256-cert-v01@openssh.com rsa-sha2-512 rsa-sha2-512-cert-v01@openssh.com
    ssh-mldsa44-ed25519 ssh-mldsa44-ed25519-cert
    ssh-mldsa44-ed25519@openssh.com ssh-mldsa44-ed25519-cert-v01@openssh.com`),
};

/** What this program speaks, in its order of preference. */
export interface SpokenAlgorithms extends Readonly<Record<AlgorithmList, readonly string[]>> {
  /** Signatures of users; `keys` are those of hosts. */
  readonly userKeys: readonly string[];
}

/** The first name of a list that nobody knows; key types may be patterns. */
export function unknownAlgorithm(
  list: string,
  kind: AlgorithmList,
  spoken: SpokenAlgorithms,
): string | undefined {
  if (list.startsWith('-')) return undefined;
  const isChange = /^[+^]/.test(list);
  const known = knownAlgorithms(kind, spoken);
  const wanted = list.replace(/^[+^]/, '').split(',');
  return wanted.find(
    (name) =>
      !(kind === 'keys' || isChange
        ? known.some((candidate) => matchesPattern(candidate, name))
        : known.includes(name)),
  );
}

export function knownAlgorithms(kind: AlgorithmList, spoken: SpokenAlgorithms): readonly string[] {
  return [...new Set([...spoken[kind], ...elsewhere[kind]])];
}

/** The list that a setting means: itself, or the defaults with names added, removed or put first. */
export function assembleAlgorithms(
  setting: string | undefined,
  defaults: readonly string[],
  known: readonly string[],
): readonly string[] {
  if (setting === undefined) return defaults;
  const patterns = setting.replace(/^[-+^]/, '').split(',');
  const named = patterns.flatMap((pattern) => known.filter((name) => matchesPattern(name, pattern)));
  const isNamed = (name: string): boolean => patterns.some((pattern) => matchesPattern(name, pattern));
  switch (setting.charAt(0)) {
    case '+':
      return [...new Set([...defaults, ...named])];
    case '-':
      return defaults.filter((name) => !isNamed(name));
    case '^':
      return [...new Set([...named, ...defaults])];
    default:
      return [...new Set(named)];
  }
}

function words(text: string): readonly string[] {
  return text.split(/\s+/);
}
