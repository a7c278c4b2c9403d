import {
  type KeyObject,
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
  hash,
  hkdfSync,
  randomFillSync,
  scryptSync,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import type { Native, NativeSignature } from './native.ts';

const GCM_OPTIONS = { authTagLength: 16 };

/** How node:crypto names a type of key, and in which of its raw formats the secret key is. */
interface KeyType {
  readonly asymmetricKeyType: 'ec' | 'ed25519' | 'ml-dsa-65' | 'ml-kem-768' | 'x25519';
  readonly secretFormat: 'raw-private' | 'raw-seed';
  readonly namedCurve?: 'P-256';
}

const mlDsa65: KeyType = { asymmetricKeyType: 'ml-dsa-65', secretFormat: 'raw-seed' };
const mlKem768: KeyType = { asymmetricKeyType: 'ml-kem-768', secretFormat: 'raw-seed' };
const ed25519: KeyType = { asymmetricKeyType: 'ed25519', secretFormat: 'raw-private' };
const x25519: KeyType = { asymmetricKeyType: 'x25519', secretFormat: 'raw-private' };
const p256: KeyType = { asymmetricKeyType: 'ec', secretFormat: 'raw-private', namedCurve: 'P-256' };

export const native: Native = {
  sha256: (message) => plain(hash('sha256', message, 'buffer')),
  sha512: (message) => plain(hash('sha512', message, 'buffer')),
  sha3_256: (message) => plain(hash('sha3-256', message, 'buffer')),
  shake256: (message, length) =>
    plain(hash('shake256', message, { outputEncoding: 'buffer', outputLength: length })),
  insecureMd5: (message) => plain(hash('md5', message, 'buffer')),
  hmacSha256: (key, message) => plain(createHmac('sha256', key).update(message).digest()),
  insecureHmacSha1: (key, message) => plain(createHmac('sha1', key).update(message).digest()),
  hkdfSha256: (secret, salt, info, length) => new Uint8Array(hkdfSync('sha256', secret, salt, info, length)),
  scrypt: (password, salt, { N, r, p }, length) =>
    plain(scryptSync(password, salt, length, { N, r, p, maxmem: 128 * r * (N + p + 2) })),
  randomBytes: (length) => randomFillSync(new Uint8Array(length)),
  equalSecret: timingSafeEqual,

  aesGcm: (secret) => {
    const key = createSecretKey(secret);
    const name = secret.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
    return {
      seal: (nonce, plaintext, associatedData) => {
        const cipher = createCipheriv(name, key, nonce, GCM_OPTIONS);
        cipher.setAAD(associatedData);
        const ciphertext = plain(cipher.update(plaintext));
        cipher.final();
        return { ciphertext, tag: plain(cipher.getAuthTag()) };
      },
      open: (nonce, { ciphertext, tag }, associatedData) => {
        const decipher = createDecipheriv(name, key, nonce, GCM_OPTIONS);
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
      },
    };
  },

  chacha20: (secret) => {
    const key = createSecretKey(secret);
    return (counterAndNonce, bytes) => plain(createCipheriv('chacha20', key, counterAndNonce).update(bytes));
  },
  poly1305: (key, message) => plain(createMac('poly1305', key).update(message).final()),

  mlDsa65: signature(mlDsa65, null),
  ed25519: signature(ed25519, null),
  ecdsaP256: signature(p256, 'sha256'),
  ecdhP256: diffieHellmanOver(p256),
  x25519: diffieHellmanOver(x25519),

  mlKem768: {
    publicKey: (secretKey) => publicBytes(importSecretKey(mlKem768, secretKey)),
    encapsulate: (publicKey) => {
      const { ciphertext, sharedKey } = encapsulate(importPublicKey(mlKem768, publicKey));
      return { ciphertext: plain(ciphertext), sharedSecret: plain(sharedKey) };
    },
    decapsulate: (secretKey, ciphertext) =>
      plain(decapsulate(importSecretKey(mlKem768, secretKey), ciphertext)),
  },
};

/** Signatures of ECDSA are r || s (IEEE P1363); the other algorithms have one encoding. */
function signature(type: KeyType, digest: 'sha256' | null): NativeSignature {
  return {
    importSecretKey: (secretKey) => {
      const key = importSecretKey(type, secretKey);
      return {
        publicKey: publicBytes(key),
        sign: (message) => plain(sign(digest, message, { key, dsaEncoding: 'ieee-p1363' })),
      };
    },
    importPublicKey: (publicKey) => {
      const key = importPublicKey(type, publicKey);
      return (message, signed) => verify(digest, message, { key, dsaEncoding: 'ieee-p1363' }, signed);
    },
  };
}

function diffieHellmanOver(type: KeyType): Native['x25519'] {
  return {
    publicKey: (secretKey) => publicBytes(importSecretKey(type, secretKey)),
    sharedSecret: (secretKey, publicKey) =>
      plain(
        diffieHellman({
          privateKey: importSecretKey(type, secretKey),
          publicKey: importPublicKey(type, publicKey),
        }),
      ),
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

/** A Buffer as what it is for everyone outside this file. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
