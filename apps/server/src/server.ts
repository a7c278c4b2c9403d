import { getRequestListener } from '@hono/node-server';
import { readFileSync } from 'node:fs';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { makeApp } from './app.ts';
import { BodyMemory } from './body-memory.ts';
import type { Configuration } from './configuration.ts';
import { answerBrokenRequests, limitConnections } from './connections.ts';
import { errorBody } from './errors.ts';
import { listen } from './listen.ts';
import { logFailure } from './log.ts';
import { Metrics } from './metrics.ts';
import { claimedOrigins, clientAddress, isLoopback, loopbackOrigins } from './origin.ts';
import { Polls } from './polls.ts';
import { RateCounter } from './rate.ts';
import type { Service } from './service.ts';
import { Sightings } from './sightings.ts';
import type { Store } from './store/store.ts';

export interface RunningServer {
  /** Where it listens, as an origin. */
  readonly url: string;
  /** Finishes the requests in flight, then closes the store. */
  close(): Promise<void>;
}

/** Seconds that requests in flight have to end when the server stops. */
const GRACE_SECONDS = 30;
const FLUSH_SECONDS = 5;
const COLLECT_SECONDS = 60;

/** Listens. The store belongs to the server from now on. @param clock Milliseconds since 1970. */
export async function startServer(
  configuration: Configuration,
  store: Store,
  log: Logger,
  clock: () => number = Date.now,
): Promise<RunningServer> {
  const stopping = new AbortController();
  const server = createServer(configuration);
  limitConnections(server, configuration);
  answerBrokenRequests(server);
  const service = makeService(configuration, store, log, clock, stopping.signal, () => portOf(server));
  const app = makeApp(service);
  const handle = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    errorHandler: () => unreadable(),
  });
  server.on('request', (incoming, outgoing) => void handle(incoming, outgoing));
  const { host, port } = configuration;
  await listen(server, configuration, `${bracketed(host)}:${port}`);
  server.on('error', (error) => logFailure(log, 'listener', error));
  const timers = startTimers(service);
  return {
    url: `${schemeOf(configuration)}://${bracketed(host)}:${portOf(server)}`,
    close: async () => {
      stopping.abort();
      await Promise.all([closeGracefully(server), ...timers.map((end) => end())]);
      await service.sightings.flush();
      await store.close();
    },
  };
}

function createServer({ tls, limits }: Configuration): Server {
  const options: ServerOptions = {
    headersTimeout: limits.headerSeconds * 1000,
    requestTimeout: limits.requestSeconds * 1000,
    connectionsCheckingInterval: Math.min(5_000, limits.headerSeconds * 500),
  };
  if (tls === undefined) return createHttpServer(options);
  try {
    const [cert, key] = [readFileSync(tls.certificate), readFileSync(tls.key)];
    return createHttpsServer({ ...options, cert, key, handshakeTimeout: limits.headerSeconds * 1000 });
  } catch (cause) {
    throw new Error(`Cannot use TLS certificate "${tls.certificate}" with key "${tls.key}"`, { cause });
  }
}

function makeService(
  configuration: Configuration,
  store: Store,
  log: Logger,
  clock: () => number,
  stopping: AbortSignal,
  port: () => number,
): Service {
  const { limits, trustProxy, registration } = configuration;
  const metrics = new Metrics(store);
  const memory = new BodyMemory(limits.bodyMemory, limits.answerSeconds);
  const polls = new Polls(limits.maxPolls, limits.pollsPerAddress);
  metrics.watch('ssh_sync_waiting_requests', 'Requests that wait in rooms', () => polls.total);
  metrics.watch('ssh_sync_body_bytes', 'Bytes of bodies in memory', () => memory.held);
  return {
    store,
    limits,
    registration,
    log,
    metrics,
    memory,
    polls,
    sightings: new Sightings(store),
    requests: new RateCounter(),
    clock,
    origins: originsOf(configuration, log, port),
    address: (incoming) => clientAddress(incoming, trustProxy),
    seesMetrics: (incoming) => configuration.metrics === 'all' || isLocal(incoming),
    stopping,
  };
}

function originsOf(
  configuration: Configuration,
  log: Logger,
  port: () => number,
): (incoming: IncomingMessage) => readonly string[] {
  const { host, origins, trustProxy } = configuration;
  const scheme = schemeOf(configuration);
  if (origins !== undefined) return () => origins;
  if (isLoopback(host)) {
    let own: readonly string[] | undefined;
    return () => (own ??= loopbackOrigins(scheme, port()));
  }
  log.warn(
    'give --origin with the URL that clients use: until then a token for any server of that name is accepted',
  );
  return (incoming) => claimedOrigins(incoming, scheme, trustProxy);
}

/** True for a program on this machine that asks by itself, not through a proxy on this machine. */
function isLocal({ socket, headers }: IncomingMessage): boolean {
  const proxied = ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'via'].some(
    (name) => headers[name] !== undefined,
  );
  return !proxied && isLoopback(socket.remoteAddress ?? '');
}

/** Starts what is done from time to time; the functions end it and wait for what is under way. */
function startTimers({ store, log, sightings, requests, clock }: Service): (() => Promise<void>)[] {
  const every = (seconds: number, action: () => Promise<unknown>): (() => Promise<void>) => {
    let last = Promise.resolve();
    const run = async (): Promise<void> => {
      await last;
      await action().catch((error: unknown) => logFailure(log, 'timer', error));
    };
    const timer = setInterval(() => {
      last = run();
    }, seconds * 1000).unref();
    return () => {
      clearInterval(timer);
      return last;
    };
  };
  return [
    every(FLUSH_SECONDS, () => sightings.flush()),
    every(COLLECT_SECONDS, async () => {
      const now = Math.floor(clock() / 1000);
      requests.collect(now);
      await store.collect(now);
    }),
  ];
}

async function closeGracefully(server: Server): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), GRACE_SECONDS * 1000);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(timer);
}

function unreadable(): Response {
  const body = errorBody('malformed', 'Cannot read request: its target or its Host header is not valid');
  return new Response(body, { status: 400, headers: { 'Content-Type': 'application/json' } });
}

function schemeOf({ tls }: Configuration): 'http' | 'https' {
  return tls === undefined ? 'http' : 'https';
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
