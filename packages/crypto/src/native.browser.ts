import { poly1305 } from '@noble/ciphers/_poly1305.js';
import { cbc, ctr, gcm } from '@noble/ciphers/aes.js';
import { chacha20orig } from '@noble/ciphers/chacha.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { argon2dAsync, argon2iAsync, argon2idAsync } from '@noble/hashes/argon2.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { pbkdf2 } from '@noble/hashes/pbkdf2.js';
import { scrypt } from '@noble/hashes/scrypt.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { sha3_256, shake256 } from '@noble/hashes/sha3.js';
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { ml_kem1024, ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { concat, equal } from '@orrery/bytes';

import type { Native, NativeDiffieHellman, NativeKem, NativeSignature } from './native.ts';
import { rsa } from './rsa.browser.ts';
import { slhDsa } from './slh-dsa.browser.ts';

/** Most bytes that one call of getRandomValues gives. */
const RANDOM_CHUNK = 65536;

/** What noble may take, in bytes: more than is asked for. */
const ARGON2_MEMORY = 2 ** 31;
const argon2s = { argon2d: argon2dAsync, argon2i: argon2iAsync, argon2id: argon2idAsync };

const GCM_TAG_LENGTH = 16;
/** Of AES. */
const BLOCK_LENGTH = 16;

export const native: Native = {
  sha256,
  sha384,
  sha512,
  sha3_256,
  shake256: (message, length) => shake256(message, { dkLen: length }),
  insecureMd5: md5,
  insecureSha1: sha1,
  hmacSha256: (key, message) => hmac(sha256, key, message),
  insecureHmacSha1: (key, message) => hmac(sha1, key, message),
  hmac: (name, secret) => {
    const keyed = hmac.create(name === 'sha256' ? sha256 : sha512, secret);
    return (...parts) => {
      const mac = keyed.clone();
      for (const part of parts) mac.update(part);
      return mac.digest();
    };
  },
  hkdfSha256: (secret, salt, info, length) => hkdf(sha256, secret, salt, info, length),
  scrypt: (password, salt, { N, r, p }, length) =>
    scrypt(password, salt, { N, r, p, dkLen: length, maxmem: 128 * r * (N + p + 2) }),
  pbkdf2: (hash, password, salt, iterations, length) =>
    pbkdf2({ sha1, sha256, sha512 }[hash], password, salt, { c: iterations, dkLen: length }),
  argon2: (kind, password, salt, { memory, passes, parallelism }, length) =>
    argon2s[kind](password, salt, {
      m: memory,
      t: passes,
      p: parallelism,
      dkLen: length,
      maxmem: ARGON2_MEMORY,
    }),
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
      seal: (nonce) => {
        const own = nonce.slice();
        return (plaintext, associatedData) => {
          const sealed = gcm(key, own, associatedData).encrypt(plaintext);
          return { ciphertext: sealed.subarray(0, -GCM_TAG_LENGTH), tag: sealed.subarray(-GCM_TAG_LENGTH) };
        };
      },
      open: (nonce) => {
        const own = nonce.slice();
        return ({ ciphertext, tag }, associatedData) => {
          try {
            return gcm(key, own, associatedData).decrypt(concat(ciphertext, tag));
          } catch {
            return undefined;
          }
        };
      },
    };
  },

  aesCtr,
  aesCbcDecrypt: (key, iv, ciphertext) => cbc(key, iv, { disablePadding: true }).decrypt(ciphertext),
  aesCbcEncrypt: (key, iv, plaintext) => cbc(key, iv, { disablePadding: true }).encrypt(plaintext),

  chacha20: (secret) => {
    const key = secret.slice();
    return (counterAndNonce) => {
      let counter = new DataView(counterAndNonce.buffer, counterAndNonce.byteOffset).getUint32(0, true);
      return (bytes) => {
        const output = chacha20orig(key, counterAndNonce.subarray(8), bytes, undefined, counter);
        counter += Math.ceil(bytes.length / 64);
        return output;
      };
    };
  },
  poly1305: (secret) => {
    const key = secret.slice();
    return (parts) => poly1305(concat(...parts), key);
  },

  mlDsa44: (context) => mlDsa(ml_dsa44, context),
  mlDsa65: mlDsa(ml_dsa65, new Uint8Array()),
  mlDsa87: mlDsa(ml_dsa87, new Uint8Array()),
  slhDsa,
  ed25519: {
    importSecretKey: (secretKey) => {
      const key = secretKey.slice();
      return { publicKey: ed25519.getPublicKey(key), sign: (message) => ed25519.sign(message, key) };
    },
    importPublicKey: verifyEd25519With,
  },
  ecdsa: { 'P-256': ecdsa(p256), 'P-384': ecdsa(p384), 'P-521': ecdsa(p521) },
  ecdh: { 'P-256': ecdh(p256), 'P-384': ecdh(p384), 'P-521': ecdh(p521) },
  x25519: {
    importSecretKey: (secretKey) => {
      const key = secretKey.slice();
      return {
        publicKey: () => x25519.getPublicKey(key),
        sharedSecret: (publicKey) => x25519.getSharedSecret(key, publicKey),
      };
    },
  },

  rsa,
  mlKem768: mlKem(ml_kem768),
  mlKem1024: mlKem(ml_kem1024),
};

/** noble has no stream: each call begins at the block in which the one before stopped. */
function aesCtr(secret: Uint8Array, start: Uint8Array): (bytes: Uint8Array) => Uint8Array {
  const [key, counter] = [secret.slice(), start.slice()];
  let used = 0;
  return (bytes) => {
    const output = ctr(key, counter)
      .encrypt(concat(new Uint8Array(used), bytes))
      .subarray(used);
    addBlocks(counter, Math.floor((used + bytes.length) / BLOCK_LENGTH));
    used = (used + bytes.length) % BLOCK_LENGTH;
    return output;
  };
}

/** Adds to a big-endian counter, modulo 2^128. */
function addBlocks(counter: Uint8Array, blocks: number): void {
  let carry = blocks;
  for (let index = BLOCK_LENGTH - 1; carry > 0 && index >= 0; index -= 1) {
    const sum = (counter[index] ?? 0) + carry;
    counter[index] = sum;
    carry = Math.floor(sum / 256);
  }
}

function mlDsa(algorithm: typeof ml_dsa65, context: Uint8Array): NativeSignature {
  return {
    importSecretKey: (seed) => {
      const { secretKey, publicKey } = algorithm.keygen(seed);
      return { publicKey, sign: (message) => algorithm.sign(message, secretKey, { context }) };
    },
    importPublicKey: (publicKey) => {
      const key = publicKey.slice();
      return (message, signature) => algorithm.verify(signature, message, key, { context });
    },
  };
}

function ecdsa(curve: typeof p256): NativeSignature {
  return {
    importSecretKey: (secretKey) => {
      const key = secretKey.slice();
      return {
        publicKey: curve.getPublicKey(key, false),
        sign: (message) => curve.sign(message, key, { lowS: false }),
      };
    },
    importPublicKey: (publicKey) => {
      const key = publicKey.slice();
      return (message, signature) => curve.verify(signature, message, key, { lowS: false });
    },
  };
}

function ecdh(curve: typeof p256): NativeDiffieHellman {
  const coordinateLength = curve.Point.Fp.BYTES;
  return {
    importSecretKey: (secretKey) => {
      const key = secretKey.slice();
      return {
        publicKey: () => curve.getPublicKey(key, false),
        sharedSecret: (publicKey) => curve.getSharedSecret(key, publicKey).subarray(1, 1 + coordinateLength),
      };
    },
  };
}

function mlKem(algorithm: typeof ml_kem768): NativeKem {
  return {
    importSecretKey: (secretKey) => {
      const seed = secretKey.slice();
      return {
        publicKey: () => {
          const keys = algorithm.keygen(seed);
          keys.secretKey.fill(0);
          return keys.publicKey;
        },
        decapsulate: (ciphertext) => {
          const keys = algorithm.keygen(seed);
          const sharedSecret = algorithm.decapsulate(ciphertext, keys.secretKey);
          keys.secretKey.fill(0);
          return sharedSecret;
        },
      };
    },
    encapsulate: (publicKey) => {
      const { cipherText, sharedSecret } = algorithm.encapsulate(publicKey);
      return { ciphertext: cipherText, sharedSecret };
    },
  };
}

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
