/**
 * The primitives that a platform provides: `native.node.ts` takes them from OpenSSL, `native.browser.ts` from noble.
 * Both give the same bytes for the same input. Lengths and the validity of keys are checked above this layer, once.
 */
export interface Native {
  sha256(message: Uint8Array): Uint8Array;
  sha384(message: Uint8Array): Uint8Array;
  sha512(message: Uint8Array): Uint8Array;
  sha3_256(message: Uint8Array): Uint8Array;
  shake256(message: Uint8Array, length: number): Uint8Array;
  insecureMd5(message: Uint8Array): Uint8Array;
  insecureSha1(message: Uint8Array): Uint8Array;
  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array;
  insecureHmacSha1(key: Uint8Array, message: Uint8Array): Uint8Array;
  /** The key is imported once; the message may come in parts. */
  readonly hmac: (
    hash: 'sha256' | 'sha512',
    key: Uint8Array,
  ) => (...parts: readonly Uint8Array[]) => Uint8Array;
  hkdfSha256(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array;
  scrypt(password: Uint8Array, salt: Uint8Array, cost: ScryptCost, length: number): Uint8Array;
  readonly pbkdf2: (
    hash: Pbkdf2Hash,
    password: Uint8Array,
    salt: Uint8Array,
    iterations: number,
    length: number,
  ) => Uint8Array;
  readonly argon2: (
    kind: Argon2Kind,
    password: Uint8Array,
    salt: Uint8Array,
    cost: Argon2Cost,
    length: number,
  ) => Promise<Uint8Array>;
  randomBytes(length: number): Uint8Array;
  /** Whether two arrays of one length hold the same bytes, in constant time. */
  equalSecret(a: Uint8Array, b: Uint8Array): boolean;
  /** AES-128 or AES-256 by the length of the key. */
  readonly aesGcm: (key: Uint8Array) => NativeAeadKey;
  /** AES by the length of the key, in counter mode: each call goes on where the one before stopped. */
  readonly aesCtr: (key: Uint8Array, counter: Uint8Array) => (bytes: Uint8Array) => Uint8Array;
  /** AES by the length of the key, of whole blocks, with their padding. */
  readonly aesCbcDecrypt: (key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array) => Uint8Array;
  readonly aesCbcEncrypt: (key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array) => Uint8Array;
  /** The key stream from this 16-byte block counter and nonce on, over the bytes. */
  readonly chacha20: (key: Uint8Array) => (counterAndNonce: Uint8Array) => (bytes: Uint8Array) => Uint8Array;
  /** For one message, in parts. */
  readonly poly1305: (key: Uint8Array) => (parts: readonly Uint8Array[]) => Uint8Array;
  /** With the context string that every signature has. */
  readonly mlDsa44: (context: Uint8Array) => NativeSignature;
  readonly mlDsa65: NativeSignature;
  readonly mlDsa87: NativeSignature;
  /** With the context string that every signature has. */
  readonly slhDsa: (set: SlhDsaSet, context: Uint8Array) => NativeSlowSignature;
  readonly ed25519: NativeSignature;
  readonly ecdsa: Readonly<Record<CurveName, NativeSignature>>;
  readonly ecdh: Readonly<Record<CurveName, NativeDiffieHellman>>;
  readonly x25519: NativeDiffieHellman;
  readonly rsa: NativeRsa;
  readonly mlKem768: NativeKem;
  readonly mlKem1024: NativeKem;
}

export type CurveName = 'P-256' | 'P-384' | 'P-521';

/** Cost parameters of RFC 7914, section 2: memory and time are in proportion to N * r, time also to p. */
export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

export type Argon2Kind = 'argon2d' | 'argon2i' | 'argon2id';

/** Cost parameters of RFC 9106, section 3.1. */
export interface Argon2Cost {
  /** In KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** The key is imported once and may be used often; with a nonce, for one message. */
interface NativeAeadKey {
  /** The tag has 16 bytes. */
  readonly seal: (nonce: Uint8Array) => (plaintext: Uint8Array, associatedData: Uint8Array) => Sealed;
  /** The plaintext, or undefined if the tag does not match. */
  readonly open: (
    nonce: Uint8Array,
  ) => (sealed: Sealed, associatedData: Uint8Array) => Uint8Array | undefined;
}

export interface Sealed {
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
}

export interface NativeSignature {
  /** The key is imported once and may be used often. A later change of `secretKey` has no effect on it. */
  readonly importSecretKey: (secretKey: Uint8Array) => {
    readonly publicKey: Uint8Array;
    readonly sign: (message: Uint8Array) => Uint8Array;
  };
  readonly importPublicKey: (
    publicKey: Uint8Array,
  ) => (message: Uint8Array, signature: Uint8Array) => boolean;
}

/** Of the parameter sets of FIPS 205, those that SSH has names for. */
export type SlhDsaSet = `${'sha2' | 'shake'}-${'128' | '256'}${'s' | 'f'}`;

/** Whose keys do not come from one seed, and whose signing takes so long that it must not stop this thread. */
interface NativeSlowSignature {
  readonly generateSecretKey: () => Uint8Array;
  readonly importSecretKey: (secretKey: Uint8Array) => {
    readonly publicKey: Uint8Array;
    readonly sign: (message: Uint8Array) => Promise<Uint8Array>;
  };
  readonly importPublicKey: NativeSignature['importPublicKey'];
}

export type Pbkdf2Hash = 'sha1' | 'sha256' | 'sha512';

export type RsaHash = 'sha256' | 'sha512';

/** RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2). */
interface NativeRsa {
  /** A new key with the exponent 65537, as RSAPrivateKey of RFC 8017, appendix A.1.2. */
  readonly generate: (bits: number) => Promise<Uint8Array>;
  /** @param pkcs1 RSAPrivateKey of RFC 8017, appendix A.1.2; it may be wiped afterwards. */
  readonly importSecretKey: (
    pkcs1: Uint8Array,
    hash: RsaHash,
  ) => (message: Uint8Array) => Uint8Array | Promise<Uint8Array>;
  readonly importPublicKey: (
    n: Uint8Array,
    e: Uint8Array,
    hash: RsaHash,
  ) => (message: Uint8Array, signature: Uint8Array) => boolean;
}

/** The key is imported once. A later change of `secretKey` has no effect on it. */
export interface NativeDiffieHellman {
  readonly importSecretKey: (secretKey: Uint8Array) => {
    readonly publicKey: () => Uint8Array;
    readonly sharedSecret: (publicKey: Uint8Array) => Uint8Array;
  };
}

export interface NativeKem {
  /** The key is imported once. A later change of `secretKey` has no effect on it. */
  readonly importSecretKey: (secretKey: Uint8Array) => {
    readonly publicKey: () => Uint8Array;
    readonly decapsulate: (ciphertext: Uint8Array) => Uint8Array;
  };
  readonly encapsulate: (publicKey: Uint8Array) => {
    readonly ciphertext: Uint8Array;
    readonly sharedSecret: Uint8Array;
  };
}
