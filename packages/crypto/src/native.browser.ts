import { poly1305 } from '@noble/ciphers/_poly1305.js';
import { gcm } from '@noble/ciphers/aes.js';
import { chacha20orig } from '@noble/ciphers/chacha.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { scrypt } from '@noble/hashes/scrypt.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { sha3_256, shake256 } from '@noble/hashes/sha3.js';
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { concat, equal } from '@orrery/bytes';

import type { Native, NativeSignature } from './native.ts';

/** Most bytes that one call of getRandomValues gives. */
const RANDOM_CHUNK = 65536;

const GCM_TAG_LENGTH = 16;

export const native: Native = {
  sha256,
  sha512,
  sha3_256,
  shake256: (message, length) => shake256(message, { dkLen: length }),
  insecureMd5: md5,
  hmacSha256: (key, message) => hmac(sha256, key, message),
  insecureHmacSha1: (key, message) => hmac(sha1, key, message),
  hkdfSha256: (secret, salt, info, length) => hkdf(sha256, secret, salt, info, length),
  scrypt: (password, salt, { N, r, p }, length) =>
    scrypt(password, salt, { N, r, p, dkLen: length, maxmem: 128 * r * (N + p + 2) }),
  randomBytes: (length) => {
    const bytes = new Uint8Array(length);
    for (let start = 0; start < length; start += RANDOM_CHUNK) {
      crypto.getRandomValues(bytes.subarray(start, start + RANDOM_CHUNK));
    }
    return bytes;
  },
  equalSecret: (a, b) =>
    a.reduce((difference, byte, index) => difference | (byte ^ (b[index] ?? 0)), 0) === 0,

  aesGcm: (secret) => {
    const key = secret.slice();
    return {
      seal: (nonce, plaintext, associatedData) => {
        const sealed = gcm(key, nonce, associatedData).encrypt(plaintext);
        return { ciphertext: sealed.subarray(0, -GCM_TAG_LENGTH), tag: sealed.subarray(-GCM_TAG_LENGTH) };
      },
      open: (nonce, { ciphertext, tag }, associatedData) => {
        try {
          return gcm(key, nonce, associatedData).decrypt(concat(ciphertext, tag));
        } catch {
          return undefined;
        }
      },
    };
  },

  chacha20: (secret) => {
    const key = secret.slice();
    return (counterAndNonce, bytes) => {
      const counter = new DataView(counterAndNonce.buffer, counterAndNonce.byteOffset).getUint32(0, true);
      return chacha20orig(key, counterAndNonce.subarray(8), bytes, undefined, counter);
    };
  },
  poly1305: (key, message) => poly1305(message, key),

  mlDsa65: {
    importSecretKey: (seed) => {
      const { secretKey, publicKey } = ml_dsa65.keygen(seed);
      return { publicKey, sign: (message) => ml_dsa65.sign(message, secretKey) };
    },
    importPublicKey: (publicKey) => {
      const key = publicKey.slice();
      return (message, signature) => ml_dsa65.verify(signature, message, key);
    },
  },
  ed25519: {
    importSecretKey: (secretKey) => {
      const key = secretKey.slice();
      return { publicKey: ed25519.getPublicKey(key), sign: (message) => ed25519.sign(message, key) };
    },
    importPublicKey: verifyEd25519With,
  },
  ecdsaP256: {
    importSecretKey: (secretKey) => {
      const key = secretKey.slice();
      return {
        publicKey: p256.getPublicKey(key, false),
        sign: (message) => p256.sign(message, key, { lowS: false }),
      };
    },
    importPublicKey: (publicKey) => {
      const key = publicKey.slice();
      return (message, signature) => p256.verify(signature, message, key, { lowS: false });
    },
  },
  ecdhP256: {
    publicKey: (secretKey) => p256.getPublicKey(secretKey, false),
    sharedSecret: (secretKey, publicKey) => p256.getSharedSecret(secretKey, publicKey).slice(1),
  },
  x25519: {
    publicKey: (secretKey) => x25519.getPublicKey(secretKey),
    sharedSecret: (secretKey, publicKey) => x25519.getSharedSecret(secretKey, publicKey),
  },

  mlKem768: {
    publicKey: (seed) => {
      const { secretKey, publicKey } = ml_kem768.keygen(seed);
      secretKey.fill(0);
      return publicKey;
    },
    encapsulate: (publicKey) => {
      const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey);
      return { ciphertext: cipherText, sharedSecret };
    },
    decapsulate: (seed, ciphertext) => {
      const { secretKey } = ml_kem768.keygen(seed);
      const sharedSecret = ml_kem768.decapsulate(ciphertext, secretKey);
      secretKey.fill(0);
      return sharedSecret;
    },
  },
};

/**
 * RFC 8032, section 5.1.7, with the equation [S]B = R + [k]A that OpenSSL checks. noble's own `verify` multiplies it by
 * the cofactor, so it accepts some crafted signatures that OpenSSL refuses; here all platforms agree on every signature.
 */
function verifyEd25519With(publicKey: Uint8Array): ReturnType<NativeSignature['importPublicKey']> {
  const { BASE, Fn } = ed25519.Point;
  const key = publicKey.slice();
  const A = ed25519.Point.fromBytes(key);
  return (message, signature) => {
    const R = signature.subarray(0, 32);
    const S = littleEndian(signature.subarray(32));
    if (S >= Fn.ORDER) return false;
    const k = Fn.create(littleEndian(sha512(concat(R, key, message))));
    return equal(BASE.multiplyUnsafe(S).subtract(A.multiplyUnsafe(k)).toBytes(), R);
  };
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toReversed().toHex()}`);
}
