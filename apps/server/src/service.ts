import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { BodyMemory, Owner } from './body-memory.ts';
import type { Registration } from './configuration.ts';
import type { Limits } from './limits.ts';
import type { Metrics } from './metrics.ts';
import type { Polls } from './polls.ts';
import type { RateCounter } from './rate.ts';
import type { Sightings } from './sightings.ts';
import type { Store } from './store/store.ts';

/** What all routes work with. */
export interface Service {
  readonly store: Store;
  readonly limits: Limits;
  readonly registration: Registration;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly memory: BodyMemory;
  readonly polls: Polls;
  readonly sightings: Sightings;
  /** Requests of single devices, counted by this process alone: they are too many for the store. */
  readonly requests: RateCounter;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** The origins by which a request may have been sent here. */
  readonly origins: (incoming: IncomingMessage) => readonly string[];
  /** Whom limits count a request for. */
  readonly address: (incoming: IncomingMessage) => string;
  /** Whether /metrics is for this peer. */
  readonly seesMetrics: (incoming: IncomingMessage) => boolean;
  /** Aborted when the server begins to stop. */
  readonly stopping: AbortSignal;
}

export interface Environment {
  Bindings: HttpBindings;
  Variables: {
    /** The beginning of the account's hash, for the log. */
    account?: string;
    /** The whole hash, for what the account may have. */
    owner?: string;
    /** The word of the refusal, for the log. */
    code?: string;
  };
}

export type App = Hono<Environment>;

/** The clock in Unix seconds, as tokens and the store count. */
export function unixSeconds(service: Service): number {
  return Math.floor(service.clock() / 1000);
}

/** Whose part of the memory a request takes: its account's, once that is known, and its address's. */
export function ownersOf({ address }: Service, c: Context<Environment>): readonly Owner[] {
  const account = c.get('owner');
  return [
    { key: `address/${address(c.env.incoming)}`, share: 1 / 4 },
    ...(account === undefined ? [] : [{ key: `account/${account}`, share: 1 / 8 }]),
  ];
}
