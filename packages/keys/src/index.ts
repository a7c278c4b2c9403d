export { parseAbsoluteTime } from './absolute-time.ts';
export {
  type AllowedSigner,
  type AllowedSigners,
  MAX_ALLOWED_SIGNERS,
  type UnreadableSigner,
  parseAllowedSigners,
} from './allowed-signers.ts';
export {
  algorithmNamesOf,
  certificateAlgorithmOf,
  certificateAlgorithms,
  certificateSigner,
  signatureNameOf,
} from './certificate-algorithms.ts';
export {
  type CertificateOptions,
  certificateOptionData,
  certificateOptionText,
} from './certificate-options.ts';
export {
  type Certificate,
  type CertificateType,
  FOREVER,
  MAX_PRINCIPALS,
  parseCertificate,
} from './certificate.ts';
export {
  CertificateError,
  type CertificatePermissions,
  type CertificateProblem,
  type CertificateUse,
  checkCertificate,
} from './check-certificate.ts';
export { parseDuration } from './duration.ts';
export { findPrincipals, isAllowedSigner, matchPrincipals } from './find-signers.ts';
export { enableFalcon } from './falcon.ts';
export { bubbleBabbleFingerprint } from './bubble-babble.ts';
export { fingerprint } from './fingerprint.ts';
export { type KeySize, generatePrivateKey } from './generate-private-key.ts';
export { formatKrl } from './format-krl.ts';
export { isRevoked } from './is-revoked.ts';
export { type PrivateKeyFile, MAX_PRIVATE_KEY_FILE, recognisePrivateKey } from './recognise-private-key.ts';
export { type KeyOption, type KnownOptions, optionsEnd, parseOptions } from './key-options.ts';
export type { OpensshEncryption } from './openssh-key.ts';
export { MAX_KRL_SPECIFICATION, type RevokingCa, revokeBySpecification } from './krl-specification.ts';
export { Krl, type RevokedCertificates } from './krl.ts';
export { type KeySigner, keySigner } from './key-signer.ts';
export { type PrivateKey, privateKeyOf, rawPrivateKey } from './private-key.ts';
export { PrivateKeyError, type PrivateKeyProblem } from './private-key-error.ts';
export {
  decryptPrivateKey,
  encryptPrivateKey,
  formatPrivateKey,
  parsePrivateKey,
} from './private-key-file.ts';
export { type Network, isInNetwork, parseAddress, parseNetwork } from './networks.ts';
export { MAX_KRL, MAX_SERIAL_RANGES, parseKrl } from './parse-krl.ts';
export { type ListMatch, matchPatternList, matchesPattern } from './patterns.ts';
export {
  type PublicKey,
  MAX_PUBLIC_KEY_BLOB,
  MAX_PUBLIC_KEY_LINE,
  parsePublicKeyBlob,
  parsePublicKeyLine,
  printPublicKeyLine,
} from './public-key.ts';
export { type PemFormat, encryptPemPrivateKey, formatPemPrivateKey } from './private-key-pem.ts';
export { parsePublicKeyPem, printPublicKeyPem } from './public-key-pem.ts';
export { type PuttyFormat, encryptPuttyKey, printPuttyKey } from './putty-key.ts';
export { parseRfc4716, printRfc4716 } from './rfc4716.ts';
export { parseRevokedKeys } from './revoked-keys.ts';
export { type SerialRange, SerialRanges } from './serial-ranges.ts';
export { type CertificateClaims, signCertificate } from './sign-certificate.ts';
export type { SecurityKeyPolicy } from './security-key.ts';
export {
  experimentalSignatureNames,
  optionalSignatureNames,
  publicKeyProblem,
  signatureNames,
  signatureNamesOf,
  verifySignature,
} from './signature.ts';
export {
  MAX_SSHSIG,
  type Sshsig,
  type SshsigHash,
  type SshsigMessage,
  type SshsigOptions,
  parseSshsig,
  printSshsig,
  signSshsig,
  verifySshsig,
} from './sshsig.ts';
export { type Sshfp, sshfpRecords } from './sshfp.ts';
export { type Validity, parseValidity } from './validity.ts';
export { verifyCertificate } from './verify-certificate.ts';
