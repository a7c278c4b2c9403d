// Where a script of OpenSSH 9.2 asks for what is not here on purpose: its words, and what stands there instead.

interface Amendment {
  /** Stands in the script exactly once. */
  readonly from: string;
  readonly to: string;
}

/** Since OpenSSH 10.3 a certificate without principals is nobody's; before, it was everybody's. */
const emptyHostPrincipals: readonly Amendment[] = [
  { from: '"empty principals"	success "-h"', to: '"empty principals"	failure "-h"' },
  { from: 'success "-h -V-1w:+2w"', to: 'success "-h -n $HOSTS -V-1w:+2w"' },
];
const emptyUserPrincipals: readonly Amendment[] = [
  {
    from: '"empty principals"	success "" authorized_keys',
    to: '"empty principals"	failure "" authorized_keys',
  },
];

/** The only signature by the name `ssh-rsa` is one over SHA-1 (RFC 8332). */
const rsaOverSha2: readonly Amendment[] = [{ from: 's/^rsa/ssh-rsa/', to: 's/^rsa/rsa-sha2-*,ssh-rsa/' }];

/** The same of host keys; and `ssh` in place of what `$SSH` names tells of types that have no keys here. */
const hostKeysOverSha2: readonly Amendment[] = [
  {
    from: 'echo "HostKeyAlgorithms $k"',
    to: 'a=`echo $k | sed s/^ssh-rsa/rsa-sha2-512/`\n\techo "HostKeyAlgorithms $a"',
  },
  {
    from: 'opts="-oHostKeyAlgorithms=$k -F $OBJ/ssh_proxy"\n\t(',
    to: 'opts="-oHostKeyAlgorithms=$a -F $OBJ/ssh_proxy"\n\t(',
  },
  { from: '`ssh -Q key-sig | grep', to: '`$SSH -Q key-sig | maybe_filter_sk | grep -v ^ssh-rsa | grep' },
];

/** By side and script. */
const amendments: Readonly<Record<string, readonly Amendment[]>> = {
  'client cert-hostkey': emptyHostPrincipals,
  'client cert-userkey': rsaOverSha2,
  'client hostkey-agent': hostKeysOverSha2,
  'server hostkey-agent': hostKeysOverSha2,
  'agents hostkey-agent': hostKeysOverSha2,
  'keygen hostkey-agent': hostKeysOverSha2,
  'server cert-userkey': [...rsaOverSha2, ...emptyUserPrincipals],
};

/** The script as it is to be run. @throws {Error} if what is to be amended is not in it. */
export function amended(run: string, script: string): string {
  return (amendments[run] ?? []).reduce((text, { from, to }) => {
    if (text.split(from).length !== 2) throw new Error(`${run}: "${from}" is not in it once`);
    return text.replace(from, () => to);
  }, script);
}
