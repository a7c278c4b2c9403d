import { FormatError } from '@orrery/bytes';

/** What a request token says. */
export interface Claims {
  /** The server's origin and the account (hash of the genesis entry, base64url). */
  readonly aud: readonly [string, string];
  /** The device id in hex. */
  readonly sub: string;
  readonly username: string;
  readonly machine: string;
  /** Method, and path with query. */
  readonly htm: string;
  readonly htu: string;
  /** SHA-256 of the body, base64url. */
  readonly body: string;
  /** Unix seconds. */
  readonly iat: number;
  readonly exp: number;
  /** Single-use id. */
  readonly jti: string;
}

export function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}

export interface TokenParts {
  /** The algorithm that the header names. */
  readonly alg: unknown;
  readonly claims: unknown;
  readonly signed: string;
  readonly signature: Uint8Array;
}

/** Splits a compact JWS (RFC 7515, 7.1). @throws {FormatError | SyntaxError | TypeError} */
export function splitToken(token: string): TokenParts {
  const [header, payload, signature, ...more] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0)
    throw new FormatError('Cannot split token: three parts expected');
  const parsed = parsePart(header);
  // RFC 7515, 4.1.11: whoever does not know what is critical must refuse.
  if (member(parsed, 'crit') !== undefined)
    throw new FormatError('Cannot read token: it has critical extensions');
  return {
    alg: member(parsed, 'alg'),
    claims: parsePart(payload),
    signed: `${header}.${payload}`,
    signature: fromBase64url(signature),
  };
}

/** @throws {FormatError} unless every claim is there with its type. */
export function readClaims(value: unknown): Claims {
  const aud = member(value, 'aud');
  if (!Array.isArray(aud) || aud.length !== 2)
    throw new FormatError('Cannot read claims: "aud" must name two');
  return {
    aud: [asText(aud[0], 'aud'), asText(aud[1], 'aud')],
    sub: textClaim(value, 'sub'),
    username: textClaim(value, 'username'),
    machine: textClaim(value, 'machine'),
    htm: textClaim(value, 'htm'),
    htu: textClaim(value, 'htu'),
    body: textClaim(value, 'body'),
    iat: timeClaim(value, 'iat'),
    exp: timeClaim(value, 'exp'),
    jti: textClaim(value, 'jti'),
  };
}

/** RFC 7515, section 2: no padding, no blanks, no stray bits. */
function fromBase64url(part: string): Uint8Array {
  const bytes = Uint8Array.fromBase64(part, { alphabet: 'base64url' });
  if (base64url(bytes) !== part) throw new FormatError('Cannot read token: its base64url is not canonical');
  return bytes;
}

function parsePart(part: string): unknown {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(fromBase64url(part)));
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null)
    throw new FormatError('Cannot read token: an object expected');
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

function asText(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new FormatError(`Cannot read claims: "${name}" must be text`);
  return value;
}

function textClaim(value: unknown, name: string): string {
  return asText(member(value, name), name);
}

function timeClaim(value: unknown, name: string): number {
  const time = member(value, name);
  if (typeof time !== 'number' || !Number.isSafeInteger(time))
    throw new FormatError(`Cannot read claims: "${name}" must be whole seconds`);
  return time;
}
