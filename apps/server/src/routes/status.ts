import { Refusal, errorBody } from '../errors.ts';
import { logFailure } from '../log.ts';
import type { App, Service } from '../service.ts';
import { PROGRAM, VERSION } from '../version.ts';

export function statusRoutes(app: App, service: Service): void {
  app.get('/', (c) => c.text(`${PROGRAM} ${VERSION}\n`));

  app.get('/healthz', async (c) => {
    try {
      await service.store.check();
      return c.text('ok\n');
    } catch (error) {
      logFailure(service.log, 'healthz', error);
      return c.body(errorBody('unavailable', 'The store does not answer'), 503, JSON_HEADERS);
    }
  });

  app.get('/metrics', async (c) => {
    if (!service.seesMetrics(c.env.incoming)) throw new Refusal(404, 'not-found', 'There is nothing here');
    return c.body(await service.metrics.print(), 200, { 'Content-Type': service.metrics.contentType });
  });
}

const JSON_HEADERS = { 'Content-Type': 'application/json' };
