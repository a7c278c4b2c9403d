import { isIP } from 'node:net';
import { parsePort } from '../config/values.ts';
import { ValueError } from '../config/value-error.ts';

/** Where to listen; without a port, at every port of the configuration. */
export interface ListenAddress {
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
  return { host: host === '*' ? '0.0.0.0' : host, port: portText === undefined ? undefined : port };
}

/** As `-T` prints it. */
export function printAddress(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
