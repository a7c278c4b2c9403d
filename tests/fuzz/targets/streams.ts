// Streams that are cut into lines and packets, whole or in pieces.
import { deflateSync, constants } from 'node:zlib';
import { concat, FormatError, utf8, Writer } from '@orrery/bytes';
import { offer } from './messages.ts';
import type { LoadTarget } from '../target.ts';

/** The identification, with whatever comes before and behind it. */
export const identification: LoadTarget = async () => {
  const { readIdentification, Prelude } =
    await import('../../../packages/ssh/src/transport/identification.ts');
  const { SshError } = await import('../../../packages/ssh/src/ssh-error.ts');
  const refuses = (error: unknown): boolean => error instanceof SshError;
  return {
    run: (input) => {
      const text = input.subarray(1);
      const whole = outcome(() => readIdentification(text, input[0] === 1)?.line, refuses);
      const prelude = new Prelude(input[0] === 1);
      let piecewise: string | undefined;
      for (let at = 0; at < text.length && piecewise === undefined; at += 7)
        piecewise = outcome(() => prelude.take(text.subarray(at, at + 7))?.line, refuses);
      if (whole !== piecewise) throw new Error(`in pieces it is ${piecewise}, and not ${whole}`);
    },
    refuses,
    seeds: [
      '\0SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u5\r\n',
      '\x01Welcome\r\nSSH-1.99-Cisco-1.25\n',
      '\x01\nGET / HTTP/1.1\r\n\r\n',
    ].map(utf8),
    words: ['SSH-', 'SSH-2.0-', 'SSH-1.5-', '\r\n', '\n', '\r'],
  };
};

/** What comes of it, or that it is refused: messages may tell how much there was. */
function outcome(action: () => string | undefined, refuses: (error: unknown) => boolean): string | undefined {
  try {
    return action();
  } catch (error) {
    if (refuses(error)) return 'refused';
    throw error;
  }
}

/** Packets without keys; the first byte says in how long pieces they come. */
export const packets: LoadTarget = async () => {
  const { PacketReader } = await import('../../../packages/ssh/src/transport/packet-reader.ts');
  const { SshError } = await import('../../../packages/ssh/src/ssh-error.ts');
  const refuses = (error: unknown): boolean => error instanceof SshError || error instanceof FormatError;
  return {
    run: (input) => {
      const all = (size: number): string => {
        const reader = new PacketReader();
        const found: string[] = [];
        for (let at = 1; at < input.length; at += size) {
          reader.push(input.subarray(at, at + size));
          const packet = outcome(() => {
            for (let next = reader.next(); next !== undefined; next = reader.next())
              found.push(Buffer.from(next.payload).toString('hex'));
            return undefined;
          }, refuses);
          if (packet !== undefined) return [...found, packet].join();
        }
        return found.join();
      };
      if (all(Math.max(1, input.length)) !== all(1 + ((input[0] ?? 0) % 32)))
        throw new Error('in pieces there are other packets');
    },
    refuses,
    seeds: [
      concat(Uint8Array.of(3), packed(offer()), packed(Uint8Array.of(21))),
      concat(Uint8Array.of(30), packed(Uint8Array.of(2, 0, 0, 0, 0))),
    ],
  };
};

/** A packet without keys: padded to eight bytes, with four of padding at least. */
export function packed(payload: Uint8Array): Uint8Array {
  const padding = 4 + (((-(payload.length + 9) % 8) + 8) % 8);
  return new Writer()
    .uint32(1 + payload.length + padding)
    .byte(padding)
    .bytes(payload)
    .bytes(new Uint8Array(padding))
    .finish();
}

/** What zlib@openssh.com brings: the first byte says in how long pieces. */
export const inflate: LoadTarget = async () => {
  const { makeDecompressor } = await import('../../../packages/ssh/src/transport/compression.ts');
  const { SshError } = await import('../../../packages/ssh/src/ssh-error.ts');
  const MAX = 256 * 1024;
  const text = utf8('in deep sea and in deeper sea '.repeat(40));
  const flush = { finishFlush: constants.Z_SYNC_FLUSH };
  return {
    run: (input) => {
      const decompressor = makeDecompressor('zlib@openssh.com');
      const size = 1 + (input[0] ?? 0) * 16;
      for (let at = 1; at < input.length; at += size) {
        const found = decompressor?.decompress(input.subarray(at, at + size), MAX);
        if (found !== undefined && found.length > MAX) throw new Error('it is larger than it may be');
      }
    },
    refuses: (error) => error instanceof SshError,
    seeds: [
      deflateSync(text, flush),
      deflateSync(text, { ...flush, level: 0 }),
      deflateSync(text, { ...flush, strategy: constants.Z_FIXED }),
      deflateSync(new Uint8Array(20_000), flush),
    ].map((bytes) => Uint8Array.of(255, ...bytes)),
  };
};

/** Packets of SFTP; the first byte says in how long pieces they come. */
export const sftpPackets: LoadTarget = async () => {
  const { PacketSplitter } = await import('../../../packages/ssh/src/sftp/packet-splitter.ts');
  const refuses = (error: unknown): boolean => error instanceof FormatError;
  const packet = (body: Uint8Array): Uint8Array => new Writer().uint32(body.length).bytes(body).finish();
  return {
    run: (input) => {
      const all = (size: number): string => {
        const splitter = new PacketSplitter();
        const found: string[] = [];
        for (let at = 1; at < input.length; at += size) {
          splitter.add(input.subarray(at, at + size));
          const end = outcome(() => {
            for (let next = splitter.next(); next !== undefined; next = splitter.next())
              found.push(Buffer.from(next).toString('hex'));
            return undefined;
          }, refuses);
          if (end !== undefined) return [...found, end].join();
        }
        return found.join();
      };
      if (all(Math.max(1, input.length)) !== all(1 + ((input[0] ?? 0) % 16)))
        throw new Error('in pieces there are other packets');
    },
    refuses,
    seeds: [concat(Uint8Array.of(2), packet(Uint8Array.of(1, 0, 0, 0, 3)), packet(new Uint8Array(40)))],
  };
};

/** Frames between two processes of qsshd; the first byte says in how long pieces they come. */
export const frames: LoadTarget = async () => {
  const { FrameLink } = await import('../../../apps/qssh/src/qsshd/frame-link.ts');
  const { Duplex } = await import('node:stream');
  const frame = (body: Uint8Array): Uint8Array => new Writer().uint32(body.length).bytes(body).finish();
  return {
    run: async (input) => {
      const stream = new Duplex({ read: () => undefined, write: (_, __, done) => done() });
      const taken: Uint8Array[] = [];
      const { promise, resolve } = Promise.withResolvers<void>();
      const link = new FrameLink(stream, {
        take: (bytes) => void taken.push(bytes),
        closed: () => resolve(),
      });
      const size = 1 + ((input[0] ?? 0) % 64);
      for (let at = 1; at < input.length; at += size) stream.push(input.subarray(at, at + size));
      stream.push(null);
      await new Promise((done) => setImmediate(done));
      link.close();
      await promise;
      const read = taken.reduce((sum, { length }) => sum + 4 + length, 0);
      if (read > input.length) throw new Error('more was read than there was');
    },
    refuses: () => false,
    seeds: [
      concat(Uint8Array.of(3), frame(new Uint8Array(5)), frame(new Uint8Array(100)), frame(new Uint8Array())),
    ],
  };
};
