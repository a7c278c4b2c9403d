// Peers that do what they like, within the form of the protocol and outside of it. Whatever they do, it ends in SshError or
// goes on, and nothing is handed on that did not come under keys.
import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { hostKey, makeRoles, side } from '../../packages/ssh/testing/transport-pair.ts';
import { SshError } from '../../packages/ssh/src/ssh-error.ts';
import { supportedAlgorithms } from '../../packages/ssh/src/transport/algorithms.ts';
import {
  bare,
  encodeMessage,
  exchangeInit,
  exchangeReply,
  Msg,
} from '../../packages/ssh/src/transport/messages.ts';
import { Transport } from '../../packages/ssh/src/transport/transport.ts';
import { SshPeer } from './stage/ssh-transport-peer.ts';

/** One thing that a peer does. */
type Act = (peer: SshPeer) => void | Promise<void>;

const bytes = fc.uint8Array({ maxLength: 100 });
const names = (from: readonly string[]) =>
  fc.subarray([...from, 'unknown', 'kex-strict-c-v00@openssh.com', 'kex-strict-s-v00@openssh.com']);

/** KEXINITs that mean something, mostly. */
const offers = fc
  .record(
    {
      kex: names(supportedAlgorithms.kex),
      hostKey: names(['ssh-ed25519', 'rsa-sha2-512']),
      cipherToServer: names(supportedAlgorithms.ciphers),
      cipherToClient: names(supportedAlgorithms.ciphers),
      macToServer: names(supportedAlgorithms.macs),
      macToClient: names(supportedAlgorithms.macs),
      compressionToClient: names(supportedAlgorithms.compressions),
      firstPacketFollows: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  .map(
    (offer): Act =>
      (peer) =>
        peer.send(new SshPeer(duplexPair()[0], { isClient: true, offer }).offer()),
  );

const single: fc.Arbitrary<Act> = fc.oneof(
  offers,
  fc.constant<Act>((peer) => peer.send(peer.offer())),
  fc.constant<Act>((peer) => peer.send(bare(Msg.newKeys))),
  bytes.map(
    (raw): Act =>
      (peer) =>
        void peer.stream.write(raw),
  ),
  fc.tuple(fc.nat(255), bytes).map(
    ([number, body]): Act =>
      (peer) =>
        peer.send(Uint8Array.of(number, ...body)),
  ),
  fc.tuple(fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 20, 21, 30, 31, 52, 192, 193), bytes).map(
    ([number, body]): Act =>
      (peer) =>
        peer.send(Uint8Array.of(number, ...body)),
  ),
  fc.uint8Array({ minLength: 32, maxLength: 32 }).map(
    (init): Act =>
      (peer) =>
        peer.send(encodeMessage(exchangeInit, { init })),
  ),
  fc.tuple(bytes, bytes, bytes).map(
    ([key, reply, signature]): Act =>
      (peer) =>
        peer.send(encodeMessage(exchangeReply, { hostKey: key, reply, signature })),
  ),
);

const acts = fc.oneof(
  { weight: 5, arbitrary: single },
  { weight: 1, arbitrary: fc.constant<Act>((peer) => peer.exchangeKeys().then(() => undefined)) },
);

/** Plays the acts; how the attacked side ended, if it did. */
async function play(
  isClient: boolean,
  script: readonly Act[],
): Promise<{ error: unknown; received: number[] }> {
  const [here, there] = duplexPair();
  const { clientRole, serverRole } = makeRoles({ preferences: supportedAlgorithms });
  const attacked = side(here, new Transport(here, isClient ? clientRole : serverRole));
  const peer = new SshPeer(there, { isClient: !isClient, hostKey });
  for (const act of script) {
    const done = Promise.resolve()
      .then(() => act(peer))
      .catch(() => undefined);
    await Promise.race([done, attacked.user.ended, new Promise((resolve) => setTimeout(resolve, 10))]);
  }
  await new Promise((resolve) => setImmediate(resolve));
  attacked.transport.disconnect('');
  there.destroy();
  const received = attacked.user.received.map((payload) => payload[0] ?? 0);
  return { error: await attacked.user.ended, received };
}

describe('A peer that does what it likes', () => {
  for (const isClient of [false, true])
    it(`ends in SshError, or goes on: against a ${isClient ? 'client' : 'server'}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(acts, { minLength: 1, maxLength: 8 }), async (script) => {
          const { error, received } = await play(isClient, script);
          assert.ok(error === undefined || error instanceof SshError);
          assert.ok(received.every((number) => number < Msg.kexInit || number >= 50));
        }),
        { numRuns: 300, interruptAfterTimeLimit: 8000 },
      );
    });

  it('has nothing handed on that came before there were keys', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(single, { maxLength: 4 }),
        fc.integer({ min: 50, max: 255 }),
        async (script, number) => {
          const { received } = await play(false, [...script, (peer) => peer.send(bare(number))]);
          assert.deepEqual(received, []);
        },
      ),
      { numRuns: 150, interruptAfterTimeLimit: 5000 },
    );
  });
});
