// RFC 4253, section 7.1: of each list, the client's first name that the server has, too.
import type { Value } from '@orrery/bytes';
import { SshError } from '../ssh-error.ts';
import type { kexInit } from './messages.ts';

export type KexInit = Value<(typeof kexInit)['codec']>;

/** Names that are no methods but tell what else a side can do; only those of its first KEXINIT count. */
export const Marker = {
  extInfoClient: 'ext-info-c',
  extInfoServer: 'ext-info-s',
  strictClient: 'kex-strict-c-v00@openssh.com',
  strictServer: 'kex-strict-s-v00@openssh.com',
} as const;

const MARKERS: ReadonlySet<string> = new Set(Object.values(Marker));

/** Ciphers that authenticate by themselves: the MAC of their direction is not negotiated (OpenSSH's PROTOCOL, 1.6). */
const AUTHENTICATED = /^(?:aes(?:128|256)-gcm|chacha20-poly1305)@openssh\.com$/;

export interface Direction {
  readonly cipher: string;
  /** Undefined for a cipher that authenticates. */
  readonly mac: string | undefined;
  readonly compression: string;
}

export interface Negotiated {
  readonly kex: string;
  readonly hostKey: string;
  readonly toServer: Direction;
  readonly toClient: Direction;
  /** Both sides would have guessed the same first method and host key: a packet sent on that guess is right. */
  readonly guessedRight: boolean;
}

/** @throws {SshError} naming the list in which the two have nothing in common. */
export function negotiate(client: KexInit, server: KexInit): Negotiated {
  const kex = choose('key exchange method', methods(client.kex), methods(server.kex));
  const hostKey = choose('host key algorithm', client.hostKey, server.hostKey);
  return {
    kex,
    hostKey,
    toServer: direction(client, server, 'ToServer'),
    toClient: direction(client, server, 'ToClient'),
    guessedRight:
      methods(client.kex)[0] === methods(server.kex)[0] && client.hostKey[0] === server.hostKey[0],
  };
}

function direction(client: KexInit, server: KexInit, way: 'ToServer' | 'ToClient'): Direction {
  const cipher = choose('cipher', client[`cipher${way}`], server[`cipher${way}`]);
  const mac = AUTHENTICATED.test(cipher)
    ? undefined
    : choose('MAC', client[`mac${way}`], server[`mac${way}`]);
  const compression = choose('compression', client[`compression${way}`], server[`compression${way}`]);
  return { cipher, mac, compression };
}

function choose(what: string, client: readonly string[], server: readonly string[]): string {
  const chosen = client.find((name) => server.includes(name));
  if (chosen !== undefined) return chosen;
  throw new SshError(
    'keyExchangeFailed',
    `Cannot agree on a ${what}: the client offers "${client.join(',')}", the server "${server.join(',')}"`,
  );
}

function methods(names: readonly string[]): readonly string[] {
  return names.filter((name) => !MARKERS.has(name));
}

/** Whether both sides ask for strict key exchange (draft-miller-sshm-strict-kex), by their first KEXINIT. */
export function isStrict(client: KexInit, server: KexInit): boolean {
  return client.kex.includes(Marker.strictClient) && server.kex.includes(Marker.strictServer);
}

/** Whether the side that sent this first KEXINIT takes EXT_INFO (RFC 8308, section 2.1). */
export function canReceiveExtInfo({ kex }: KexInit): boolean {
  return kex.includes(Marker.extInfoClient) || kex.includes(Marker.extInfoServer);
}
