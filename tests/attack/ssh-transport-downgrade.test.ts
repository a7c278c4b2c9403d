// A man in the middle takes the best names out of both sides' lists. Both then agree on what is left, but what was said is
// signed: the client finds out.
import { decode, FormatError } from '@orrery/bytes';
import { ecdsaP256 } from '@orrery/crypto';
import { keySigner } from '@orrery/keys';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hostKey, makeRoles, side } from '../../packages/ssh/testing/transport-pair.ts';
import { hostKeySigners } from '../../packages/ssh/src/server-login.ts';
import { encodeMessage, kexInit, Msg } from '../../packages/ssh/src/transport/messages.ts';
import type { KexInit, Negotiated } from '../../packages/ssh/src/transport/negotiation.ts';
import { Transport } from '../../packages/ssh/src/transport/transport.ts';
import { tamperedPair, type Edit } from './stage/ssh-transport-relay.ts';

const otherKey = keySigner('ecdsa-sha2-nistp256', ecdsaP256.generate().secretKey);
const preferences = {
  kex: ['mlkem768x25519-sha256', 'curve25519-sha256'],
  hostKeys: ['ssh-ed25519', 'ecdsa-sha2-nistp256'],
  ciphers: ['aes256-ctr', 'aes128-ctr'],
  macs: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-256'],
  compressions: ['none', 'zlib@openssh.com'],
};
const { clientRole, serverRole } = makeRoles({
  preferences,
  server: { hostKeys: hostKeySigners([hostKey, otherKey]) },
});

function without(name: string, ...lists: readonly (keyof KexInit)[]): Edit {
  return (payload) => {
    if (payload[0] !== Msg.kexInit) return [payload];
    const offer: Record<string, unknown> = { ...decode(kexInit.codec, payload.subarray(1)) };
    for (const list of lists) {
      const names = offer[list];
      if (!Array.isArray(names)) throw new FormatError(`Cannot find list ${list}`);
      offer[list] = names.filter((found) => found !== name);
    }
    return [encodeMessage(kexInit, { ...decode(kexInit.codec, payload.subarray(1)), ...offer })];
  };
}

function meet(edit: Edit | undefined) {
  const tampering = edit === undefined ? {} : { edit };
  const streams = tamperedPair({ toServer: tampering, toClient: tampering });
  const server = side(streams.server, new Transport(streams.server, serverRole));
  const client = side(streams.client, new Transport(streams.client, clientRole));
  return { client, server };
}

const attacks: readonly (readonly [
  list: keyof KexInit,
  name: string,
  left: string,
  chosen: (negotiated: Negotiated) => string | undefined,
])[] = [
  ['kex', 'mlkem768x25519-sha256', 'curve25519-sha256', ({ kex }) => kex],
  ['hostKey', 'ssh-ed25519', 'ecdsa-sha2-nistp256', ({ hostKey: key }) => key],
  ['cipherToServer', 'aes256-ctr', 'aes128-ctr', ({ toServer }) => toServer.cipher],
  ['cipherToClient', 'aes256-ctr', 'aes128-ctr', ({ toClient }) => toClient.cipher],
  ['macToServer', 'hmac-sha2-256-etm@openssh.com', 'hmac-sha2-256', ({ toServer }) => toServer.mac],
  ['macToClient', 'hmac-sha2-256-etm@openssh.com', 'hmac-sha2-256', ({ toClient }) => toClient.mac],
  ['compressionToServer', 'none', 'zlib@openssh.com', ({ toServer }) => toServer.compression],
  ['compressionToClient', 'none', 'zlib@openssh.com', ({ toClient }) => toClient.compression],
];

describe('A list from which the best name was taken', () => {
  for (const [list, name, left, chosen] of attacks)
    it(`deceives the server, not the client: ${list}`, async () => {
      const honest = meet(undefined);
      await Promise.all([honest.client.transport.ready, honest.server.transport.ready]);
      assert.equal(honest.client.transport.negotiated && chosen(honest.client.transport.negotiated), name);

      const { client, server } = meet(without(name, list));
      await server.transport.ready;
      assert.equal(server.transport.negotiated && chosen(server.transport.negotiated), left);
      await assert.rejects(client.transport.ready, {
        code: 'keyExchangeFailed',
        message: 'Cannot trust the host key: its signature does not verify',
      });
      assert.equal(client.transport.sessionId, undefined);
      assert.notEqual(await server.user.ended, undefined);
    });

  for (const marker of [
    'kex-strict-c-v00@openssh.com',
    'kex-strict-s-v00@openssh.com',
    'ext-info-c',
    'ext-info-s',
  ])
    it(`does not do without its marker: ${marker}`, async () => {
      const { client } = meet(without(marker, 'kex'));
      await assert.rejects(client.transport.ready, {
        message: 'Cannot trust the host key: its signature does not verify',
      });
    });

  it('cannot be empty, nor without a common name', async () => {
    const { client } = meet((payload) =>
      without('mlkem768x25519-sha256', 'kex')(payload).flatMap(without('curve25519-sha256', 'kex')),
    );
    await assert.rejects(client.transport.ready, /^SshError: Cannot agree on a key exchange method: /);
  });
});
