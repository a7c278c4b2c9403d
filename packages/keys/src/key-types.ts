import {
  type Codec,
  FormatError,
  fixed,
  literal,
  mpint,
  string,
  struct,
  text,
  uint32,
  uint64,
} from '@orrery/bytes';

/** Longest number in a key, in bytes: the 16384 bits that OpenSSH takes, and the byte of the sign. */
const MAX_NUMBER = 16_384 / 8 + 1;
/** Longest application name of a security key, in bytes. */
const MAX_APPLICATION = 1024;
/** Longest of any other field of a certificate, in bytes. */
const MAX_CERTIFICATE_FIELD = 32_768;
/** Longest signature of a certificate, in bytes: SLH-DSA-256f has 49,856, and there is its name. */
const MAX_SIGNATURE = 65_536;

/** What follows the name of its type in the blob of a public key. */
export interface KeyType {
  readonly fields: Codec<Readonly<Record<string, unknown>>>;
  /** The size that ssh-keygen prints: a number of bits, or the field whose length in bits it is. */
  readonly bits: number | 'n' | 'p';
}

const number: Codec<bigint> = {
  read: (reader) => {
    const at = reader.offset;
    const value = mpint(MAX_NUMBER).read(reader);
    if (value <= 0n) throw new FormatError(`Cannot read number at offset ${at}: it is not positive`);
    return value;
  },
  write: (writer, value) => mpint(MAX_NUMBER).write(writer, value),
};

/** SEC 1, section 2.3.3, uncompressed: the only form that RFC 5656, section 3.1 makes obligatory and OpenSSH takes. */
function point(coordinateLength: number): Codec<Uint8Array> {
  const bytes = fixed(1 + 2 * coordinateLength);
  return {
    read: (reader) => {
      const at = reader.offset;
      const value = bytes.read(reader);
      if (value[0] !== 4) throw new FormatError(`Cannot read point at offset ${at}: it is not uncompressed`);
      return value;
    },
    write: (writer, value) => bytes.write(writer, value),
  };
}

const ecdsa = {
  nistp256: struct({ curve: literal('nistp256'), point: point(32) }),
  nistp384: struct({ curve: literal('nistp384'), point: point(48) }),
  nistp521: struct({ curve: literal('nistp521'), point: point(66) }),
};

const securityKeyEcdsa = struct({
  curve: literal('nistp256'),
  point: point(32),
  application: string(MAX_APPLICATION),
});

/** Types of which there are certificates, too. RFC 4253, section 6.6; RFC 5656; RFC 8709; OpenSSH's PROTOCOL.u2f; draft-miller-sshm-mldsa44-ed25519-composite-sigs. */
const certifiableTypes: ReadonlyMap<string, KeyType> = new Map<string, KeyType>([
  ['ssh-ed25519', { fields: struct({ key: fixed(32) }), bits: 256 }],
  ['ssh-rsa', { fields: struct({ e: number, n: number }), bits: 'n' }],
  ['ssh-dss', { fields: struct({ p: number, q: number, g: number, y: number }), bits: 'p' }],
  ['ecdsa-sha2-nistp256', { fields: ecdsa.nistp256, bits: 256 }],
  ['ecdsa-sha2-nistp384', { fields: ecdsa.nistp384, bits: 384 }],
  ['ecdsa-sha2-nistp521', { fields: ecdsa.nistp521, bits: 521 }],
  [
    'sk-ssh-ed25519@openssh.com',
    { fields: struct({ key: fixed(32), application: string(MAX_APPLICATION) }), bits: 256 },
  ],
  ['sk-ecdsa-sha2-nistp256@openssh.com', { fields: securityKeyEcdsa, bits: 256 }],
  ['webauthn-sk-ecdsa-sha2-nistp256@openssh.com', { fields: securityKeyEcdsa, bits: 256 }],
  // ML-DSA-44 (1312 bytes), then Ed25519 (32 bytes). OpenSSH prints 256 bits for it. The name has its suffix in OpenSSH
  // 10.5 and lost it in 10.6.
  ['ssh-mldsa44-ed25519', { fields: struct({ key: fixed(1312 + 32) }), bits: 256 }],
  ['ssh-mldsa44-ed25519@openssh.com', { fields: struct({ key: fixed(1312 + 32) }), bits: 256 }],
]);

/**
 * All types. Of ML-DSA (draft-sfluhrer-ssh-mldsa), SLH-DSA (draft-josefsson-ssh-sphincs) and Falcon, which has its names
 * from the Open Quantum Safe project, the raw key; no ssh-keygen prints a size of these: it is that of the name, or of the
 * security category.
 */
export const keyTypes: ReadonlyMap<string, KeyType> = new Map<string, KeyType>([
  ...certifiableTypes,
  ['ssh-mldsa-44', rawType(1312, 128)],
  ['ssh-mldsa-65', rawType(1952, 192)],
  ['ssh-mldsa-87', rawType(2592, 256)],
  ['ssh-slh-dsa-sha2-128s', rawType(32, 128)],
  ['ssh-slh-dsa-sha2-128f', rawType(32, 128)],
  ['ssh-slh-dsa-sha2-256s', rawType(64, 256)],
  ['ssh-slh-dsa-sha2-256f', rawType(64, 256)],
  ['ssh-slh-dsa-shake-128s', rawType(32, 128)],
  ['ssh-slh-dsa-shake-128f', rawType(32, 128)],
  ['ssh-slh-dsa-shake-256s', rawType(64, 256)],
  ['ssh-slh-dsa-shake-256f', rawType(64, 256)],
  ['ssh-falcon512', rawType(897, 512)],
  ['ssh-falcon1024', rawType(1793, 1024)],
]);

function rawType(length: number, bits: number): KeyType {
  return { fields: struct({ key: fixed(length) }), bits };
}

/** The type of the key that a certificate of each type certifies (OpenSSH's PROTOCOL.certkeys). */
export const certifiedTypes: ReadonlyMap<string, string> = new Map(
  certifiableTypes.keys().map((type) => [certificateType(type), type]),
);

function certificateType(type: string): string {
  if (type === 'ssh-mldsa44-ed25519') return 'ssh-mldsa44-ed25519-cert';
  return `${type.replace('@openssh.com', '')}-cert-v01@openssh.com`;
}

/** The field of a certificate before those of the certified key. */
export const certificateNonce = string(MAX_CERTIFICATE_FIELD);

/** The fields of a certificate after those of the certified key. */
export const certificateFields = struct({
  serial: uint64,
  kind: uint32,
  keyId: text(MAX_CERTIFICATE_FIELD),
  principals: string(MAX_CERTIFICATE_FIELD),
  validAfter: uint64,
  validBefore: uint64,
  criticalOptions: string(MAX_CERTIFICATE_FIELD),
  extensions: string(MAX_CERTIFICATE_FIELD),
  reserved: string(MAX_CERTIFICATE_FIELD),
  signatureKey: string(MAX_CERTIFICATE_FIELD),
  signature: string(MAX_SIGNATURE),
});
