// A client of SFTP that breaks every rule, against our server.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair, type Duplex } from 'node:stream';
import { after, describe, it } from 'node:test';
import { localFileSystem, serveSftp, type SftpServerOptions } from '@orrery/ssh';
import fc from 'fast-check';

const folder = mkdtempSync(join(tmpdir(), 'orrery-sftp-'));
after(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'one'), 'one');
writeFileSync(join(folder, 'two'), 'two');
writeFileSync(join(folder, 'large'), Buffer.alloc(1_000_000, 'x'));

const INIT = '000000050100000003';

interface Attack {
  readonly client: Duplex;
  readonly served: Promise<void>;
  /** Sends packets in hexadecimal, their lengths before them. */
  readonly send: (...packets: readonly string[]) => void;
  /** The next packet, without its length. */
  readonly next: () => Promise<Buffer>;
  /** Ends the session as a good client would. */
  readonly leave: () => Promise<void>;
}

function attack(options: SftpServerOptions = {}): Attack {
  const [client, there] = duplexPair();
  const served = serveSftp(there, localFileSystem(), options);
  served.catch(() => {});
  let arrived = Buffer.alloc(0);
  const next = async (): Promise<Buffer> => {
    for (;;) {
      const size = arrived.length < 4 ? Number.POSITIVE_INFINITY : 4 + arrived.readUInt32BE();
      if (arrived.length >= size) {
        const found = arrived.subarray(4, size);
        arrived = arrived.subarray(size);
        return found;
      }
      const chunk: unknown = client.read();
      if (chunk instanceof Buffer) arrived = Buffer.concat([arrived, chunk]);
      else await new Promise((resolve) => void client.once('readable', resolve));
    }
  };
  const leave = (): Promise<void> => {
    client.resume();
    client.end();
    return served;
  };
  const send = (...packets: readonly string[]): void =>
    void client.write(Buffer.from(packets.join(''), 'hex'));
  return { client, served, next, send, leave };
}

function uint32(value: number): string {
  return value.toString(16).padStart(8, '0');
}

function text(value: string): string {
  return uint32(Buffer.byteLength(value)) + Buffer.from(value).toString('hex');
}

function packet(type: number, id: number, fields: string): string {
  const body = type.toString(16).padStart(2, '0') + uint32(id) + fields;
  return uint32(body.length / 2) + body;
}

const open = (id: number, name: string): string =>
  packet(3, id, text(join(folder, name)) + uint32(1) + uint32(0));
const read = (id: number, handle: string, length: number): string =>
  packet(5, id, handle + uint32(0) + uint32(0) + uint32(length));

/** The handle in an answer, as a field. */
const handleIn = (answer: Buffer): string => answer.subarray(5).toString('hex');

const STATUS = 101;
const DATA = 103;
const codeIn = (answer: Buffer): number => answer.readUInt32BE(5);

describe('packets that are no packets', () => {
  it('make a naive server wait for 4 GiB', () => {
    const naive = (head: Buffer): number => head.readUInt32BE() + 4;
    assert.equal(naive(Buffer.from('ffffffff', 'hex')), 2 ** 32 + 3);
  });

  it('end the session, with a length above the limit before anything is kept for it', async () => {
    for (const length of ['ffffffff', '00040001', '00000000']) {
      const { served, send } = attack();
      send(INIT, length);
      await assert.rejects(served, {
        name: 'FormatError',
        message: /^Cannot read SFTP packet: found \d+ bytes/,
      });
    }
  });

  it('end the session before it has begun, and without an id', async () => {
    const early = attack();
    early.send(open(1, 'one'));
    await assert.rejects(early.served, {
      name: 'FormatError',
      message: 'Cannot accept SFTP message 3: 1 expected first',
    });
    const short = attack();
    short.send(INIT, '00000003', '030000');
    await assert.rejects(short.served, { name: 'FormatError' });
  });

  it('are refused one by one if only their fields are wrong, and the session goes on', async () => {
    const { send, next, leave } = attack();
    send(INIT);
    await next();
    const wrong = [
      packet(3, 1, uint32(0xffff_ffff)),
      packet(3, 2, text('x')),
      packet(5, 3, text('h'.repeat(257)) + uint32(0) + uint32(0) + uint32(1)),
      packet(5, 4, `${text('hhhh')}ffffffffffffffff${uint32(1)}`),
      packet(9, 5, `${text('x')}80000000ffffffff`),
      packet(17, 6, `${text(folder)}00`),
      packet(200, 7, uint32(9)),
    ];
    send(
      ...wrong,
      packet(77, 8, ''),
      packet(200, 9, text('no@such.extension')),
      packet(17, 10, text(folder)),
    );
    for (let id = 1; id <= 7; id++) assert.deepEqual(await statusOf(next), [id, 5]);
    for (const id of [8, 9]) assert.deepEqual(await statusOf(next), [id, 8]);
    assert.equal((await next())[0], 105);
    await leave();
  });

  it('never do more than end the session, whatever they hold', async () => {
    const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(bodies, async (all) => {
        const { client, served, send } = attack({ readOnly: true });
        client.resume();
        send(INIT, ...all.map((body) => uint32(body.length) + Buffer.from(body).toString('hex')));
        client.end();
        await served.catch((error: unknown) =>
          assert.ok(error instanceof Error && error.name === 'FormatError', String(error)),
        );
      }),
      { numRuns: 200 },
    );
  });
});

async function statusOf(next: () => Promise<Buffer>): Promise<[id: number, code: number]> {
  const answer = await next();
  assert.equal(answer[0], STATUS);
  return [answer.readUInt32BE(1), codeIn(answer)];
}

describe('handles', () => {
  it('that are guessed, of the wrong kind, or closed, lead nowhere', async () => {
    const { send, next, leave } = attack();
    send(INIT, open(1, 'one'));
    await next();
    const one = handleIn(await next());
    const guesses = [
      text(''),
      text('0'),
      uint32(4) + uint32(0xffff_ffff),
      `${uint32(5)}0000000000`,
      uint32(4) + uint32(7),
    ];
    send(...guesses.map((guess, index) => read(index, guess, 10)));
    for (const id of guesses.keys()) assert.deepEqual(await statusOf(next), [id, 4]);
    send(packet(12, 9, one), packet(4, 10, one), open(11, 'two'), read(12, one, 10));
    assert.deepEqual(await statusOf(next), [9, 4]);
    assert.deepEqual(await statusOf(next), [10, 0]);
    // A naive table would give the free place, and with the old handle the file of somebody else's turn.
    const naive = ['one'];
    naive[0] = 'two';
    assert.equal(naive[0], 'two');
    assert.notEqual(handleIn(await next()), one);
    assert.deepEqual(await statusOf(next), [12, 4]);
    await leave();
  });

  it('end at a thousand, and the session goes on', async () => {
    const { send, next, leave } = attack();
    send(INIT, ...Array.from({ length: 1001 }, (_, id) => open(id, 'one')));
    await next();
    const handles = new Set<string>();
    for (let id = 0; id < 1000; id++) handles.add(handleIn(await next()));
    assert.equal(handles.size, 1000);
    assert.deepEqual(await statusOf(next), [1000, 4]);
    const [first = ''] = handles;
    send(packet(4, 1, first), open(2, 'one'));
    assert.deepEqual(await statusOf(next), [1, 0]);
    assert.equal((await next())[0], 102);
    await leave();
  });
});

describe('answers', () => {
  it('are never longer than the limit, however much is asked for', async () => {
    const { send, next, leave } = attack();
    send(INIT, open(1, 'large'));
    await next();
    const large = handleIn(await next());
    send(read(2, large, 0xffff_ffff));
    const answer = await next();
    assert.deepEqual([answer[0], answer.length], [DATA, 261_120 + 9]);
    await leave();
  });

  it('are not made while nobody takes them', async () => {
    const [client, there] = duplexPair();
    let reads = 0;
    const files = localFileSystem();
    const counted: typeof files = {
      ...files,
      status: (path) => {
        reads += 1;
        return files.status(path);
      },
    };
    const served = serveSftp(there, counted);
    const request = Buffer.from(packet(17, 1, text(folder)), 'hex');
    client.write(Buffer.from(INIT, 'hex'));
    const flood = Buffer.concat(Array.from({ length: 1000 }, () => request));
    // A naive server answers all of it, and keeps the answers.
    const asked = 100 * 1000;
    for (let count = 0; count < 100; count++) client.write(flood);
    await new Promise((resolve) => void setImmediate(resolve));
    const before = reads;
    assert.ok(before < asked / 10, `${before} of ${asked} were answered`);
    assert.ok(there.writableLength < 200_000);
    there.destroy();
    await served;
  });
});
