import { once } from 'node:events';
import type { Server } from 'node:http';
import { ExpectedError } from '@orrery/terminal';

/** Listens. @param shown The address, as --listen has it. @throws {ExpectedError} that says what to do. */
export async function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
  shown: string,
): Promise<void> {
  const listening = once(server, 'listening');
  server.listen(port, host);
  try {
    await listening;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const reason = typeof code === 'string' ? REASONS[code] : undefined;
    throw new ExpectedError(
      `Cannot listen on "${shown}"${reason === undefined ? '' : `: ${reason.why}`}`,
      reason === undefined ? { cause } : { hint: reason.hint },
    );
  }
}

const REASONS: Readonly<Record<string, { readonly why: string; readonly hint: string }>> = {
  EADDRINUSE: {
    why: 'another program listens there',
    hint: 'is it another ssh-sync-server? stop it, or choose another port with --listen HOST:PORT',
  },
  EADDRNOTAVAIL: {
    why: 'this machine does not have that address',
    hint: 'name one that it has with --listen HOST:PORT; 0.0.0.0 and [::] are all of them',
  },
  EACCES: {
    why: 'this user may not use that port',
    hint: 'ports below 1024 need a right: AmbientCapabilities=CAP_NET_BIND_SERVICE in the systemd unit; or choose a higher one with --listen HOST:PORT, behind a proxy',
  },
  ENOTFOUND: {
    why: 'that host name is not known',
    hint: 'name an address of this machine with --listen HOST:PORT',
  },
};
