// What the options of a key allow and demand (sshd(8), AUTHORIZED_KEYS FILE FORMAT).
import { type KeyOption, parseAbsoluteTime } from '@orrery/keys';
import { type ByteString, lowerCase } from '../config/tokens.ts';
import { allowsHost, matchAddressList } from './addresses.ts';

/** What whoever logs in with a key may do. */
export interface KeyRestrictions {
  /** The key signs certificates; it does not log in itself. */
  readonly certAuthority: boolean;
  readonly agentForwarding: boolean;
  readonly portForwarding: boolean;
  readonly x11Forwarding: boolean;
  readonly pty: boolean;
  readonly userRc: boolean;
  /** A token must have been touched for the signature. */
  readonly touchRequired: boolean;
  /** A token must have verified its user, by PIN or fingerprint. */
  readonly verifyRequired: boolean;
  /** Run instead of whatever is asked for. */
  readonly command: ByteString | undefined;
  /** The list of hosts and addresses to log in from. */
  readonly from: ByteString | undefined;
  /** The list of names of which a certificate must have one. */
  readonly principals: ByteString | undefined;
  /** Variables by name. */
  readonly environment: ReadonlyMap<ByteString, ByteString>;
  /** The last second at which the key is good, in milliseconds since 1970. */
  readonly expires: number | undefined;
  /** `host:port` that may be connected to; empty: any. */
  readonly permitOpen: readonly ByteString[];
  /** `host:port` that may be listened at; empty: any. */
  readonly permitListen: readonly ByteString[];
  /** The number of a tun device, or "any". */
  readonly tunnel: number | 'any' | undefined;
}

type Draft = { -readonly [Name in keyof KeyRestrictions]: KeyRestrictions[Name] } & {
  readonly environment: Map<ByteString, ByteString>;
  readonly permitOpen: ByteString[];
  readonly permitListen: ByteString[];
};

/** Without options everything is allowed. */
export const noRestrictions: KeyRestrictions = {
  certAuthority: false,
  agentForwarding: true,
  portForwarding: true,
  x11Forwarding: true,
  pty: true,
  userRc: true,
  touchRequired: true,
  verifyRequired: false,
  command: undefined,
  from: undefined,
  principals: undefined,
  environment: new Map(),
  expires: undefined,
  permitOpen: [],
  permitListen: [],
  tunnel: undefined,
};

/** Longest host in permitopen and permitlisten, in bytes (NI_MAXHOST of the C library, less one). */
const MAX_HOST = 1024;
const MAX_TUNNEL = 0x7ffffffe;
/** Most variables, and most places of one kind, of a key, as in OpenSSH. */
const MAX_VARIABLES = 1024;
const MAX_PLACES = 4096;

/** What each option does to what the options before it left. */
const effects: Readonly<Record<string, (draft: Draft, value: ByteString, allowed: boolean) => void>> = {
  'cert-authority': (draft) => void (draft.certAuthority = true),
  restrict: (draft) => {
    draft.agentForwarding = draft.portForwarding = draft.x11Forwarding = draft.pty = draft.userRc = false;
  },
  'agent-forwarding': (draft, _, allowed) => void (draft.agentForwarding = allowed),
  'port-forwarding': (draft, _, allowed) => void (draft.portForwarding = allowed),
  'x11-forwarding': (draft, _, allowed) => void (draft.x11Forwarding = allowed),
  pty: (draft, _, allowed) => void (draft.pty = allowed),
  'user-rc': (draft, _, allowed) => void (draft.userRc = allowed),
  'touch-required': (draft, _, allowed) => void (draft.touchRequired = allowed),
  'verify-required': (draft, _, allowed) => void (draft.verifyRequired = allowed),
  command: (draft, value) => void (draft.command = once('command', draft.command, value)),
  from: (draft, value) => void (draft.from = once('from', draft.from, checkFrom(value))),
  principals: (draft, value) => void (draft.principals = once('principals', draft.principals, value)),
  environment: (draft, value) => {
    const [, name, content = ''] = /^([A-Za-z0-9_]+)=([^]*)$/.exec(value) ?? [];
    if (name === undefined)
      throw new SyntaxError('Cannot read key option "environment": NAME=value expected');
    if (draft.environment.has(name)) return;
    if (draft.environment.size === MAX_VARIABLES)
      throw new SyntaxError(`Cannot read key option "environment": more than ${MAX_VARIABLES} variables`);
    draft.environment.set(name, content);
  },
  'expiry-time': (draft, value) => {
    const expires = parseAbsoluteTime(value);
    if (expires === undefined)
      throw new SyntaxError(`Cannot read key option "expiry-time": ${JSON.stringify(value)} is no time`);
    draft.expires = Math.min(expires, draft.expires ?? Infinity);
  },
  permitopen: (draft, value) => addPlace(draft.permitOpen, value),
  permitlisten: (draft, value) => {
    const full = value.includes(':') ? value : `*:${value}`;
    addPlace(draft.permitListen, full);
  },
  tunnel: (draft, value) => {
    const number = /^\d{1,10}$/.test(value) ? Number(value) : Infinity;
    if (lowerCase(value) !== 'any' && number > MAX_TUNNEL)
      throw new SyntaxError(`Cannot read key option "tunnel": ${JSON.stringify(value)} is no device`);
    draft.tunnel = number > MAX_TUNNEL ? 'any' : number;
  },
};

/** @throws {SyntaxError} if a value is malformed, or stands twice where it may only once. */
export function restrictionsOf(options: readonly KeyOption[]): KeyRestrictions {
  const draft: Draft = { ...noRestrictions, environment: new Map(), permitOpen: [], permitListen: [] };
  for (const { name, negated, value } of options) effects[name]?.(draft, value ?? '', !negated);
  if (draft.principals !== undefined && !draft.certAuthority)
    throw new SyntaxError(
      'Cannot read key option "principals": the key is not an authority for certificates',
    );
  return draft;
}

export interface LoginPlace {
  readonly address: string;
  /** The name of the client's host, or its address where names are not asked for. */
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Why a key with these restrictions cannot be used from there and now; undefined if it can. */
export function refusalReason(restrictions: KeyRestrictions, place: LoginPlace): string | undefined {
  const { expires, from } = restrictions;
  if (expires !== undefined && expires < place.now) return 'the key has expired';
  if (from !== undefined && allowsHost(place.host, place.address, from) !== true)
    return 'the key is not for logins from there';
  return undefined;
}

/**
 * What both allow: each can only take away from what the other leaves. Of two lists of places, the first counts.
 * @returns undefined if both force a command, and not the same one.
 */
export function narrowed(one: KeyRestrictions, other: KeyRestrictions): KeyRestrictions | undefined {
  if (one.command !== undefined && other.command !== undefined && one.command !== other.command)
    return undefined;
  return {
    ...one,
    agentForwarding: one.agentForwarding && other.agentForwarding,
    portForwarding: one.portForwarding && other.portForwarding,
    x11Forwarding: one.x11Forwarding && other.x11Forwarding,
    pty: one.pty && other.pty,
    userRc: one.userRc && other.userRc,
    command: one.command ?? other.command,
    permitOpen: one.permitOpen.length > 0 ? one.permitOpen : other.permitOpen,
    permitListen: one.permitListen.length > 0 ? one.permitListen : other.permitListen,
    tunnel: one.tunnel ?? other.tunnel,
  };
}

function once(name: string, present: ByteString | undefined, value: ByteString): ByteString {
  if (present !== undefined) throw new SyntaxError(`Cannot read key option "${name}": it stands twice`);
  return value;
}

function checkFrom(list: ByteString): ByteString {
  if (matchAddressList(undefined, list) === 'invalid')
    throw new SyntaxError(`Cannot read key option "from": ${JSON.stringify(list)} is no list of hosts`);
  return list;
}

function addPlace(places: ByteString[], value: ByteString): void {
  if (places.length === MAX_PLACES)
    throw new SyntaxError(`Cannot read key option: more than ${MAX_PLACES} places`);
  places.push(permission(value));
}

function permission(value: ByteString): ByteString {
  const [, host, port = ''] = /^(\[[^\]]*\]|[^:]*):([^:]*)$/.exec(value) ?? [];
  const isPort = /^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536;
  if (host === undefined || host.length > MAX_HOST || !(port === '*' || isPort))
    throw new SyntaxError(`Cannot read key option: ${JSON.stringify(value)} is no host:port`);
  return value;
}
