import { decode } from '@orrery/bytes';
import {
  appendCodec,
  appendedCodec,
  ledgerPageCodec,
  MAX_BODY_BYTES,
  MAX_PAGE_RECORDS,
  recordCodec,
} from '@orrery/vault';
import type { Context } from 'hono';
import { appendRecords } from '../append.ts';
import {
  authenticate,
  authenticateMember,
  limitRequests,
  readSignedBody,
  spendToken,
} from '../authentication.ts';
import { readMessage } from '../body.ts';
import { Refusal } from '../errors.ts';
import { ownersOf, type App, type Environment, type Service } from '../service.ts';
import type { KnownDevice } from '../store/store.ts';
import { answer } from './answer.ts';

/** Bytes of the records in one page, so that it fits a body together with its head. */
const MAX_PAGE_BYTES = MAX_BODY_BYTES - 1024;

export function ledgerRoutes(app: App, service: Service): void {
  app.get('/v1/ledger', async (c) => {
    // A removed device may see that it was removed.
    const signed = await authenticate(service, c);
    limitRequests(service, signed);
    const page = await readPage(service, c, signed.device, readAfter(c.req.query('after')));
    const records = page.map((record) => decode(recordCodec, record));
    return answer(service, c, 200, ledgerPageCodec, { head: signed.device.head, records });
  });

  app.post('/v1/ledger', async (c) => {
    const signed = await authenticateMember(service, c);
    const body = await readSignedBody(service, c, signed);
    await spendToken(service, signed);
    const records = readMessage(appendCodec, body);
    const head = await appendRecords(service, signed.device, records);
    return answer(service, c, 200, appendedCodec, { head, accepted: true });
  });
}

/** Records up to the head that the answer names: an append may have come between. */
async function readPage(
  service: Service,
  c: Context<Environment>,
  { account, head }: KnownDevice,
  after: number,
): Promise<Uint8Array[]> {
  const left = head.number - after;
  if (left <= 0) return [];
  await service.memory.awaitSpace(c.env.outgoing, ownersOf(service, c));
  return service.store.readRecords(account, after, Math.min(left, MAX_PAGE_RECORDS), MAX_PAGE_BYTES);
}

/** The number after which to begin; none means the beginning. */
function readAfter(text: string | undefined): number {
  if (text === undefined || text === '-1') return -1;
  if (!/^\d{1,10}$/.test(text))
    throw new Refusal(400, 'malformed', `Cannot read "after": a number of an entry expected`);
  return Number(text);
}
