// A server of SFTP that breaks every rule, against our client.
import assert from 'node:assert/strict';
import { duplexPair, type Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { download, openSftp, upload, type RemoteFile } from '@orrery/ssh';
import fc from 'fast-check';

function uint32(value: number): string {
  return value.toString(16).padStart(8, '0');
}

function packet(type: number, body: string): Buffer {
  const bytes = type.toString(16).padStart(2, '0') + body;
  return Buffer.from(uint32(bytes.length / 2) + bytes, 'hex');
}

const version = packet(2, uint32(3));
const handle = (id: number): Buffer => packet(102, `${uint32(id)}00000001ff`);
const data = (id: number, bytes: string): Buffer =>
  packet(103, uint32(id) + uint32(bytes.length / 2) + bytes);
const status = (id: number, code: number): Buffer =>
  packet(101, uint32(id) + uint32(code) + uint32(0) + uint32(0));

/** A server that sends what `answer` gives for each packet that it receives, counted from 0 after the first. */
function liar(answer: (count: number) => Buffer | undefined, greeting: Buffer = version): Duplex {
  const [client, server] = duplexPair();
  server.write(greeting);
  let seen = Buffer.alloc(0);
  let count = -1;
  server.on('data', (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    while (seen.length >= 4 && seen.length >= 4 + seen.readUInt32BE()) {
      seen = seen.subarray(4 + seen.readUInt32BE());
      const reply = count < 0 ? undefined : answer(count);
      count += 1;
      if (reply !== undefined && !server.destroyed) server.write(reply);
    }
  });
  server.on('error', () => {});
  client.once('close', () => server.destroy());
  return client;
}

async function openedBy(answer: (count: number) => Buffer | undefined): Promise<RemoteFile> {
  const sftp = await openSftp(liar((count) => (count === 0 ? handle(0) : answer(count))));
  return sftp.open('/x', ['read', 'write']);
}

const broken = { name: 'SftpError', code: 'badMessage' };

describe('a server that greets wrongly', () => {
  for (const [what, greeting] of [
    ['another message', packet(101, uint32(3))],
    ['version 2', packet(2, uint32(2))],
    ['version 6', packet(2, uint32(6))],
    ['half an extension', packet(2, `${uint32(3)}00000001`)],
    ['a packet of 4 GiB', Buffer.from('ffffffff', 'hex')],
    ['an empty packet', Buffer.alloc(4)],
    ['text', Buffer.from('This account is not available.\n')],
  ] as const) {
    it(`is refused: ${what}`, () => assert.rejects(openSftp(liar(() => undefined, greeting)), broken));
  }

  it('is refused: extensions without an end', async () => {
    const many = Array.from({ length: 300 }, (_, index) => `00000002${uint32(index).slice(4)}00000000`).join(
      '',
    );
    await assert.rejects(openSftp(liar(() => undefined, packet(2, uint32(3) + many))), broken);
  });

  it('is refused: nothing at all', async () => {
    const [client, server] = duplexPair();
    const opening = openSftp(client);
    server.end();
    await assert.rejects(opening, { code: 'connectionLost' });
  });
});

describe('a server that answers wrongly', () => {
  for (const [what, answer] of [
    ['an id that was not asked', () => data(77, 'aa')],
    ['the same answer twice', () => Buffer.concat([data(1, 'aa'), data(1, 'aa')])],
    ['more data than was asked for', () => data(1, 'aa'.repeat(11))],
    ['no data', () => data(1, '')],
    ['data with bytes behind it', () => packet(103, `${uint32(1)}00000001aabb`)],
    ['data longer than its packet', () => packet(103, `${uint32(1)}000000ffaa`)],
    ['that all is well', () => status(1, 0)],
    ['names', () => packet(104, `${uint32(1)}00000000`)],
    ['a message that nobody knows', () => packet(250, uint32(1))],
    ['half a status', () => packet(101, `${uint32(1)}0000`)],
  ] as const) {
    it(`loses the session: ${what}`, async () => {
      const file = await openedBy(answer);
      const reading = file.read(0, 10);
      if (what === 'the same answer twice') assert.equal((await reading).length, 1);
      else await assert.rejects(reading, (error: Error) => /^(?:SftpError|FormatError)$/.test(error.name));
      await assert.rejects(file.read(0, 10), broken);
    });
  }

  it('loses the session with a list of names that is longer than it says', async () => {
    const names = (id: number, count: number): Buffer =>
      packet(104, uint32(id) + uint32(count) + '0000000161'.repeat(2));
    for (const count of [0xffff_ffff, 9000]) {
      const sftp = await openSftp(liar((sent) => (sent === 0 ? handle(0) : names(sent, count))));
      await assert.rejects(sftp.readFolder('/x').next(), { name: 'FormatError' });
    }
  });

  it('says nothing that is shown: its words for a status are left out', async () => {
    const evil = Buffer.from('\x1b[2Jowned').toString('hex');
    const words = (id: number): Buffer =>
      packet(101, uint32(id) + uint32(4) + uint32(evil.length / 2) + evil + uint32(0));
    const file = await openedBy(words);
    await assert.rejects(file.read(0, 10), { name: 'SftpError', code: 'failure', message: 'Failure' });
  });

  it('never does more than lose the session, whatever it sends', async () => {
    const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(bodies, async (all) => {
        const [client, server] = duplexPair();
        server.on('error', () => {});
        server.resume();
        server.write(version);
        const sftp = await openSftp(client);
        const asked = [
          sftp.status('/x'),
          sftp.realPath('/x'),
          sftp.remove('/x'),
          sftp.readFolder('/x').next(),
        ];
        for (const body of all)
          if (!server.destroyed) server.write(Buffer.concat([Buffer.from(uint32(body.length), 'hex'), body]));
        server.end();
        await Promise.allSettled(asked);
        await sftp.close();
      }),
      { numRuns: 200 },
    );
  });
});

describe('a naive client', () => {
  /** Takes the next packet for the answer to the oldest question, and as long as it says. */
  function readNaively(bytes: Buffer): { readonly content: string; readonly waitsFor: number } {
    const length = bytes.readUInt32BE(9);
    return { content: bytes.subarray(13, 13 + length).toString('hex'), waitsFor: 13 + length - bytes.length };
  }

  it('takes the answer to another question for its own', () => {
    assert.equal(readNaively(data(77, 'aa')).content, 'aa');
  });

  it('waits for as many bytes as an answer says', () => {
    assert.equal(readNaively(packet(103, `${uint32(1)}000000ffaa`)).waitsFor, 254);
  });
});

describe('a transfer from a server that lies', () => {
  it('ends where answers no longer come, without a gap', async () => {
    let told = 0;
    const [client, server] = duplexPair();
    server.on('error', () => {});
    server.write(version);
    let sent = 0;
    server.on('data', () => {
      // Two parts of the file, but not the second: then the end of the connection.
      if (sent++ === 1) server.write(handle(0));
      if (sent === 3) server.end(Buffer.concat([data(1, 'aa'.repeat(100)), data(3, 'bb'.repeat(100))]));
    });
    const sftp = await openSftp(client);
    const file = await sftp.open('/x', ['read']);
    const written: number[] = [];
    const sink = { write: (_: Uint8Array, position: number) => void written.push(position) };
    const progress = (bytes: number): void => void (told = bytes);
    await assert.rejects(download(file, 1000, sink, { chunk: 100, progress }), { code: 'connectionLost' });
    // A naive client takes the furthest byte for how far it is.
    assert.deepEqual(written, [0, 200]);
    assert.equal(told, 100);
  });

  it('fails if one write of many is refused', async () => {
    const file = await openedBy((count) => status(count, count === 5 ? 4 : 0));
    const source = { read: (into: Uint8Array, position: number) => (position < 1000 ? into.length : 0) };
    await assert.rejects(upload(file, source, { chunk: 100 }), { code: 'failure' });
  });
});
