// Signatures of FIDO security keys (OpenSSH's PROTOCOL.u2f, "SSH U2F Signatures").
import { Reader, Writer, concat } from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';

const TOUCHED = 0x01;
const VERIFIED = 0x04;

/** What the owner of a security key must have done for a signature. */
export interface SecurityKeyPolicy {
  /** Touched the key; authorized_keys waives it with `no-touch-required`. */
  readonly touch: boolean;
  /** Given PIN or fingerprint to the key; authorized_keys asks for it with `verify-required`. */
  readonly verification: boolean;
}

/** What OpenSSH asks for unless told otherwise. */
export const defaultSecurityKeyPolicy: SecurityKeyPolicy = { touch: true, verification: false };

/**
 * What the security key signed, from what stands behind its signature: flags and a counter.
 * @returns undefined if the flags do not say what the policy demands. @throws {FormatError}
 */
export function securityKeyMessage(
  application: Uint8Array,
  message: Uint8Array,
  trailer: Uint8Array,
  policy: SecurityKeyPolicy,
): Uint8Array | undefined {
  const reader = new Reader(trailer);
  const flags = reader.byte();
  const counter = reader.uint32();
  reader.end();
  if (policy.touch && (flags & TOUCHED) === 0) return undefined;
  if (policy.verification && (flags & VERIFIED) === 0) return undefined;
  const middle = new Writer().byte(flags).uint32(counter).finish();
  return concat(sha256(application), middle, sha256(message));
}
