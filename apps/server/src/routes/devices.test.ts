import { ledgerPageCodec, seenCodec } from '@orrery/vault';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { repeat } from '../../testing/http.ts';
import { Machine } from '../../testing/machine.ts';
import { START, startTestServer } from '../../testing/test-server.ts';

test('GET /v1/devices tells of each admitted device when it was last seen, by the minute', async () => {
  const server = await startTestServer();
  const machine = await Machine.found(server);
  const newcomer = await machine.admit('desktop');
  const seen = async (): Promise<(readonly [string, number | undefined])[]> => {
    const devices = (await machine.request('GET', '/v1/devices')).read(seenCodec);
    return devices.map(({ device, seen: time }) => [
      device.toHex(),
      time === undefined ? undefined : Number(time),
    ]);
  };
  const [own, other] = [machine.device.id.toHex(), newcomer.device.id.toHex()];
  assert.deepEqual(await seen(), [
    [own, START],
    [other, undefined],
  ]);
  server.clock.now += 59;
  await newcomer.ledger(0);
  assert.deepEqual(await seen(), [
    [own, START],
    [other, START + 59],
  ]);
  server.clock.now += 1;
  assert.deepEqual(await seen(), [
    [own, START + 60],
    [other, START + 59],
  ]);
  await machine.appendOwn([await machine.remove(newcomer)]);
  (await newcomer.ledger(0)).read(ledgerPageCodec);
  assert.deepEqual(await seen(), [[own, START + 60]]);
});

test('when a device was seen is kept when the server stops', async () => {
  const server = await startTestServer();
  const marked: number[] = [];
  const markSeen = server.store.markSeen.bind(server.store);
  server.store.markSeen = (sightings) => {
    marked.push(...sightings.map(({ seen }) => seen));
    return markSeen(sightings);
  };
  const machine = await Machine.found(server);
  await repeat(3, () => machine.ledger(0));
  await server.close();
  assert.deepEqual(marked, [START]);
});
