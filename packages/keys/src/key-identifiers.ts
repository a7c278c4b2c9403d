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
  /** The tag that the secret key has within the octet string of PKCS#8. */
  readonly secretKeyTag: number;
}

/** RFC 8410, sections 3 and 7. */
export const rawIdentifiers: readonly RawIdentifier[] = [
  { type: 'ssh-ed25519', identifier: '2b6570', secretKeyTag: 0x04 },
];
