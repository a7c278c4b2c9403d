// Signatures of FIDO security keys (OpenSSH's PROTOCOL.u2f, "SSH U2F Signatures").
import { Reader, Writer, concat, equal, utf8 } from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';

const TOUCHED = 0x01;
const VERIFIED = 0x04;
/** Flags of WebAuthn: the message holds a new key, or extensions. */
const ATTESTED = 0x40;
const EXTENDED = 0x80;
/** Longest origin, and longest of what a browser adds to it, in bytes. */
const MAX_ORIGIN = 1024;
const MAX_CLIENT_DATA = 65_536;

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
  if (!isAllowed(flags, policy)) return undefined;
  const middle = new Writer().byte(flags).uint32(counter).finish();
  return concat(sha256(application), middle, sha256(message));
}

/**
 * The same for a signature that a browser asked the security key for ("webauthn signatures"): behind flags and counter
 * stand the origin, what the browser had signed for it, and extensions.
 * @returns undefined also if the browser had another message signed, or for another origin than it says
 */
export function webauthnMessage(
  application: Uint8Array,
  message: Uint8Array,
  trailer: Uint8Array,
  policy: SecurityKeyPolicy,
): Uint8Array | undefined {
  const reader = new Reader(trailer);
  const [flags, counter] = [reader.byte(), reader.uint32()];
  const [origin, clientData] = [reader.text(MAX_ORIGIN), reader.string(MAX_CLIENT_DATA)];
  const extensions = reader.string(MAX_CLIENT_DATA);
  reader.end();
  const isExtended = (flags & EXTENDED) !== 0;
  if (!isAllowed(flags, policy) || (flags & ATTESTED) !== 0 || isExtended !== extensions.length > 0)
    return undefined;
  // A quotation mark in the origin could end it, and go on with another.
  if (origin.includes('"')) return undefined;
  const challenge = message.toBase64({ alphabet: 'base64url', omitPadding: true });
  const start = utf8(`{"type":"webauthn.get","challenge":"${challenge}","origin":"${origin}"`);
  if (!equal(clientData.subarray(0, start.length), start)) return undefined;
  const middle = new Writer().byte(flags).uint32(counter).finish();
  return concat(sha256(application), middle, extensions, sha256(clientData));
}

function isAllowed(flags: number, policy: SecurityKeyPolicy): boolean {
  if (policy.touch && (flags & TOUCHED) === 0) return false;
  return !policy.verification || (flags & VERIFIED) !== 0;
}
