// Terrapin (CVE-2023-48795): who can add a packet before there are keys can take one away behind it, because both are only
// counted. Strict key exchange ends that.
import { concat } from '@orrery/bytes';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeRoles, message, side } from '../../packages/ssh/testing/transport-pair.ts';
import { encodeExtensions, ownExtensions } from '../../packages/ssh/src/transport/extensions.ts';
import { bare, Msg } from '../../packages/ssh/src/transport/messages.ts';
import { Transport } from '../../packages/ssh/src/transport/transport.ts';
import { ignore, SshPeer } from './stage/ssh-transport-peer.ts';
import { tamperedPair, type Edit } from './stage/ssh-transport-relay.ts';

const preferences = { kex: ['curve25519-sha256'], ciphers: ['chacha20-poly1305@openssh.com'] };
const { clientRole, serverRole } = makeRoles({ preferences });

/** Bytes of the packet with the server's EXT_INFO: anybody can work them out. */
const EXT_INFO_BYTES = sealedLength(encodeExtensions(ownExtensions(serverRole)).length);

function sealedLength(payload: number): number {
  const fill = 8 - ((1 + payload) % 8);
  return 4 + 1 + payload + (fill < 4 ? fill + 8 : fill) + 16;
}

const addIgnore: Edit = (payload) => (payload[0] === Msg.newKeys ? [ignore('nothing'), payload] : [payload]);

describe('A prefix that was cut', () => {
  it('is not noticed by a naive client: it never hears the first secret message', async () => {
    const { client, server } = tamperedPair({ toClient: { edit: addIgnore, cut: EXT_INFO_BYTES } });
    const { transport } = side(server, new Transport(server, serverRole));
    const naive = new SshPeer(client, { isClient: true });
    await naive.exchangeKeys();
    transport.send(message('as if nothing had been'));
    assert.deepEqual(await naive.next(), message('as if nothing had been'));
  });

  it('is what the naive client would hear without the attack', async () => {
    const { client, server } = tamperedPair({});
    side(server, new Transport(server, serverRole));
    const naive = new SshPeer(client, { isClient: true });
    await naive.exchangeKeys();
    assert.deepEqual(await naive.next(), encodeExtensions(ownExtensions(serverRole)));
  });

  for (const [what, edit, expected] of [
    ['an IGNORE before NEWKEYS', addIgnore, 'Cannot accept message 2: key exchange is strict'],
    [
      'a DEBUG behind KEXINIT',
      (payload) =>
        payload[0] === Msg.kexInit ? [payload, concat(bare(Msg.debug), new Uint8Array(9))] : [payload],
      'Cannot accept message 4: key exchange is strict',
    ],
    [
      'an UNIMPLEMENTED before KEXINIT',
      (payload) =>
        payload[0] === Msg.kexInit
          ? [concat(bare(Msg.unimplemented), new Uint8Array(4)), payload]
          : [payload],
      'Cannot exchange keys strictly: KEXINIT was not first',
    ],
  ] as const satisfies readonly (readonly [string, Edit, string])[]) {
    it(`is refused by our client: ${what}`, async () => {
      const { client, server } = tamperedPair({ toClient: { edit, cut: EXT_INFO_BYTES } });
      side(server, new Transport(server, serverRole));
      const ours = side(client, new Transport(client, clientRole));
      assert.equal((await ours.user.ended)?.message, expected);
      assert.deepEqual(ours.user.received, []);
    });

    it(`is refused by our server: ${what}`, async () => {
      const { client, server } = tamperedPair({ toServer: { edit } });
      side(client, new Transport(client, clientRole));
      const ours = side(server, new Transport(server, serverRole));
      assert.equal((await ours.user.ended)?.message, expected);
    });
  }

  it('is refused when only bytes are cut, since packets are counted from zero', async () => {
    const { client, server } = tamperedPair({ toClient: { cut: EXT_INFO_BYTES } });
    const { transport } = side(server, new Transport(server, serverRole));
    const ours = side(client, new Transport(client, clientRole));
    transport.send(message('1'));
    transport.send(message('2'));
    const error = await ours.user.ended;
    assert.match(error?.message ?? '', /^Cannot read packet: /);
    assert.deepEqual(ours.user.received, []);
  });
});
