// Peers that send too much, too little, too early, or never read.
import { concat } from '@orrery/bytes';
import assert from 'node:assert/strict';
import { duplexPair, type Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { hostKey, makeRoles, side, type Side } from '../../packages/ssh/testing/transport-pair.ts';
import { encodeExtensions } from '../../packages/ssh/src/transport/extensions.ts';
import { bare, encodeMessage, Msg, ping } from '../../packages/ssh/src/transport/messages.ts';
import { PacketReader } from '../../packages/ssh/src/transport/packet-reader.ts';
import { PacketWriter } from '../../packages/ssh/src/transport/packet-writer.ts';
import { Transport } from '../../packages/ssh/src/transport/transport.ts';
import { ignore, SshPeer } from './stage/ssh-transport-peer.ts';

const preferences = { kex: ['curve25519-sha256'], ciphers: ['chacha20-poly1305@openssh.com'] };
const NO_MESSAGE = 100;

/** A server of ours that knows messages from 50 to 99, and a client that does as it likes. */
function meet(exchangeSeconds?: number): { readonly server: Side; readonly peer: SshPeer } {
  const [a, b] = duplexPair();
  const { serverRole } = makeRoles({ preferences });
  const role = exchangeSeconds === undefined ? serverRole : { ...serverRole, exchangeSeconds };
  const server = side(a, new Transport(a, role));
  server.transport.use({
    receive: (payload) => payload[0] !== NO_MESSAGE && server.user.receive(payload),
    closed: (error) => server.user.closed(error),
  });
  return { server, peer: new SshPeer(b, { isClient: true, hostKey }) };
}

/** Sends until nobody listens any more. */
async function flood(peer: SshPeer, payload: Uint8Array): Promise<number> {
  const over = new AbortController();
  void peer.closed.then(() => over.abort());
  let sent = 0;
  for (; !over.signal.aborted && sent < 100_000; sent++) {
    peer.send(payload);
    if (sent % 64 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return sent;
}

const floods: readonly (readonly [string, Uint8Array])[] = [
  ['IGNORE', ignore('x'.repeat(200))],
  ['DEBUG', concat(bare(Msg.debug), new Uint8Array(9))],
  ['UNIMPLEMENTED', concat(bare(Msg.unimplemented), new Uint8Array(4))],
  ['EXT_INFO', encodeExtensions(new Map([['a', new Uint8Array(8000)]]))],
  ['PING', encodeMessage(ping, { data: new Uint8Array(10) })],
  ['PONG', concat(bare(Msg.pong), new Uint8Array(4))],
  ['messages that nobody knows', bare(NO_MESSAGE)],
  ['messages of authentication', concat(bare(50), new Uint8Array(20_000))],
];

describe('A flood before authentication', () => {
  for (const [what, payload] of floods)
    it(`ends the connection: ${what}`, async () => {
      const { server, peer } = meet();
      await peer.exchangeKeys();
      const sent = await flood(peer, payload);
      assert.ok(sent < 6000, `${sent} sent`);
      assert.equal(
        (await server.user.ended)?.message,
        'Cannot go on: too much was sent before authentication',
      );
    });

  it('of KEXINIT ends the connection at the second', async () => {
    const { server, peer } = meet();
    peer.send(peer.offer());
    peer.send(peer.offer());
    assert.equal((await server.user.ended)?.message, 'Cannot accept KEXINIT: one came before');
  });

  it('of whole key exchanges ends the connection after eight', async () => {
    const { server, peer } = meet();
    let count = 0;
    await assert.rejects(async () => {
      for (;;) {
        await peer.exchangeKeys();
        count++;
      }
    });
    assert.equal(count, 9);
    assert.equal(
      (await server.user.ended)?.message,
      'Cannot go on: too many key exchanges before authentication',
    );
  });

  it('of pings whose answers are not read ends the connection', async () => {
    const { server, peer } = meet();
    await peer.exchangeKeys();
    peer.stream.pause();
    for (let index = 0; index < 64; index++) peer.send(encodeMessage(ping, { data: new Uint8Array(32_000) }));
    assert.equal((await server.user.ended)?.message, 'Cannot send: the other side does not read');
  });

  it('is taken for ever by a naive server', () => {
    const [reader, writer] = [new PacketReader(), new PacketWriter()];
    let taken = 0;
    for (let index = 0; index < 20_000; index++) {
      for (const chunk of writer.seal(ignore('x'))) reader.push(chunk);
      if (reader.next() !== undefined) taken++;
    }
    assert.equal(taken, 20_000);
  });
});

describe('What comes too early', () => {
  for (const number of [0, 5, 6, 7, 50, 52, 80, 90, 94, 192])
    it(`is refused before there are keys: message ${number}`, async () => {
      const { server, peer } = meet();
      peer.send(bare(number));
      assert.equal(
        (await server.user.ended)?.message,
        `Cannot accept message ${number} before there are keys`,
      );
      assert.deepEqual(server.user.received, []);
    });

  for (const number of [5, 50, 90, 94, 192])
    it(`is refused between KEXINIT and NEWKEYS: message ${number}`, async () => {
      const { server, peer } = meet();
      await peer.exchangeKeys();
      peer.send(peer.offer());
      peer.send(bare(number));
      assert.equal(
        (await server.user.ended)?.message,
        `Cannot accept message ${number} while keys are exchanged`,
      );
      assert.deepEqual(server.user.received, []);
    });

  it('is refused as the end of an exchange that was none', async () => {
    const { server, peer } = meet();
    peer.send(peer.offer());
    peer.send(bare(Msg.newKeys));
    assert.equal((await server.user.ended)?.message, 'Cannot accept NEWKEYS: the keys are not exchanged');
  });

  it('is heard by a naive server: anybody may say it, unencrypted', () => {
    const [reader, writer] = [new PacketReader(), new PacketWriter()];
    for (const chunk of writer.seal(bare(90))) reader.push(chunk);
    assert.deepEqual(reader.next()?.payload, bare(90));
  });
});

describe('A peer that keeps a connection waiting', () => {
  const late = 'Cannot go on: the other side takes too long to exchange keys';
  const drips = async (stream: Duplex, bytes: Uint8Array): Promise<void> => {
    for (const byte of bytes) {
      if (stream.destroyed || !stream.writable) return;
      stream.write(Uint8Array.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  it('is given up when it says nothing, or one byte after the other', async () => {
    for (const says of [new Uint8Array(), new Uint8Array(30).fill(0x53)]) {
      const [a, b] = duplexPair();
      const server = side(a, new Transport(a, { ...makeRoles().serverRole, exchangeSeconds: 0.03 }));
      const text = concat(Uint8Array.from(Buffer.from('SSH-2.0-')), says);
      await Promise.all([drips(b, says.length === 0 ? says : text), server.user.ended]);
      assert.equal((await server.user.ended)?.message, late);
    }
  });

  it('is given up when it stops after its identification, after KEXINIT, and in a later exchange', async () => {
    const first = meet(0.03);
    const second = meet(0.03);
    second.peer.send(second.peer.offer());
    const third = meet(0.03);
    await third.peer.exchangeKeys();
    third.peer.send(third.peer.offer());
    for (const { server } of [first, second, third]) assert.equal((await server.user.ended)?.message, late);
  });

  it('is still there where nobody counts the time', async () => {
    const { server } = meet(0);
    const first = await Promise.race([
      server.user.ended,
      new Promise((resolve) => setTimeout(() => resolve('waiting'), 60)),
    ]);
    assert.equal(first, 'waiting');
    server.transport.disconnect('');
  });
});

describe('The memory of a hostile connection before authentication', () => {
  setFlagsFromString('--expose-gc');
  const context: { collect?: () => void } = {};
  runInNewContext('this.collect = gc', context);

  async function used(): Promise<number> {
    // Buffers are given back by another thread, some time after they were found to be garbage.
    let [last, same] = [0, 0];
    while (same < 4) {
      context.collect?.();
      await new Promise((resolve) => setTimeout(resolve, 20));
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      const now = heapUsed + arrayBuffers;
      same = Math.abs(now - last) < 65_536 ? same + 1 : 0;
      last = now;
    }
    return last;
  }

  /** Answers wait to be read, and all that the peer sent has come. */
  function isFull(server: Side, peer: SshPeer): boolean {
    return server.stream.writableLength > 800_000 && peer.stream.writableLength === 0;
  }

  const LENGTH = 256 * 1024;

  /** Connections that hold as much as a stranger can make them hold. */
  async function fill(count: number): Promise<{ server: Side; peer: SshPeer }[]> {
    const manyExtensions = Array.from(
      { length: 31 },
      (_, index) => [`${index}`, new Uint8Array(8000)] as const,
    );
    const met = Array.from({ length: count }, () => meet());
    for (const { peer } of met) {
      const { sealer } = await peer.exchangeKeys();
      peer.send(encodeExtensions(new Map(manyExtensions)));
      peer.stream.pause();
      for (let index = 0; index < 29; index++)
        peer.send(encodeMessage(ping, { data: new Uint8Array(32_000) }));
      const announced = new Uint8Array(16);
      new DataView(announced.buffer).setUint32(0, LENGTH);
      peer.sendPacket(sealer, announced);
      peer.stream.write(new Uint8Array(LENGTH - 3000));
      for (let index = 0; index < 2900; index++) peer.stream.write(new Uint8Array(1));
    }
    while (!met.every(({ server, peer }) => isFull(server, peer)))
      await new Promise((resolve) => setTimeout(resolve, 10));
    return met;
  }

  /** Bytes for each connection. Nothing of them is left behind for the next measurement. */
  async function measure(): Promise<number> {
    const before = await used();
    const met = await fill(20);
    const each = ((await used()) - before) / met.length;
    for (const { server, peer } of met.splice(0)) {
      server.transport.disconnect('');
      await server.user.ended;
      peer.stream.destroy();
    }
    return each;
  }

  it('is less than 2.5 MiB: a whole packet that lacks its last byte, in single bytes, and answers that are not read', async () => {
    const found: number[] = [];
    for (let round = 0; round < 3; round++) found.push(await measure());
    for (const each of found) {
      assert.ok(each < 2.5 * 1024 * 1024, `${found.join()} bytes each`);
      assert.ok(each > 1024 * 1024, `${found.join()} bytes each`);
    }
  });
});
