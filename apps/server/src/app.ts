import { randomBytes } from '@orrery/crypto';
import { Hono, type Context } from 'hono';
import { routePath } from 'hono/route';
import { discardBody } from './body.ts';
import { demandOrigin } from './demand-origin.ts';
import { errorBody, Refusal } from './errors.ts';
import { logFailure, logRequest } from './log.ts';
import { accountRoutes } from './routes/accounts.ts';
import { deviceRoutes } from './routes/devices.ts';
import { ledgerRoutes } from './routes/ledger.ts';
import { objectRoutes } from './routes/objects.ts';
import { roomRoutes } from './routes/rooms.ts';
import { statusRoutes } from './routes/status.ts';
import type { App, Environment, Service } from './service.ts';

/** All routes, with what holds for every one of them. */
export function makeApp(service: Service): App {
  const app: App = new Hono();
  app.use(async (c, next) => {
    const start = performance.now();
    c.header('Cache-Control', 'no-store');
    c.header('X-Content-Type-Options', 'nosniff');
    await next();
    if (service.stopping.aborted) c.header('Connection', 'close');
    record(service, c, performance.now() - start);
  });
  app.use(async (c, next) => {
    demandOrigin(service, c);
    await next();
  });
  statusRoutes(app, service);
  accountRoutes(app, service);
  ledgerRoutes(app, service);
  objectRoutes(app, service);
  deviceRoutes(app, service);
  roomRoutes(app, service);
  app.notFound((c) => refuse(c, new Refusal(404, 'not-found', 'There is nothing here')));
  app.onError((error, c) => {
    if (error instanceof Refusal) return refuse(c, error);
    const id = randomBytes(6).toHex();
    logFailure(service.log, id, error);
    return fail(c, id);
  });
  return app;
}

async function refuse(c: Context<Environment>, refusal: Refusal): Promise<Response> {
  const { status, code, message, retryAfter } = refusal;
  c.set('code', code);
  if (!(await discardBody(c.env.incoming))) c.header('Connection', 'close');
  if (retryAfter !== undefined) c.header('Retry-After', String(retryAfter));
  if (status === 401) c.header('WWW-Authenticate', 'Bearer');
  return c.body(errorBody(code, message), status, { 'Content-Type': 'application/json' });
}

async function fail(c: Context<Environment>, id: string): Promise<Response> {
  if (!(await discardBody(c.env.incoming))) c.header('Connection', 'close');
  const message = `The server failed; its log has more under ${id}`;
  return c.body(errorBody('internal', message), 500, { 'Content-Type': 'application/json' });
}

function record({ log, metrics }: Service, c: Context<Environment>, ms: number): void {
  const route = routePath(c, -1);
  // Labels must not grow with what clients invent.
  const method = route === '*' || route === '/*' ? 'other' : c.req.method;
  const { status } = c.res;
  metrics.countRequest(method, route, status, ms / 1000);
  logRequest(log, {
    method,
    route,
    status,
    ms: Math.round(ms * 100) / 100,
    account: c.get('account'),
    code: c.get('code'),
  });
}
