import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { concat, equal } from '@orrery/bytes';

import { derSequence, derValue } from './der.ts';
import type { Native } from './native.ts';

/** DigestInfo up to the digest (RFC 8017, section 9.2, note 1). */
const digests = {
  sha256: { name: 'SHA-256', hash: sha256, prefix: '3031300d060960864801650304020105000420' },
  sha512: { name: 'SHA-512', hash: sha512, prefix: '3051300d060960864801650304020305000440' },
} as const;

/** PrivateKeyInfo of RFC 5208 up to the key: version 0 and rsaEncryption. */
const VERSION = Uint8Array.fromHex('020100');
const RSA_ENCRYPTION = Uint8Array.fromHex('300d06092a864886f70d0101010500');
const OCTET_STRING = 0x04;
/** Where the key stands: the lengths of sequence and octet string take three bytes, as keys are of 256 to 65,535. */
const KEY_OFFSET = 4 + VERSION.length + RSA_ENCRYPTION.length + 4;
const EXPONENT = Uint8Array.of(1, 0, 1);

/**
 * Keys and signatures are made by the browser itself, for the timing; to verify needs no secret, and the browser's is not
 * synchronous.
 */
export const rsa: Native['rsa'] = {
  generate: async (bits) => {
    const { name } = digests.sha256;
    const algorithm = {
      name: 'RSASSA-PKCS1-v1_5',
      hash: name,
      modulusLength: bits,
      publicExponent: EXPONENT,
    };
    const { privateKey } = await crypto.subtle.generateKey(algorithm, true, ['sign']);
    const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey));
    const pkcs1 = pkcs8.slice(KEY_OFFSET);
    pkcs8.fill(0);
    return pkcs1;
  },

  importSecretKey: (pkcs1, hash) => {
    const pkcs8 = derSequence(VERSION, RSA_ENCRYPTION, derValue(OCTET_STRING, pkcs1));
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: digests[hash].name };
    const imported = crypto.subtle.importKey('pkcs8', pkcs8.slice(), algorithm, false, ['sign']);
    return async (message) =>
      new Uint8Array(await crypto.subtle.sign(algorithm.name, await imported, message.slice()));
  },

  importPublicKey: (n, e, name) => {
    const [modulus, exponent] = [integer(n), integer(e)];
    const length = Math.ceil(modulus.toString(16).length / 2);
    const { hash, prefix } = digests[name];
    return (message, signature) => {
      const value = integer(signature);
      if (value >= modulus) return false;
      const digest = concat(Uint8Array.fromHex(prefix), hash(message));
      const padding = new Uint8Array(length - digest.length - 3).fill(0xff);
      const expected = concat(Uint8Array.of(0, 1), padding, Uint8Array.of(0), digest);
      const found = power(value, exponent, modulus)
        .toString(16)
        .padStart(2 * length, '0');
      return equal(Uint8Array.fromHex(found), expected);
    };
  },
};

function integer(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toHex()}`);
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % modulus) {
    if (rest & 1n) result = (result * square) % modulus;
  }
  return result;
}
