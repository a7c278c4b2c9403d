import { foundCodec, MAX_BODY_BYTES, objectsCodec, wantedCodec } from '@orrery/vault';
import { authenticateMember, limitRequests, readSignedBody, spendToken } from '../authentication.ts';
import { readMessage } from '../body.ts';
import { Refusal } from '../errors.ts';
import { ownersOf, unixSeconds, type App, type Service } from '../service.ts';
import type { KnownDevice, Space } from '../store/store.ts';
import { answer } from './answer.ts';

/** Bytes of the objects in one answer, so that it fits a body together with its count. */
const MAX_FOUND_BYTES = MAX_BODY_BYTES - 1024;

/** Beyond the quota, for the manifest of a commit that makes the account smaller. */
const RESERVE: Space = { objects: 64, bytes: MAX_BODY_BYTES };

export function objectRoutes(app: App, service: Service): void {
  app.post('/v1/objects', async (c) => {
    const signed = await authenticateMember(service, c);
    const { device } = signed;
    if (!device.rekeying) limitRequests(service, signed);
    const body = await readSignedBody(service, c, signed);
    await spendToken(service, signed);
    await upload(service, device, body);
    return c.body(null, 204);
  });

  app.post('/v1/objects/read', async (c) => {
    const signed = await authenticateMember(service, c);
    limitRequests(service, signed);
    const wanted = readMessage(wantedCodec, await readSignedBody(service, c, signed));
    await service.memory.awaitSpace(c.env.outgoing, ownersOf(service, c));
    const found = await service.store.readObjects(signed.device.account, wanted, MAX_FOUND_BYTES);
    const items = found.flatMap((bytes, index) => {
      const id = wanted[index];
      return id === undefined ? [] : [{ id, bytes }];
    });
    return answer(service, c, 200, foundCodec, items);
  });
}

async function upload(service: Service, device: KnownDevice, body: Uint8Array): Promise<void> {
  const objects = readMessage(objectsCodec, body);
  const { account, rekeying } = device;
  const outcome = await service.store.putObjects({
    account,
    objects,
    space: await spaceOf(service, device),
    evict: rekeying,
    now: unixSeconds(service),
  });
  if (outcome === 'differs')
    throw new Refusal(409, 'object-differs', 'Cannot store object: another one has its id');
  if (outcome === 'quota')
    throw new Refusal(413, 'quota', 'Cannot store objects: the account has as many as this server allows');
}

/**
 * While objects wait to be sealed anew every one is needed twice. What earlier attempts left makes way then, so that
 * a rotation can always be finished, however often it was interrupted.
 */
async function spaceOf({ store, limits }: Service, { account, rekeying }: KnownDevice): Promise<Space> {
  const quota = {
    objects: limits.accountObjects + RESERVE.objects,
    bytes: limits.accountBytes + RESERVE.bytes,
  };
  if (!rekeying) return quota;
  const usage = (await store.readLedger(account))?.usage;
  return {
    objects: 2 * Math.max(quota.objects, usage?.objects ?? 0),
    bytes: 2 * Math.max(quota.bytes, usage?.objectBytes ?? 0),
  };
}
