import { seenCodec } from '@orrery/vault';
import { authenticateMember, limitRequests } from '../authentication.ts';
import type { App, Service } from '../service.ts';
import { answer } from './answer.ts';

export function deviceRoutes(app: App, service: Service): void {
  app.get('/v1/devices', async (c) => {
    const signed = await authenticateMember(service, c);
    limitRequests(service, signed);
    await service.sightings.flush();
    const devices = await service.store.listDevices(signed.device.account);
    const seen = devices.map(({ device, seen: time }) => ({
      device,
      seen: time === undefined ? undefined : BigInt(time),
    }));
    return answer(service, c, 200, seenCodec, seen);
  });
}
