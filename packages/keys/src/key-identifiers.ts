// The object identifiers of ASN.1 for types of keys, as the hex of their content.

/** RFC 8017, appendix C. */
export const RSA = '2a864886f70d010101';
/** RFC 5480, section 2.1.1. */
export const EC = '2a8648ce3d0201';

/** A named curve (RFC 5480, section 2.1.1.1). */
export interface NamedCurve {
  readonly type: string;
  readonly identifier: string;
  /** Of secret keys, in bytes. */
  readonly length: number;
}

export const curves: readonly NamedCurve[] = [
  { type: 'ecdsa-sha2-nistp256', identifier: '2a8648ce3d030107', length: 32 },
  { type: 'ecdsa-sha2-nistp384', identifier: '2b81040022', length: 48 },
  { type: 'ecdsa-sha2-nistp521', identifier: '2b81040023', length: 66 },
];

/** A type whose raw public key is the bit string of its SubjectPublicKeyInfo, and which has no parameters. */
export interface RawIdentifier {
  readonly type: string;
  readonly identifier: string;
  /** The tag that the secret key has within the octet string of PKCS#8; none where it stands there alone. */
  readonly secretKeyTag?: number;
}

/** RFC 8410, sections 3 and 7; RFC 9881, sections 2 and 6, with the seed; RFC 9909, sections 3 and 6. */
export const rawIdentifiers: readonly RawIdentifier[] = [
  { type: 'ssh-ed25519', identifier: '2b6570', secretKeyTag: 0x04 },
  { type: 'ssh-mldsa-44', identifier: '608648016503040311', secretKeyTag: 0x80 },
  { type: 'ssh-mldsa-65', identifier: '608648016503040312', secretKeyTag: 0x80 },
  { type: 'ssh-mldsa-87', identifier: '608648016503040313', secretKeyTag: 0x80 },
  { type: 'ssh-slh-dsa-sha2-128s', identifier: '608648016503040314' },
  { type: 'ssh-slh-dsa-sha2-128f', identifier: '608648016503040315' },
  { type: 'ssh-slh-dsa-sha2-256s', identifier: '608648016503040318' },
  { type: 'ssh-slh-dsa-sha2-256f', identifier: '608648016503040319' },
  { type: 'ssh-slh-dsa-shake-128s', identifier: '60864801650304031a' },
  { type: 'ssh-slh-dsa-shake-128f', identifier: '60864801650304031b' },
  { type: 'ssh-slh-dsa-shake-256s', identifier: '60864801650304031e' },
  { type: 'ssh-slh-dsa-shake-256f', identifier: '60864801650304031f' },
];
