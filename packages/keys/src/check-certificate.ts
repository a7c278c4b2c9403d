// Whom a certificate vouches for, by OpenSSH's rules (sshkey_cert_check_authority, auth_cert_options).
import { FormatError } from '@orrery/bytes';
import { type CertificateOptions, certificateOptionText } from './certificate-options.ts';
import type { Certificate, CertificateType } from './certificate.ts';
import { isInNetworkList } from './networks.ts';
import { matchesPattern } from './patterns.ts';
import { verifyCertificate } from './verify-certificate.ts';

/** What a certificate is shown for. */
export interface CertificateUse {
  readonly type: CertificateType;
  /** The user, or the host in lower case. */
  readonly principal: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Names of the signatures that a CA may make. */
  readonly caAlgorithms: readonly string[];
  /** Where the user comes from; without it, a certificate that is bound to addresses is refused. */
  readonly address?: string;
}

/** What the owner of a user's certificate may do; nothing for that of a host. */
export interface CertificatePermissions {
  readonly forceCommand?: string;
  /** A security key must have verified its owner. */
  readonly verifyRequired: boolean;
  /** A security key need not have been touched. */
  readonly noTouchRequired: boolean;
  readonly agentForwarding: boolean;
  readonly portForwarding: boolean;
  readonly x11Forwarding: boolean;
  readonly pty: boolean;
  readonly userRc: boolean;
}

/** Why a certificate does not count. */
export type CertificateProblem =
  | 'signature'
  | 'type'
  | 'not-yet-valid'
  | 'expired'
  | 'no-principals'
  | 'principal'
  | 'critical-option'
  | 'extension'
  | 'address';

/** A certificate does not count; `code` says why. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
  readonly code: CertificateProblem;

  constructor(code: CertificateProblem, certificate: Certificate, reason: string) {
    super(`Cannot accept certificate ${JSON.stringify(certificate.keyId)}: ${reason}`);
    this.code = code;
  }
}

/**
 * Whether a certificate vouches for what it is shown for: signature, type, validity, principals, critical options. A user's
 * principal must stand in it as it is; that of a host may match a pattern with `*` and `?`. No principals match nobody.
 * That its CA is trusted for this, and that nothing is revoked, is the caller's to know.
 * @throws {CertificateError}
 */
export function checkCertificate(certificate: Certificate, use: CertificateUse): CertificatePermissions {
  const options = checkAuthority(certificate, use);
  if (use.type === 'host') return permissions(options, new Map());
  const sources = options.get('source-address');
  const isInside = sources === undefined ? true : isInNetworkList(use.address, sources);
  if (isInside === 'invalid') throw refused('source-address', certificate);
  if (!isInside)
    throw new CertificateError('address', certificate, `"${use.address ?? ''}" is not among its addresses`);
  return permissions(options, extensions(certificate));
}

/**
 * The same but for addresses and extensions, which are about logins.
 * @returns The critical options, all of which are known. @throws {CertificateError}
 */
export function checkAuthority(
  certificate: Certificate,
  use: Omit<CertificateUse, 'address'>,
): ReadonlyMap<string, string> {
  const fail = (code: CertificateProblem, reason: string): never => {
    throw new CertificateError(code, certificate, reason);
  };
  if (!verifyCertificate(certificate, use.caAlgorithms))
    fail('signature', 'it has no signature of its CA with a permitted algorithm');
  if (certificate.type !== use.type)
    fail('type', `it is one of a ${certificate.type}, that of a ${use.type} expected`);
  const seconds = BigInt(Math.floor(use.time / 1000));
  if (seconds < certificate.validAfter) fail('not-yet-valid', 'it is not yet valid');
  if (seconds >= certificate.validBefore) fail('expired', 'it has expired');
  if (certificate.principals.length === 0) fail('no-principals', 'it names no principals');
  if (!hasPrincipal(certificate, use.principal))
    fail('principal', `${JSON.stringify(use.principal)} is not among its principals`);
  return criticalOptions(certificate);
}

function hasPrincipal({ type, principals }: Certificate, name: string): boolean {
  // Only the names of hosts are patterns: a user called `*` is that user.
  if (type === 'user') return principals.includes(name);
  return principals.some((pattern) => matchesPattern(name, pattern));
}

const criticalTexts: ReadonlySet<string> = new Set(['force-command', 'source-address']);

/** @throws {CertificateError} for one that is not known, or malformed. For hosts, none is known. */
function criticalOptions(certificate: Certificate): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const [name, data] of certificate.criticalOptions) {
    if (certificate.type === 'host') throw refused(name, certificate);
    const isFlag = name === 'verify-required' && data.length === 0;
    if (!isFlag && !criticalTexts.has(name)) throw refused(name, certificate);
    options.set(name, isFlag ? '' : readText(name, data, certificate));
  }
  return options;
}

function readText(name: string, data: Uint8Array, certificate: Certificate): string {
  try {
    return certificateOptionText(data);
  } catch (error) {
    if (error instanceof FormatError) throw refused(name, certificate);
    throw error;
  }
}

function refused(name: string, certificate: Certificate): CertificateError {
  const reason = `critical option ${JSON.stringify(name)} is not known, or malformed`;
  return new CertificateError('critical-option', certificate, reason);
}

const flags: readonly string[] = [
  'no-touch-required',
  'permit-X11-forwarding',
  'permit-agent-forwarding',
  'permit-port-forwarding',
  'permit-pty',
  'permit-user-rc',
];

/** What is not known gives nothing. @throws {CertificateError} for a known one with data. */
function extensions(certificate: Certificate): CertificateOptions {
  const bad = flags.find((name) => (certificate.extensions.get(name)?.length ?? 0) > 0);
  if (bad !== undefined)
    throw new CertificateError('extension', certificate, `extension "${bad}" has data, none expected`);
  return certificate.extensions;
}

function permissions(
  critical: ReadonlyMap<string, string>,
  extension: CertificateOptions,
): CertificatePermissions {
  const forceCommand = critical.get('force-command');
  return {
    ...(forceCommand === undefined ? {} : { forceCommand }),
    verifyRequired: critical.has('verify-required'),
    noTouchRequired: extension.has('no-touch-required'),
    agentForwarding: extension.has('permit-agent-forwarding'),
    portForwarding: extension.has('permit-port-forwarding'),
    x11Forwarding: extension.has('permit-X11-forwarding'),
    pty: extension.has('permit-pty'),
    userRc: extension.has('permit-user-rc'),
  };
}
