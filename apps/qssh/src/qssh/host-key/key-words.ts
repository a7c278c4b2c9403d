import { type PublicKey, fingerprint } from '@orrery/keys';

const shortNames: readonly (readonly [RegExp, string])[] = [
  [/^ssh-mldsa44-ed25519/, 'MLDSA44-ED25519'],
  [/^ssh-ed25519/, 'ED25519'],
  [/^ecdsa-sha2-/, 'ECDSA'],
  [/^(?:ssh-rsa|rsa-sha2-)/, 'RSA'],
  [/^ssh-dss/, 'DSA'],
  [/^sk-ssh-ed25519/, 'ED25519-SK'],
  [/^sk-ecdsa/, 'ECDSA-SK'],
];

/** The short name that people know a type of key by. */
export function keyWord(type: string): string {
  return shortNames.find(([pattern]) => pattern.test(type))?.[1] ?? type;
}

/** The same, and whether it is a certificate: as ssh-add and ssh-keygen print it. */
export function typeWord({ type, certifiedKey }: Pick<PublicKey, 'type' | 'certifiedKey'>): string {
  return certifiedKey === undefined ? keyWord(type) : `${keyWord(type)}-CERT`;
}

/** As FingerprintHash says. */
export function shownFingerprint(blob: Uint8Array, hash: string | undefined): string {
  return fingerprint(blob, hash === 'MD5' ? 'md5' : 'sha256');
}
