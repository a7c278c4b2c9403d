import { decode } from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';
import {
  classicSuite,
  Device,
  deviceKeysCodec,
  hybridSuite,
  isUsername,
  MAX_BODY_BYTES,
  TokenError,
  tokenFitsBody,
  unverifiedClaims,
  verifyToken,
  type DeviceKeys,
} from '@orrery/vault';
import type { Context } from 'hono';
import { readBody } from './body.ts';
import { overLimit, Refusal } from './errors.ts';
import { normalOrigin } from './origin.ts';
import { ownersOf, unixSeconds, type Environment, type Service } from './service.ts';
import type { KnownDevice } from './store/store.ts';

type Claims = ReturnType<typeof unverifiedClaims>;

/** A request of a device that the ledger admits (or once did: `device.removed`). */
export interface Signed {
  readonly device: KnownDevice;
  readonly claims: Claims;
}

const DEVICE_ID = /^[0-9a-f]{64}$/;

/** An ML-DSA-65 signature alone has this many characters; a whole ES256 token is shorter. */
const LONG_TOKEN = 4_412;

/** Keys that no device has: checking a stranger's token costs what checking a member's costs. */
const noDevice = { long: Device.generate(hybridSuite).keys, short: Device.generate(classicSuite).keys };

/** Checks the token of a request, all but its body. @throws {Refusal} 401 */
export async function authenticate(service: Service, c: Context<Environment>): Promise<Signed> {
  const token = /^Bearer ([\w.-]+)$/.exec(c.req.header('Authorization') ?? '')?.[1];
  if (token === undefined)
    throw new Refusal(401, 'malformed', 'Cannot accept request: it has no request token');
  const now = unixSeconds(service);
  try {
    const claims = unverifiedClaims(token);
    const device = await findDevice(service, claims);
    const expected = {
      origins: acceptedOrigins(service.origins(c.env.incoming), claims.aud[0]),
      account: device?.genesis ?? new Uint8Array(32),
      method: c.env.incoming.method ?? '',
      target: c.env.incoming.url ?? '',
    };
    verifyToken(
      token,
      device === undefined ? stranger(token) : decode(deviceKeysCodec, device.keys),
      expected,
      now,
    );
    if (device === undefined || claims.machine !== device.name) throw forbidden();
    c.set('account', device.genesis.subarray(0, 4).toHex());
    c.set('owner', device.genesis.toHex());
    if (!device.removed) service.sightings.note(device, now);
    return { device, claims };
  } catch (cause) {
    if (cause instanceof TokenError) throw new Refusal(401, cause.code, cause.message);
    throw cause;
  }
}

/** `authenticate`, for all that a removed device may not do. @throws {Refusal} 401 */
export async function authenticateMember(service: Service, c: Context<Environment>): Promise<Signed> {
  const signed = await authenticate(service, c);
  demandMember(signed.device);
  return signed;
}

/** @throws {Refusal} 401 */
export function demandMember({ removed }: { readonly removed: boolean }): void {
  if (removed)
    throw new Refusal(401, 'removed', 'Cannot accept request: this machine was removed from the account');
}

/** Reads the body for which the token was signed. @throws {Refusal} */
export async function readSignedBody(
  service: Service,
  c: Context<Environment>,
  { claims }: Signed,
): Promise<Uint8Array> {
  const owners = ownersOf(service, c);
  const body = await readBody(c.env, service.memory, owners, MAX_BODY_BYTES, service.limits.requestSeconds);
  if (!tokenFitsBody(claims, body))
    throw new Refusal(401, 'forbidden', 'Cannot accept request: its token was signed for another body');
  return body;
}

/** Takes the token of a write, which no second write may use. @throws {Refusal} 401 */
export async function spendToken({ store }: Service, { claims }: Signed): Promise<void> {
  const id = sha256(new TextEncoder().encode(`${claims.sub} ${claims.jti}`));
  if (!(await store.useToken(id, claims.exp)))
    throw new Refusal(401, 'replayed', 'Cannot accept request: its token was used before');
}

/** Counts a request for its device. @throws {Refusal} 429 */
export function limitRequests(service: Service, { device }: Signed): void {
  const key = `requests/${device.account}/${device.id.toHex()}`;
  const wait = service.requests.spend(key, 1, service.limits.requestsPerMinute, 60, unixSeconds(service));
  if (wait > 0) throw overLimit('requests from this machine', wait);
}

async function findDevice({ store }: Service, claims: Claims): Promise<KnownDevice | undefined> {
  const plausible = isUsername(claims.username) && DEVICE_ID.test(claims.sub);
  // Asked in any case: who does not exist takes as long as who does.
  return store.findDevice(
    plausible ? claims.username : '',
    plausible ? Uint8Array.fromHex(claims.sub) : new Uint8Array(32),
  );
}

function stranger(token: string): DeviceKeys {
  return token.length > LONG_TOKEN ? noDevice.long : noDevice.short;
}

/** The origins that `verifyToken` compares letter by letter: ours, or the token's own spelling of one of them. */
function acceptedOrigins(origins: readonly string[], named: string): readonly string[] {
  const normal = normalOrigin(named);
  return normal !== undefined && origins.includes(normal) ? [named] : origins;
}

/** What every stranger hears, whatever is wrong. */
function forbidden(): TokenError {
  return new TokenError('forbidden', 'Cannot accept request token: its signature does not verify');
}
