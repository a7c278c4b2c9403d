import type { IncomingMessage } from 'node:http';

/** The origin of an http or https URL in its normal form; undefined for anything else. */
export function normalOrigin(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, origin } = new URL(url);
  return protocol === 'http:' || protocol === 'https:' ? origin : undefined;
}

/** The origins of a server that listens for this machine alone. */
export function loopbackOrigins(scheme: string, port: number): string[] {
  return ['127.0.0.1', 'localhost', '[::1]']
    .map((host) => normalOrigin(`${scheme}://${host}:${port}`))
    .filter((origin) => origin !== undefined);
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address === 'localhost' || /^(?:::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
}

/** The origin that the client itself names, which proves less: a token for another server of that name fits too. */
export function claimedOrigins(incoming: IncomingMessage, scheme: string, trustProxy: boolean): string[] {
  const forwarded = (name: string): string | undefined =>
    trustProxy ? lastOf(incoming.headers[name]) : undefined;
  const host = forwarded('x-forwarded-host') ?? incoming.headers.host ?? '';
  const origin = normalOrigin(`${forwarded('x-forwarded-proto') ?? scheme}://${host}`);
  return origin === undefined ? [] : [origin];
}

/**
 * Whom limits count a request for: the address, or of IPv6 the /56 that one customer may have.
 * Behind a proxy it is the last address in X-Forwarded-For, the one that the proxy itself saw.
 */
export function clientAddress(incoming: IncomingMessage, trustProxy: boolean): string {
  const forwarded = trustProxy ? lastOf(incoming.headers['x-forwarded-for']) : undefined;
  const address = (forwarded ?? incoming.socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '');
  return address.includes(':') ? network56(address) : address.slice(0, 64);
}

function lastOf(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header.at(-1) : header;
  return text?.split(',').at(-1)?.trim();
}

/** The IPv6 network /48 around what `clientAddress` gives: a site may have as much. Undefined for IPv4. */
export function siteOf(client: string): string | undefined {
  return client.includes(':') ? `${client.split(':').slice(0, 3).join(':')}/48` : undefined;
}

function network56(address: string): string {
  const [head = '', tail] = address.slice(0, 64).split('%', 1)[0]?.split('::', 2) ?? [];
  const first = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - first.length - (tail === '' ? 0 : tail.split(':').length);
  const full = [
    ...first,
    ...Array.from({ length: Math.max(0, missing) }, () => '0'),
    ...(tail?.split(':') ?? []),
  ];
  const groups = full.slice(0, 4).map((group) => Number.parseInt(group, 16));
  return groups.map((group, index) => (index === 3 ? group & 0xff00 : group).toString(16)).join(':');
}
