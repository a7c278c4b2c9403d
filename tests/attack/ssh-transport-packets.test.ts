// Packets that are none: of wrong lengths, with wrong padding, changed at any place, and bytes that are no packets at all.
import { concat } from '@orrery/bytes';
import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { hostKey, makeRoles, message, side } from '../../packages/ssh/testing/transport-pair.ts';
import { packetCipher, supportedAlgorithms } from '../../packages/ssh/src/transport/algorithms.ts';
import { importAesCtrKey } from '../../packages/crypto/src/packet-ciphers.ts';
import { clearSealer } from '../../packages/ssh/src/transport/clear.ts';
import type { Direction } from '../../packages/ssh/src/transport/negotiation.ts';
import { PacketReader } from '../../packages/ssh/src/transport/packet-reader.ts';
import { PacketWriter } from '../../packages/ssh/src/transport/packet-writer.ts';
import { Transport } from '../../packages/ssh/src/transport/transport.ts';
import { SshError } from '../../packages/ssh/src/ssh-error.ts';
import { SshPeer } from './stage/ssh-transport-peer.ts';

const directions: readonly Direction[] = supportedAlgorithms.ciphers.flatMap((cipher): readonly Direction[] =>
  cipher.endsWith('-ctr')
    ? supportedAlgorithms.macs.map((mac) => ({ cipher, mac, compression: 'none' }))
    : [{ cipher, mac: undefined, compression: 'none' }],
);

function keysFor(direction: Direction) {
  const { keyLength, ivLength, macKeyLength } = packetCipher(direction);
  return {
    key: new Uint8Array(keyLength).fill(1),
    iv: new Uint8Array(ivLength).fill(2),
    macKey: new Uint8Array(macKeyLength).fill(3),
  };
}

function readerFor(direction: Direction): PacketReader {
  const reader = new PacketReader();
  reader.rekey(packetCipher(direction).opener(keysFor(direction)));
  return reader;
}

function writerFor(direction: Direction): PacketWriter {
  const writer = new PacketWriter();
  writer.rekey(packetCipher(direction).sealer(keysFor(direction)));
  return writer;
}

/** What a reader makes of the bytes: payloads, then why it stopped. */
function readAll(reader: PacketReader, bytes: Uint8Array): { payloads: Uint8Array[]; error: unknown } {
  const payloads: Uint8Array[] = [];
  reader.push(bytes);
  try {
    for (let next = reader.next(); next !== undefined; next = reader.next()) payloads.push(next.payload);
  } catch (error) {
    return { payloads, error };
  }
  return { payloads, error: undefined };
}

/** A packet with lengths that are given, not right. */
function packet(length: number, padding: number, bytes: number): Uint8Array {
  const made = new Uint8Array(4 + Math.max(bytes, 1));
  new DataView(made.buffer).setUint32(0, length);
  made[4] = padding;
  made[5] = 2;
  return made;
}

const malformed = [
  ['no length', packet(0, 4, 12)],
  ['a length of 1', packet(1, 4, 12)],
  ['a length of 4', packet(4, 3, 12)],
  ['no multiple of the block', packet(13, 4, 13)],
  ['more than 256 KiB', packet(256 * 1024 + 4, 4, 12)],
  ['the longest length', packet(0xffff_fffc, 4, 12)],
  ['the longest number', packet(0xffff_ffff, 4, 12)],
  ['no padding', packet(12, 0, 12)],
  ['padding of 3', packet(12, 3, 12)],
  ['padding and nothing else', packet(12, 11, 12)],
  ['more padding than packet', packet(12, 255, 12)],
] as const;

describe('A malformed packet', () => {
  for (const [what, bytes] of malformed)
    it(`ends the connection before there are keys: ${what}`, async () => {
      const [a, b] = duplexPair();
      const server = side(a, new Transport(a, makeRoles().serverRole));
      const peer = new SshPeer(b, { isClient: true });
      peer.sendPacket(clearSealer, bytes);
      assert.match((await server.user.ended)?.message ?? '', /^Cannot read packet: /);
      await peer.closed;
    });

  for (const [what, bytes] of malformed)
    it(`ends the connection with keys, too: ${what}`, async () => {
      const [a, b] = duplexPair();
      const { serverRole } = makeRoles({
        preferences: { kex: ['curve25519-sha256'], ciphers: ['chacha20-poly1305@openssh.com'] },
      });
      const server = side(a, new Transport(a, serverRole));
      const peer = new SshPeer(b, { isClient: true, hostKey });
      const { sealer } = await peer.exchangeKeys();
      // ChaCha20-Poly1305 rounds without the length field.
      const length = new DataView(bytes.buffer).getUint32(0);
      const fitting = length === 12 ? packet(16, bytes[4] ?? 0, 16) : bytes;
      if (fitting[4] === 11) fitting[4] = 15;
      peer.sendPacket(sealer, fitting);
      assert.match((await server.user.ended)?.message ?? '', /^Cannot read packet: /);
      assert.deepEqual(server.user.received, []);
    });

  it('misleads a naive reader, which gives what is none of the payload', () => {
    const naive = (bytes: Uint8Array): Uint8Array =>
      bytes.subarray(5, 5 + bytes.length - 5 - (bytes[4] ?? 0));
    assert.deepEqual(naive(packet(12, 0, 12)).length, 11);
    assert.deepEqual(naive(packet(12, 11, 12)).length, 0);
  });
});

describe('A changed packet', () => {
  for (const direction of directions) {
    const name = [direction.cipher, direction.mac].join(' ').trim();
    it(`gives no payload, whichever bit was changed: ${name}`, () => {
      const payload = message('a message that matters');
      const sealed = concat(...writerFor(direction).seal(payload));
      assert.deepEqual(readAll(readerFor(direction), sealed).payloads, [payload]);
      // More bytes behind it, for lengths that grew.
      const more = new Uint8Array(64 * 1024);
      for (let bit = 0; bit < sealed.length * 8; bit++) {
        const changed = concat(sealed, more);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const { payloads, error } = readAll(readerFor(direction), changed);
        assert.deepEqual(payloads, [], `bit ${bit}`);
        // A length that grew beyond what came leaves the reader waiting.
        if (error === undefined) assert.ok(bit < 32);
        else assert.ok(error instanceof SshError);
      }
    });

    it(`cannot be left out, repeated or exchanged: ${name}`, () => {
      const writer = writerFor(direction);
      const sealed = ['1', '2', '3'].map((text) => concat(...writer.seal(message(text))));
      const [first, second, third] = sealed;
      assert.ok(first !== undefined && second !== undefined && third !== undefined);
      for (const [order, kept] of [
        [[second], 0],
        [[first, third], 1],
        [[first, first], 1],
        [[first, third, second], 1],
        [[first, second, second, third], 2],
      ] as const) {
        const { payloads, error } = readAll(
          readerFor(direction),
          concat(...order, new Uint8Array(64 * 1024)),
        );
        assert.deepEqual(payloads, [message('1'), message('2')].slice(0, kept));
        assert.ok(error instanceof SshError);
      }
    });
  }

  it('is what the attacker wants where a naive reader only decrypts', () => {
    const direction = { cipher: 'aes128-ctr', mac: 'hmac-sha2-256-etm@openssh.com', compression: 'none' };
    const sealed = concat(...writerFor(direction).seal(message('no')));
    // The payload begins behind 4 bytes of length and 1 of padding.
    for (const [index, change] of Buffer.from('no').entries())
      sealed[6 + index] = (sealed[6 + index] ?? 0) ^ change ^ (Buffer.from('OK')[index] ?? 0);
    const { key, iv } = keysFor(direction);
    const decrypted = importAesCtrKey(key, iv)(sealed.subarray(4, 20));
    assert.deepEqual(decrypted.subarray(1, 4), message('OK'));
    assert.deepEqual(readAll(readerFor(direction), sealed).payloads, []);
  });
});

describe('Bytes that are no packets', () => {
  it('end in SshError or in waiting, under every cipher', () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 400 }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...directions, undefined), chunks, (direction, bytes) => {
        const reader = direction === undefined ? new PacketReader() : readerFor(direction);
        for (const chunk of bytes) {
          const { payloads, error } = readAll(reader, chunk);
          if (direction !== undefined) assert.deepEqual(payloads, []);
          if (error === undefined) continue;
          assert.ok(error instanceof SshError);
          return;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('make no difference to packets that come in pieces', () => {
    const payloads = fc.array(fc.uint8Array({ minLength: 1, maxLength: 3000 }), {
      minLength: 1,
      maxLength: 8,
    });
    const cuts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.constantFrom(...directions), payloads, cuts, (direction, sent, lengths) => {
        const writer = writerFor(direction);
        const bytes = concat(...sent.flatMap((payload) => writer.seal(payload)));
        const reader = readerFor(direction);
        const received: Uint8Array[] = [];
        for (let start = 0, turn = 0; start < bytes.length; turn++) {
          const length = lengths[turn % lengths.length] ?? 1;
          received.push(...readAll(reader, bytes.subarray(start, start + length)).payloads);
          start += length;
        }
        assert.deepEqual(
          received.map((payload) => payload.toHex()),
          sent.map((payload) => payload.toHex()),
        );
      }),
      { numRuns: 300 },
    );
  });
});
