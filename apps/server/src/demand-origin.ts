import type { Context } from 'hono';
import { Refusal } from './errors.ts';
import { normalOrigin } from './origin.ts';
import type { Environment, Service } from './service.ts';

/**
 * Compares the origin that a request says it was sent to, where it says one. A token says it under its signature; what
 * has no token says it in a header, so that nobody begins under an address whose tokens would all be refused.
 * @throws {Refusal} 421
 */
export function demandOrigin({ origins }: Service, c: Context<Environment>): void {
  const named = c.req.header('Server-Origin');
  if (named === undefined) return;
  const own = origins(c.env.incoming);
  const normal = normalOrigin(named);
  if (normal !== undefined && own.includes(normal)) return;
  throw new Refusal(
    421,
    'origin',
    `Cannot accept request: it was sent to "${named.slice(0, 100)}", and this server is ${own.join(' or ')}`,
  );
}
