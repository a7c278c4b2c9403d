export { type Aead, DecryptError } from './aead.ts';
export { insecureAesCbcDecrypt, insecureAesCbcEncrypt } from './aes-cbc.ts';
export { type Argon2Cost, type Argon2Kind, argon2 } from './argon2.ts';
export { aes256Gcm } from './aes-gcm.ts';
export { type Algorithms, aeads, kems, signatureAlgorithms } from './algorithms.ts';
export { derInteger, derSequence, derValue } from './der.ts';
export { dhKemP256 } from './dhkem.ts';
export { type DiffieHellman, type EphemeralKey, ecdhP256, ecdhP384, ecdhP521 } from './ecdh.ts';
export { ecdsaP256, ecdsaP384, ecdsaP521 } from './ecdsa.ts';
export { ed25519 } from './ed25519.ts';
export { insecureMd5, insecureSha1, sha256, sha384, sha3_256, sha512, shake256 } from './hash.ts';
export { loadFalcon } from './falcon.ts';
export { hkdfSha256 } from './hkdf.ts';
export { hmacSha256, insecureHmacSha1 } from './hmac.ts';
export type { Decapsulator, Encapsulation, Kem } from './kem.ts';
export { mlDsa44, mlDsa65, mlDsa87 } from './ml-dsa.ts';
export { mlDsa44Ed25519 } from './mldsa44-ed25519.ts';
export { mlKem1024, mlKem768 } from './ml-kem.ts';
export type { ScryptCost } from './native.ts';
export {
  type AeadKey,
  type KeyStream,
  type Mac,
  type Sealed,
  type StreamCipher,
  importAesCtrKey,
  importAesGcmKey,
  importChaCha20Key,
  importHmacSha256Key,
  importHmacSha512Key,
  importPoly1305Key,
} from './packet-ciphers.ts';
export { type Pbkdf2Hash, pbkdf2 } from './pbkdf2.ts';
export {
  type RsaHash,
  type RsaPublicKey,
  type RsaSecretKey,
  generateRsaKey,
  rsaSecretKeyDer,
  rsaSigner,
  rsaVerifier,
} from './rsa.ts';
export { scrypt } from './scrypt.ts';
export { equalSecret, randomBytes, wipe } from './secret.ts';
export type { KeyPair, SignatureAlgorithm, Signer, Verifier } from './signature.ts';
export { type SlhDsaSet, slhDsa, slhDsaSets } from './slh-dsa.ts';
export { loadSntrup761 } from './sntrup761.ts';
export { ephemeralX25519, x25519, x25519PublicKey } from './x25519.ts';
export { xWing } from './x-wing.ts';
