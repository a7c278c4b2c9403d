/** Where a connection comes from and where it ends here. */
export interface Peer {
  readonly address: string;
  readonly port: number;
  /** The name of the address, or the address itself where names are not asked for. */
  readonly host: string;
  readonly localAddress: string;
  readonly localPort: number;
}

/** IPv4 in the form that it has behind a socket for both versions, as it is written otherwise. */
export function plainAddress(address: string | undefined): string {
  return (address ?? 'UNKNOWN').replace(/^::ffff:(?=\d+\.)/i, '');
}
