import { isIP } from 'node:net';
import { parsePort } from '../config/values.ts';
import { ValueError } from '../config/value-error.ts';
import type { Settings } from './directives.ts';

/** Where to listen; without a port, at every port of the configuration. */
interface ListenAddress {
  readonly host: string;
  readonly port: number | undefined;
}

/** `host`, `host:port`, `[address]:port` or an IPv6 address, as ListenAddress has it. Port 0 picks a free one. */
export function parseListenAddress(text: string): ListenAddress {
  if (isIP(text) === 6) return { host: text, port: undefined };
  const [, bracketed, plain = '', portText] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = portText === '0' ? 0 : parsePort(portText ?? '22');
  if (host === '' || port === undefined) throw new ValueError('bad address');
  // The system would take it for an address in one number, which nobody means.
  if (/^\d+$/.test(host))
    throw new ValueError(`bad address "${host}": an address is missing before the port`);
  return { host: host === '*' ? '0.0.0.0' : host, port: portText === undefined ? undefined : port };
}

/** As `-T` prints it. */
export function printAddress(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A place of its own: an address, or a name of one, and a port. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

const everywhere = { any: ['::', '0.0.0.0'], inet: ['0.0.0.0'], inet6: ['::'] } as const;

/**
 * All places where a configuration has the server listen.
 * @param instead Addresses that outweigh those of the configuration.
 * @throws {Error} for an address that is not of the AddressFamily.
 */
export function placesOf(
  settings: Pick<Settings, 'addressFamily' | 'listenAddress' | 'port'>,
  instead: readonly string[] = [],
): Place[] {
  const { addressFamily, listenAddress, port: ports } = settings;
  const named = instead.length > 0 ? instead : listenAddress;
  const addresses = named.length > 0 ? named : everywhere[addressFamily];
  return addresses.map(parseListenAddress).flatMap(({ host, port }) => {
    const version = { any: 0, inet: 4, inet6: 6 }[addressFamily];
    if (version !== 0 && isIP(host) !== 0 && isIP(host) !== version)
      throw new Error(`Cannot listen at "${host}": AddressFamily is ${addressFamily}`);
    return port === undefined ? ports.map((each) => ({ host, port: Number(each) })) : [{ host, port }];
  });
}
