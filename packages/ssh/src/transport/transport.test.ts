import { utf8 } from '@orrery/bytes';
import { ed25519 } from '@orrery/crypto';
import { keySigner } from '@orrery/keys';
import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import { ciphers, defaultPreferences, kexMethods, type Preferences } from './algorithms.ts';
import type { HostKey } from './exchange.ts';
import { Transport } from './transport.ts';

const LIMITS = { bytes: 2 ** 30, seconds: 3600 };

function makeUser(): { readonly received: string[]; readonly closed: (Error | undefined)[] } & Parameters<
  Transport['use']
>[0] {
  const received: string[] = [];
  const closed: (Error | undefined)[] = [];
  return {
    received,
    closed: Object.assign((error: Error | undefined) => void closed.push(error), { closed }) as never,
    receive(payload) {
      received.push(Buffer.from(payload).toString('latin1'));
      return true;
    },
  };
}

async function makePair(preferences: Partial<Preferences> = {}) {
  const [here, there] = duplexPair();
  const secretKey = ed25519.generate().secretKey;
  const host = keySigner('ssh-ed25519', secretKey);
  const seen: HostKey[] = [];
  const common = { preferences: { ...defaultPreferences, ...preferences }, rekey: LIMITS };
  const client = new Transport(here, {
    ...common,
    isClient: true,
    line: 'SSH-2.0-client',
    checkHostKey: (key) => void seen.push(key),
  });
  const server = new Transport(there, {
    ...common,
    isClient: false,
    line: 'SSH-2.0-server',
    hostKeys: new Map([
      [
        'ssh-ed25519',
        { publicKey: host.publicKey, sign: (hash: Uint8Array) => host.sign(hash, 'ssh-ed25519') },
      ],
    ]),
  });
  await Promise.all([client.ready, server.ready]);
  return { client, server, seen, host };
}

describe('Transport', () => {
  for (const kex of kexMethods.keys())
    for (const cipher of ciphers.keys())
      it(`carries messages both ways by ${kex} and ${cipher}`, async () => {
        const { client, server, seen, host } = await makePair({ kex: [kex], ciphers: [cipher] });
        assert.deepEqual(seen, [{ algorithm: 'ssh-ed25519', publicKey: host.publicKey }]);
        assert.deepEqual(client.sessionId, server.sessionId);
        const [atClient, atServer] = [makeUser(), makeUser()];
        client.use(atClient);
        server.use(atServer);
        client.send(utf8('Zfrom the client'));
        server.send(utf8('Zfrom '), utf8('the server'));
        client.rekey();
        client.send(utf8('Zduring the exchange'));
        await new Promise((resolve) => setTimeout(resolve, 50));
        client.send(utf8('Zafter'));
        await new Promise((resolve) => setTimeout(resolve, 10));
        assert.deepEqual(atServer.received, ['Zfrom the client', 'Zduring the exchange', 'Zafter']);
        assert.deepEqual(atClient.received, ['Zfrom the server']);
      });
});
