// The way to the server: TCP, or the pipes of ProxyCommand.
import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Duplex } from 'node:stream';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { isJump } from '../config/jump.ts';
import type { ClientConfig } from '../config/load-config.ts';
import { reasonOf } from '../copy/reason.ts';
import { LoginError } from './failure.ts';
import type { Log } from './log.ts';

export interface Line {
  readonly stream: Duplex;
  /** The server's address; undefined behind a proxy. */
  readonly address: string | undefined;
  readonly port: number;
}

/** That a timer can wait for, in milliseconds. `timerDelay` of @orrery/ssh says the same, which is not loaded yet. */
const LONGEST_DELAY = 2 ** 31 - 1;

const families: ReadonlyMap<string, 4 | 6> = new Map([
  ['inet', 4],
  ['inet6', 6],
]);

/**
 * Begins to connect, and gives way until that has left: what speaks over the connection can be loaded meanwhile.
 * @param keepsProxy A ProxyCommand goes on when the terminal sends Ctrl-C.
 * @returns a way that rejects with a LoginError
 */
export async function setOut(
  config: ClientConfig,
  log: Log,
  keepsProxy = false,
): Promise<{ readonly route: Promise<Line> }> {
  const route = dial(config, log, keepsProxy);
  route.catch(() => undefined); // it is told where the connection is needed
  await setImmediate();
  return { route };
}

async function dial(config: ClientConfig, log: Log, keepsProxy: boolean): Promise<Line> {
  const { settings, host } = config;
  const port = settings.number('port') ?? 22;
  const proxy = settings.get('proxycommand');
  const jump = settings.get('proxyjump');
  if (isJump(jump))
    throw new LoginError(`Cannot connect by way of "${jump}": ProxyJump is not supported yet`);
  if (proxy !== undefined && proxy.toLowerCase() !== 'none') {
    const { openProxy } = await import('./proxy-command.ts');
    return { stream: openProxy(proxy, config, log, keepsProxy), address: undefined, port };
  }
  const addresses = await resolve(host, families.get(settings.get('addressfamily') ?? '') ?? 0);
  const attempts = settings.number('connectionattempts') ?? 1;
  let last = '';
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (attempt > 0) await sleep(1000);
    for (const address of addresses) {
      log.debug(`Connecting to ${host} [${address}] port ${port}.`);
      try {
        return { stream: await connectTo(address, port, config), address, port };
      } catch (cause) {
        last = wordsFor(cause);
        log.debug(`connect to address ${address} port ${port}: ${last}`);
      }
    }
  }
  throw new LoginError(`qssh: connect to host ${host} port ${port}: ${last}`);
}

async function resolve(host: string, family: 0 | 4 | 6): Promise<readonly string[]> {
  if (isIP(host) !== 0 && (family === 0 || isIP(host) === family)) return [host];
  try {
    const found = await lookup(host, { all: true, family });
    return found.map(({ address }) => address);
  } catch (cause) {
    throw new LoginError(`qssh: Could not resolve hostname ${host}: ${wordsFor(cause)}`, { cause });
  }
}

function connectTo(address: string, port: number, { settings }: ClientConfig): Promise<Socket> {
  const localAddress = bindAddress(settings.get('bindaddress'), settings.get('bindinterface'), isIP(address));
  const seconds = settings.number('connecttimeout');
  const { promise, resolve: done, reject } = Promise.withResolvers<Socket>();
  const socket = connect({
    host: address,
    port,
    noDelay: true,
    keepAlive: settings.isOn('tcpkeepalive'),
    ...(localAddress !== undefined && { localAddress }),
  });
  const timer =
    seconds &&
    setTimeout(
      () => socket.destroy(new Error('Connection timed out')),
      Math.min(seconds * 1000, LONGEST_DELAY),
    );
  socket.once('error', reject);
  socket.once('connect', () => {
    clearTimeout(timer);
    socket.off('error', reject);
    done(socket);
  });
  socket.once('close', () => clearTimeout(timer));
  return promise;
}

/** The address to connect from; BindInterface stands for its first address of the family. */
function bindAddress(
  address: string | undefined,
  name: string | undefined,
  family: number,
): string | undefined {
  if (address !== undefined || name === undefined) return address;
  const found = networkInterfaces()[name]?.find((one) => one.family === `IPv${family}`);
  if (found === undefined) throw new Error(`Cannot bind to interface "${name}": no such address`);
  return found.address;
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  ETIMEDOUT: 'Connection timed out',
  EACCES: 'Permission denied',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  ENOTFOUND: 'Name or service not known',
  EAI_AGAIN: 'Temporary failure in name resolution',
};

function wordsFor(cause: unknown): string {
  const known = cause instanceof Error && 'code' in cause ? reasons[String(cause.code)] : undefined;
  return known ?? reasonOf(cause);
}
