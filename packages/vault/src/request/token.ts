import { FormatError, utf8 } from '@orrery/bytes';
import { randomBytes, sha256 } from '@orrery/crypto';
import { suiteOf, type DeviceKeys } from '../device/keys.ts';
import type { Device } from '../device/secret.ts';
import { MAX_TOKEN_BYTES } from '../limits.ts';
import { base64url, readClaims, splitToken, type Claims } from './claims.ts';

/** Seconds that a token is good for. */
export const TOKEN_LIFETIME = 120;

/** Seconds by which a client's clock may be ahead. */
const CLOCK_TOLERANCE = 30;

/** A request as its token binds it. */
export interface BoundRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly body: Uint8Array;
}

/** Who asks, and whom. */
export interface Caller {
  readonly origin: string;
  /** The hash of the genesis entry. */
  readonly account: Uint8Array;
  readonly username: string;
  readonly machine: string;
}

/** Why a token is refused. `clock`: it would be good at another time; `origin`: on a server of another name. */
export type TokenErrorCode = 'malformed' | 'clock' | 'origin' | 'forbidden';

export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly code: TokenErrorCode;

  constructor(code: TokenErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Signs a token for one request: a JWT (RFC 7519) bound to server, account, method, target and body.
 * @param now Unix seconds.
 */
export async function signToken(
  device: Device,
  caller: Caller,
  request: BoundRequest,
  now: number,
): Promise<string> {
  const claims: Claims = {
    aud: [caller.origin, base64url(caller.account)],
    sub: device.id.toHex(),
    username: caller.username,
    machine: caller.machine,
    htm: request.method,
    htu: request.target,
    body: base64url(sha256(request.body)),
    iat: now,
    exp: now + TOKEN_LIFETIME,
    jti: base64url(randomBytes(16)),
  };
  const header = { alg: device.suite.token.alg, typ: 'JWT' };
  const signed = `${base64url(utf8(JSON.stringify(header)))}.${base64url(utf8(JSON.stringify(claims)))}`;
  return `${signed}.${base64url(await device.tokenSigner.sign(utf8(signed)))}`;
}

/** The claims of a token before anything of it is believed: whose key to fetch. @throws {TokenError} */
export function unverifiedClaims(token: string): Claims {
  try {
    if (token.length > MAX_TOKEN_BYTES)
      throw new FormatError(`${token.length} bytes, at most ${MAX_TOKEN_BYTES} expected`);
    return readClaims(splitToken(token).claims);
  } catch (cause) {
    throw new TokenError('malformed', 'Cannot read request token: it is not a token of this protocol', {
      cause,
    });
  }
}

/**
 * Verifies a token with the keys that the ledger holds for its device; they choose the algorithm.
 * `accepts` compares origin and account; the body is compared later, by `tokenFitsBody`.
 * @param now Unix seconds.
 * @throws {TokenError}
 */
export function verifyToken(
  token: string,
  keys: DeviceKeys,
  expected: {
    readonly origins: readonly string[];
    readonly account: Uint8Array;
    readonly method: string;
    readonly target: string;
  },
  now: number,
): Claims {
  const claims = unverifiedClaims(token);
  const { alg, signed, signature } = splitToken(token);
  const suite = suiteOf(keys);
  const algorithm = suite.signatures[suite.token.index];
  const key = keys.signing[suite.token.index];
  const valid =
    alg === suite.token.alg &&
    algorithm !== undefined &&
    key !== undefined &&
    algorithm.verifier(key).verify(utf8(signed), signature);
  if (!valid) throw new TokenError('forbidden', 'Cannot accept request token: its signature does not verify');
  demandTarget(claims, expected);
  demandTime(claims, now);
  return claims;
}

/** True if the token was signed for exactly this body. */
export function tokenFitsBody(claims: Claims, body: Uint8Array): boolean {
  return claims.body === base64url(sha256(body));
}

function demandTarget(
  claims: Claims,
  expected: {
    readonly origins: readonly string[];
    readonly account: Uint8Array;
    readonly method: string;
    readonly target: string;
  },
): void {
  const [origin, account] = claims.aud;
  if (!expected.origins.includes(origin))
    throw new TokenError(
      'origin',
      `Cannot accept request token: it is for "${origin}", and this server is ${expected.origins.join(' or ')}`,
    );
  if (
    account !== base64url(expected.account) ||
    claims.htm !== expected.method ||
    claims.htu !== expected.target
  )
    throw new TokenError('forbidden', 'Cannot accept request token: it is for another request');
}

function demandTime(claims: Claims, now: number): void {
  const early = claims.iat > now + CLOCK_TOLERANCE;
  const late = claims.exp <= now;
  if (early || late || claims.exp - claims.iat > TOKEN_LIFETIME)
    throw new TokenError(
      'clock',
      `Cannot accept request token: it was made for ${claims.iat} to ${claims.exp}, and the time here is ${now}`,
    );
}
