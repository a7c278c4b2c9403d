import { FOREVER } from '../src/certificate.ts';
import type { CertificateClaims } from '../src/sign-certificate.ts';

/** What a CA says of a key of alice, for ever and without options, but for what a test changes. */
export function claimsOf(key: Uint8Array, changed: Partial<CertificateClaims> = {}): CertificateClaims {
  return {
    key,
    serial: 0n,
    type: 'user',
    keyId: 'id',
    principals: ['alice'],
    validAfter: 0n,
    validBefore: FOREVER,
    criticalOptions: new Map(),
    extensions: new Map(),
    ...changed,
  };
}
