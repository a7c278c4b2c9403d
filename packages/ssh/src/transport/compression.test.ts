import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { constants, createDeflate, createInflate, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { SshError } from '../ssh-error.ts';
import { type Decompressor, makeCompressor, makeDecompressor } from './compression.ts';

const MAX = 256 * 1024;

/** What zlib itself makes of the pieces, flushed as a peer does. */
async function deflatePieces(
  pieces: readonly Uint8Array[],
  flush: number,
  options: { level?: number; strategy?: number } = {},
): Promise<readonly Uint8Array[]> {
  const stream = createDeflate(options);
  const compressed: Uint8Array[] = [];
  for (const piece of pieces) {
    const parts: Uint8Array[] = [];
    const collect = (part: Uint8Array): void => void parts.push(part);
    stream.on('data', collect);
    await new Promise<void>((resolve) => void stream.write(piece, () => resolve()));
    await new Promise<void>((resolve) => stream.flush(flush, resolve));
    stream.off('data', collect);
    compressed.push(Buffer.concat(parts));
  }
  return compressed;
}

const text = Buffer.from('one two three two one '.repeat(40));
const pieces = [
  text,
  Buffer.from('x'),
  randomBytes(5000),
  text,
  Buffer.alloc(70_000, 'ab'),
  text,
  randomBytes(1),
];

describe('zlib@openssh.com', () => {
  it('is one zlib stream, which zlib reads', async () => {
    const compressor = makeCompressor('zlib@openssh.com');
    const stream = createInflate({ finishFlush: constants.Z_SYNC_FLUSH });
    const read: Uint8Array[] = [];
    stream.on('data', (part: Uint8Array) => read.push(part));
    for (const piece of pieces) stream.write(compressor?.compress(piece) ?? piece);
    stream.end();
    await new Promise((resolve) => stream.on('end', resolve));
    assert.deepEqual(Buffer.concat(read), Buffer.concat(pieces));
  });

  it('compresses what came before once more to almost nothing', () => {
    const compressor = makeCompressor('zlib@openssh.com');
    const random = randomBytes(20_000);
    assert.ok((compressor?.compress(random).length ?? 0) > 20_000);
    assert.ok((compressor?.compress(random).length ?? MAX) < 300);
  });

  for (const [flush, name] of [
    [constants.Z_PARTIAL_FLUSH, 'Z_PARTIAL_FLUSH, as OpenSSH does'],
    [constants.Z_SYNC_FLUSH, 'Z_SYNC_FLUSH'],
    [constants.Z_FULL_FLUSH, 'Z_FULL_FLUSH'],
  ] as const)
    for (const options of [{ level: 6 }, { level: 0 }, { strategy: constants.Z_FIXED }, { level: 9 }])
      it(`reads each piece of zlib with ${name}, ${JSON.stringify(options)}`, async () => {
        const decompressor = makeDecompressor('zlib@openssh.com');
        for (const [index, piece] of (await deflatePieces(pieces, flush, options)).entries())
          assert.deepEqual(Buffer.from(decompressor?.decompress(piece, MAX) ?? []), pieces[index]);
      });

  it('reads back what it wrote, whatever it is', () => {
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 2000 }).map((all) => Buffer.from(all.join(''))),
      fc.nat(100_000).map((length) => new Uint8Array(length)),
    );
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 12 }), (payloads) => {
        const [compressor, decompressor] = [
          makeCompressor('zlib@openssh.com'),
          makeDecompressor('zlib@openssh.com'),
        ];
        for (const bytes of payloads) {
          const compressed = compressor?.compress(bytes) ?? bytes;
          assert.deepEqual(Buffer.from(decompressor?.decompress(compressed, MAX) ?? []), Buffer.from(bytes));
        }
      }),
    );
  });
});

describe('a decompressor', () => {
  it('gives the same, however the stream is cut', () => {
    const stream = deflateSync(Buffer.concat(pieces), { finishFlush: constants.Z_SYNC_FLUSH });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), (lengths) => {
        const decompressor = inflater();
        const read: Uint8Array[] = [];
        for (let start = 0, turn = 0; start < stream.length; turn++) {
          const length = lengths[turn % lengths.length] ?? 1;
          read.push(decompressor.decompress(stream.subarray(start, start + length), MAX));
          start += length;
        }
        assert.deepEqual(Buffer.concat(read), Buffer.concat(pieces));
      }),
      { numRuns: 30 },
    );
  });

  it('refuses more than it may give', () => {
    const bomb = deflateSync(new Uint8Array(300_000), { finishFlush: constants.Z_SYNC_FLUSH });
    assert.ok(bomb.length < 1000);
    assert.throws(() => inflater().decompress(bomb, MAX), {
      code: 'compressionError',
      message: 'Cannot decompress packet: it is larger than it may be',
    });
    assert.equal(inflater().decompress(bomb, 300_000).length, 300_000);
  });

  it('refuses the end of the stream, other headers, and distances before its beginning', () => {
    const refused = { code: 'compressionError' };
    assert.throws(() => inflater().decompress(deflateSync('all'), MAX), refused);
    assert.throws(() => inflater().decompress(Uint8Array.of(0x78, 0x9d), MAX), refused);
    assert.throws(() => inflater().decompress(Uint8Array.of(0x79, 0x9c), MAX), refused);
    // A fixed block that begins with a match.
    assert.throws(() => inflater().decompress(Uint8Array.of(0x78, 0x9c, 0x02, 0x02, 0x00), MAX), refused);
    // Its codes are too many.
    assert.throws(
      () => inflater().decompress(Uint8Array.of(0x78, 0x9c, 0xfc, 0xff, 0xff, 0xff, 0xff, 0xff), MAX),
      refused,
    );
  });

  it('gives bytes within the limit or SshError for any input', () => {
    const valid = deflateSync(Buffer.concat(pieces), { finishFlush: constants.Z_SYNC_FLUSH });
    const edits = fc.array(fc.tuple(fc.nat(valid.length - 3), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(edits, (changes) => {
        const bytes = Uint8Array.from(valid);
        for (const [at, value] of changes) bytes[at + 2] = value;
        const found = attempt(() => inflater().decompress(bytes, MAX));
        if (!(found instanceof SshError)) assert.ok(found.length <= MAX);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const found = attempt(() =>
          inflater().decompress(Buffer.concat([Uint8Array.of(0x78, 0x9c), bytes]), MAX),
        );
        if (!(found instanceof SshError)) assert.ok(found.length <= MAX);
      }),
      { numRuns: 2000 },
    );
  });
});

function inflater(): Decompressor {
  const decompressor = makeDecompressor('zlib@openssh.com');
  assert.ok(decompressor);
  return decompressor;
}

function attempt(action: () => Uint8Array): Uint8Array | SshError {
  try {
    return action();
  } catch (error) {
    if (error instanceof SshError) return error;
    throw error;
  }
}
