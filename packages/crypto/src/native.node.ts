import {
  type KeyObject,
  argon2,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createMac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  generateKeyPair,
  hash,
  hkdfSync,
  pbkdf2Sync,
  randomFillSync,
  scryptSync,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';

import { derInteger, derSequence } from './der.ts';
import type { CurveName, Native, NativeDiffieHellman, NativeKem, NativeSignature } from './native.ts';
import { slhDsa } from './slh-dsa.node.ts';

const GCM_OPTIONS = { authTagLength: 16 };

/** How node:crypto names a type of key, and in which of its raw formats the secret key is. */
interface KeyType {
  readonly asymmetricKeyType:
    | 'ec'
    | 'ed25519'
    | 'ml-dsa-44'
    | 'ml-dsa-65'
    | 'ml-dsa-87'
    | 'ml-kem-768'
    | 'ml-kem-1024'
    | 'x25519';
  readonly secretFormat: 'raw-private' | 'raw-seed';
  readonly namedCurve?: CurveName;
}

const mlDsa44: KeyType = { asymmetricKeyType: 'ml-dsa-44', secretFormat: 'raw-seed' };
const mlDsa65: KeyType = { asymmetricKeyType: 'ml-dsa-65', secretFormat: 'raw-seed' };
const mlDsa87: KeyType = { asymmetricKeyType: 'ml-dsa-87', secretFormat: 'raw-seed' };
const mlKem768: KeyType = { asymmetricKeyType: 'ml-kem-768', secretFormat: 'raw-seed' };
const mlKem1024: KeyType = { asymmetricKeyType: 'ml-kem-1024', secretFormat: 'raw-seed' };
const ed25519: KeyType = { asymmetricKeyType: 'ed25519', secretFormat: 'raw-private' };
const x25519: KeyType = { asymmetricKeyType: 'x25519', secretFormat: 'raw-private' };
const ec = (namedCurve: CurveName): KeyType => ({
  asymmetricKeyType: 'ec',
  secretFormat: 'raw-private',
  namedCurve,
});

export const native: Native = {
  sha256: (message) => plain(hash('sha256', message, 'buffer')),
  sha384: (message) => plain(hash('sha384', message, 'buffer')),
  sha512: (message) => plain(hash('sha512', message, 'buffer')),
  sha3_256: (message) => plain(hash('sha3-256', message, 'buffer')),
  shake256: (message, length) =>
    plain(hash('shake256', message, { outputEncoding: 'buffer', outputLength: length })),
  insecureMd5: (message) => plain(hash('md5', message, 'buffer')),
  insecureSha1: (message) => plain(hash('sha1', message, 'buffer')),
  hmacSha256: (key, message) => plain(createHmac('sha256', key).update(message).digest()),
  insecureHmacSha1: (key, message) => plain(createHmac('sha1', key).update(message).digest()),
  hmac: (name, secret) => {
    const key = createSecretKey(secret);
    return (...parts) => {
      const mac = createHmac(name, key);
      for (const part of parts) mac.update(part);
      return plain(mac.digest());
    };
  },
  hkdfSha256: (secret, salt, info, length) => new Uint8Array(hkdfSync('sha256', secret, salt, info, length)),
  scrypt: (password, salt, { N, r, p }, length) =>
    plain(scryptSync(password, salt, length, { N, r, p, maxmem: 128 * r * (N + p + 2) })),
  pbkdf2: (digest, password, salt, iterations, length) =>
    plain(pbkdf2Sync(password, salt, iterations, length, digest)),
  argon2: (kind, message, nonce, cost, tagLength) =>
    new Promise((resolve, reject) => {
      argon2(kind, { message, nonce, ...cost, tagLength }, (error, key) => {
        if (error) reject(error);
        else resolve(plain(key));
      });
    }),
  randomBytes: (length) => randomFillSync(new Uint8Array(length)),
  equalSecret: (one, other) => timingSafeEqual(one, other),

  aesGcm: (secret) => {
    const key = createSecretKey(secret);
    const name = secret.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
    return {
      seal: (nonce) => {
        const cipher = createCipheriv(name, key, nonce, GCM_OPTIONS);
        return (plaintext, associatedData) => {
          cipher.setAAD(associatedData);
          const ciphertext = plain(cipher.update(plaintext));
          cipher.final();
          return { ciphertext, tag: plain(cipher.getAuthTag()) };
        };
      },
      open: (nonce) => {
        const decipher = createDecipheriv(name, key, nonce, GCM_OPTIONS);
        return ({ ciphertext, tag }, associatedData) => {
          decipher.setAAD(associatedData);
          decipher.setAuthTag(tag);
          const plaintext = plain(decipher.update(ciphertext));
          try {
            decipher.final();
          } catch {
            plaintext.fill(0);
            return undefined;
          }
          return plaintext;
        };
      },
    };
  },

  aesCtr: (key, counter) => {
    const cipher = createCipheriv(`aes-${key.length * 8}-ctr`, key, counter);
    return (bytes) => plain(cipher.update(bytes));
  },

  aesCbcDecrypt: (key, iv, ciphertext) => {
    const decipher = createDecipheriv(`aes-${key.length * 8}-cbc`, key, iv).setAutoPadding(false);
    return plain(decipher.update(ciphertext));
  },

  aesCbcEncrypt: (key, iv, plaintext) => {
    const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, iv).setAutoPadding(false);
    return plain(cipher.update(plaintext));
  },

  chacha20: (secret) => {
    const key = createSecretKey(secret);
    return (counterAndNonce) => {
      const cipher = createCipheriv('chacha20', key, counterAndNonce);
      return (bytes) => plain(cipher.update(bytes));
    };
  },
  poly1305: (key) => {
    const mac = createMac('poly1305', key);
    return (parts) => {
      for (const part of parts) mac.update(part);
      return plain(mac.final());
    };
  },

  mlDsa44: (context) => signature(mlDsa44, null, context),
  mlDsa65: signature(mlDsa65, null),
  mlDsa87: signature(mlDsa87, null),
  slhDsa,
  ed25519: signature(ed25519, null),
  ecdsa: {
    'P-256': signature(ec('P-256'), 'sha256'),
    'P-384': signature(ec('P-384'), 'sha384'),
    'P-521': signature(ec('P-521'), 'sha512'),
  },
  ecdh: {
    'P-256': diffieHellmanOver(ec('P-256')),
    'P-384': diffieHellmanOver(ec('P-384')),
    'P-521': diffieHellmanOver(ec('P-521')),
  },
  x25519: diffieHellmanOver(x25519),
  rsa: {
    generate: (bits) =>
      new Promise((resolve, reject) => {
        const privateKeyEncoding = { format: 'der', type: 'pkcs1' } as const;
        const publicKeyEncoding = privateKeyEncoding;
        const options = { modulusLength: bits, privateKeyEncoding, publicKeyEncoding };
        generateKeyPair('rsa', options, (error, _publicKey, secretKey) => {
          if (error) reject(error);
          else resolve(plain(secretKey));
        });
      }),
    importSecretKey: (pkcs1, digest) => {
      const key = createPrivateKey({ key: asBuffer(pkcs1), format: 'der', type: 'pkcs1' });
      return (message) => plain(sign(digest, message, key));
    },
    importPublicKey: (n, e, digest) => {
      const der = asBuffer(derSequence(derInteger(n), derInteger(e)));
      const key = createPublicKey({ key: der, format: 'der', type: 'pkcs1' });
      return (message, signed) => verify(digest, message, key, signed);
    },
  },
  mlKem768: kem(mlKem768),
  mlKem1024: kem(mlKem1024),
};

/** Signatures of ECDSA are r || s (IEEE P1363); the other algorithms have one encoding. */
function signature(type: KeyType, digest: string | null, context?: Uint8Array): NativeSignature {
  const options = { dsaEncoding: 'ieee-p1363', ...(context && { context }) } as const;
  return {
    importSecretKey: (secretKey) => {
      const key = importSecretKey(type, secretKey);
      return {
        publicKey: publicBytes(key),
        sign: (message) => plain(sign(digest, message, { key, ...options })),
      };
    },
    importPublicKey: (publicKey) => {
      const key = importPublicKey(type, publicKey);
      return (message, signed) => verify(digest, message, { key, ...options }, signed);
    },
  };
}

function kem(type: KeyType): NativeKem {
  return {
    importSecretKey: (secretKey) => {
      const key = importSecretKey(type, secretKey);
      return {
        publicKey: () => publicBytes(key),
        decapsulate: (ciphertext) => plain(decapsulate(key, ciphertext)),
      };
    },
    encapsulate: (publicKey) => {
      const { ciphertext, sharedKey } = encapsulate(importPublicKey(type, publicKey));
      return { ciphertext: plain(ciphertext), sharedSecret: plain(sharedKey) };
    },
  };
}

function diffieHellmanOver(type: KeyType): NativeDiffieHellman {
  return {
    importSecretKey: (secretKey) => {
      const privateKey = importSecretKey(type, secretKey);
      return {
        publicKey: () => publicBytes(privateKey),
        sharedSecret: (publicKey) =>
          plain(diffieHellman({ privateKey, publicKey: importPublicKey(type, publicKey) })),
      };
    },
  };
}

function importSecretKey({ secretFormat, ...type }: KeyType, key: Uint8Array): KeyObject {
  return createPrivateKey({ key, format: secretFormat, ...type });
}

function importPublicKey({ secretFormat: _, ...type }: KeyType, key: Uint8Array): KeyObject {
  return createPublicKey({ key, format: 'raw-public', ...type });
}

function publicBytes(secretKey: KeyObject): Uint8Array {
  return plain(createPublicKey(secretKey).export({ format: 'raw-public' }));
}

/** The same bytes as a Buffer, where node:crypto has no other type. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A Buffer as what it is for everyone outside this file. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
