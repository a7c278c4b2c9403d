// A user who is logged in and would break the server, or take more of it than is due.
import { FormatError, Writer } from '@orrery/bytes';
import { Connection, SshError, type OpenAnswer, type ServerHandlers } from '@orrery/ssh';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { intrude, type Peer } from './stage/ssh-intruder.ts';
import { NaiveChannels } from './stage/naive-channels.ts';

const MIB = 1024 * 1024;
const Msg = {
  globalRequest: 80,
  requestSuccess: 81,
  open: 90,
  confirmation: 91,
  failure: 92,
  adjust: 93,
  data: 94,
  extended: 95,
  request: 98,
} as const;

const never = new Promise<never>(() => undefined);

function open(type: string, window = 2 ** 31, maxPacket = 32_768): Writer {
  return new Writer().byte(Msg.open).text(type).uint32(0).uint32(window).uint32(maxPacket);
}

function data(bytes: Uint8Array): Writer {
  return new Writer().byte(Msg.data).uint32(0).string(bytes);
}

function adjust(bytes: number): Writer {
  return new Writer().byte(Msg.adjust).uint32(0).uint32(bytes);
}

/** Channels whose data nobody reads. */
const deaf: ServerHandlers = {
  channelOpeners: new Map([['deaf', (): OpenAnswer => ({ accept: () => undefined })]]),
};

async function intrudeDeaf(handlers = deaf): Promise<Peer> {
  const peer = await intrude({ handlers });
  peer.send(open('deaf'));
  return peer;
}

function count(peer: Peer, number: number): number {
  return peer.numbers.filter((one) => one === number).length;
}

describe('a flood of channels', () => {
  it('ends at 10 sessions and 1024 channels, and the connection goes on', async () => {
    const sessions = await intrude({ handlers: { session: () => ({ start: () => ({}) }) } });
    for (let n = 0; n < 200; n++) sessions.send(open('session'));
    await sessions.settle();
    assert.deepEqual([count(sessions, Msg.confirmation), count(sessions, Msg.failure)], [10, 190]);
    const others = await intrude({ handlers: deaf });
    for (let n = 0; n < 5000; n++) others.send(open('deaf'));
    await others.settle();
    assert.deepEqual([count(others, Msg.confirmation), count(others, Msg.failure)], [1024, 3976]);
    assert.equal(others.reason(), undefined);
  });

  it('ends at 1024 channels about which nothing is decided, too', async () => {
    let asked = 0;
    const opener = (): Promise<OpenAnswer> => {
      asked++;
      return never;
    };
    const peer = await intrude({ handlers: { channelOpeners: new Map([['slow', opener]]) } });
    for (let n = 0; n < 3000; n++) peer.send(open('slow'));
    await peer.settle();
    assert.deepEqual([asked, count(peer, Msg.failure)], [1024, 1976]);
  });

  it('has no end where channels are only put into a table', () => {
    const naive = new NaiveChannels();
    for (let n = 0; n < 5000; n++) naive.open();
    assert.equal(naive.size, 5000);
  });
});

describe('a window that is not respected', () => {
  it('ends the connection when more comes than it has room for', async () => {
    const peer = await intrudeDeaf();
    for (let sent = 0; sent < 2 * MIB; sent += 32_768) peer.send(data(new Uint8Array(32_768)));
    await peer.settle();
    assert.equal(peer.reason(), undefined);
    peer.send(data(new Uint8Array(1)));
    await peer.settle();
    assert.equal(peer.reason(), 'SshError: Cannot accept data on channel 0: the window is full');
  });

  it('ends the connection for standard error beyond it, and for an unknown stream', async () => {
    for (const kind of [1, 2 ** 31]) {
      const peer = await intrudeDeaf();
      const extended = new Writer().byte(Msg.extended).uint32(0).uint32(kind);
      peer.send(extended.string(new Uint8Array(200_000)));
      await peer.settle();
      assert.equal(peer.reason(), undefined);
      for (let sent = 0; sent < 2 * MIB; sent += 200_000)
        peer.send(new Writer().byte(Msg.extended).uint32(0).uint32(1).string(new Uint8Array(200_000)));
      await peer.settle();
      assert.match(peer.reason() ?? '', /the window is full/);
    }
  });

  it('ends the connection for more data in a message than 255 KiB, or less than it says', async () => {
    const long = await intrudeDeaf();
    long.send(data(new Uint8Array(255 * 1024 + 1)));
    await long.settle();
    assert.equal(long.reason(), 'SshError: Cannot read data: 261130 bytes in its message');
    const cut = await intrudeDeaf();
    cut.send(new Writer().byte(Msg.data).uint32(0).uint32(10).bytes(new Uint8Array(9)));
    await cut.settle();
    assert.equal(cut.reason(), 'SshError: Cannot read data: 18 bytes in its message');
  });

  it('ends the connection when it is raised above 2^32 - 1', async () => {
    const peer = await intrudeDeaf();
    peer.send(adjust(2 ** 31 - 1));
    await peer.settle();
    assert.equal(peer.reason(), undefined);
    peer.send(adjust(1));
    await peer.settle();
    assert.equal(peer.reason(), 'SshError: Cannot accept window of channel 0: above 2^32 - 1 bytes');
  });

  it('would hold all that comes, and come around, where nobody counts', () => {
    const naive = new NaiveChannels();
    const id = naive.open();
    for (let sent = 0; sent < 16 * MIB; sent += 65_536) naive.receive(id, new Uint8Array(65_536));
    assert.equal(naive.held(id), 16 * MIB);
    naive.adjust(id, 2 ** 32 - 1);
    naive.adjust(id, 2);
    assert.equal(naive.window(id), 1);
  });

  it('lets a receiver of nothing, or of single bytes, hold up nobody else', async () => {
    const handlers: ServerHandlers = {
      channelOpeners: new Map([
        ['talk', (): OpenAnswer => ({ accept: (channel) => void channel.end(new Uint8Array(1000)) })],
      ]),
    };
    const peer = await intrude({ handlers });
    peer.send(open('talk', 0, 32_768));
    peer.send(open('talk', 2 ** 32 - 1, 0));
    peer.send(open('talk', 2 ** 32 - 1, 1));
    peer.send(open('talk', 500, 100));
    await peer.settle();
    assert.equal(peer.reason(), undefined);
    assert.equal(count(peer, Msg.confirmation), 4);
    assert.equal(count(peer, Msg.data), 1000 + 5);
  });

  it('holds a window of single bytes in little more than a window of memory', async () => {
    const peer = await intrudeDeaf();
    const before = process.memoryUsage();
    for (let n = 0; n < 100_000; n++) {
      peer.send(data(Uint8Array.of(n & 255)));
      if (n % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await peer.settle();
    assert.equal(peer.reason(), undefined);
    const after = process.memoryUsage();
    const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
    assert.ok(grown < 64 * MIB, `${grown} bytes for 100,000`);
  });
});

describe('a flood of requests', () => {
  const request = (): Writer => new Writer().byte(Msg.request).uint32(0).text('x').boolean(true);

  it('ends the connection when 1024 wait for an answer', async () => {
    const peer = await intrudeDeaf({
      channelOpeners: new Map([
        [
          'deaf',
          (): OpenAnswer => ({
            accept: (channel) => {
              channel.onRequest = () => never;
            },
          }),
        ],
      ]),
    });
    for (let n = 0; n < 2000; n++) peer.send(request());
    await peer.settle();
    assert.equal(peer.reason(), 'SshError: Cannot accept request "x": too many wait');
  });

  it('ends the connection for global requests, too', async () => {
    const peer = await intrude({ handlers: { globalRequests: new Map([['slow', () => never]]) } });
    for (let n = 0; n < 2000; n++) peer.send(new Writer().byte(Msg.globalRequest).text('slow').boolean(true));
    await peer.settle();
    assert.equal(peer.reason(), 'SshError: Cannot accept request "slow": too many wait');
  });

  it('sets no more than 1 MiB of variables, and starts one program', async () => {
    const [variables, programs]: [string[], string[]] = [[], []];
    const peer = await intrude({
      handlers: {
        session: () => ({
          environment: (name) => variables.push(name) > 0,
          start: ({ kind }) => {
            programs.push(kind);
            return {};
          },
        }),
      },
    });
    peer.send(open('session'));
    for (let n = 0; n < 64; n++)
      peer.send(
        new Writer()
          .byte(Msg.request)
          .uint32(0)
          .text('env')
          .boolean(false)
          .text(`V${n}`)
          .string(new Uint8Array(65_536)),
      );
    for (let n = 0; n < 10; n++)
      peer.send(new Writer().byte(Msg.request).uint32(0).text('shell').boolean(true));
    await peer.settle();
    assert.equal(variables.length, 15);
    assert.deepEqual(programs, ['shell']);
  });
});

describe('messages that have no place', () => {
  const stray: readonly (readonly [string, Writer, RegExp])[] = [
    [
      'data for a channel that is not open',
      new Writer().byte(94).uint32(7).text('x'),
      /Cannot find channel 7/,
    ],
    ['a close of one', new Writer().byte(97).uint32(7), /Cannot find channel 7/],
    ['an end of one', new Writer().byte(96).uint32(7), /Cannot find channel 7/],
    ['a window for one', new Writer().byte(93).uint32(7).uint32(1), /Cannot find channel 7/],
    ['a request on one', new Writer().byte(98).uint32(7).text('x').boolean(false), /Cannot find channel 7/],
    ['an answer on one', new Writer().byte(99).uint32(7), /Cannot find channel 7/],
    ['an answer that was not asked for', new Writer().byte(99).uint32(0), /nothing was asked/],
    ['a refusal that was not asked for', new Writer().byte(100).uint32(0), /nothing was asked/],
    ['a global answer that was not asked for', new Writer().byte(81), /nothing was asked/],
    [
      'a channel that was not asked for',
      new Writer().byte(91).uint32(5).uint32(0).uint32(0).uint32(0),
      /nobody asked for it/,
    ],
    [
      'a refused channel that was not asked for',
      new Writer().byte(92).uint32(5).uint32(1).text('').text(''),
      /nobody asked for it/,
    ],
  ];
  for (const [what, message, reason] of stray)
    it(`end the connection: ${what}`, async () => {
      const peer = await intrudeDeaf();
      peer.send(message);
      await peer.settle();
      assert.match(peer.reason() ?? '', reason);
    });

  it('end the connection: data for a channel that was closed', async () => {
    const peer = await intrudeDeaf();
    peer.send(new Writer().byte(97).uint32(0));
    peer.send(data(new Uint8Array(1)));
    await peer.settle();
    assert.match(peer.reason() ?? '', /Cannot find channel 0/);
  });

  it('are dropped: data behind the end', async () => {
    const read: number[] = [];
    const peer = await intrudeDeaf({
      channelOpeners: new Map([
        [
          'deaf',
          (): OpenAnswer => ({
            accept: (channel) => void channel.on('data', (piece: Buffer) => read.push(piece.length)),
          }),
        ],
      ]),
    });
    peer.send(data(new Uint8Array(3)));
    peer.send(new Writer().byte(96).uint32(0));
    peer.send(new Writer().byte(96).uint32(0));
    peer.send(data(new Uint8Array(5)));
    await peer.settle();
    assert.deepEqual(read, [3]);
    assert.equal(peer.reason(), undefined);
  });

  it('are refused with an error of the protocol, whatever they are', async () => {
    const { transport } = await intrude();
    const connection = new Connection(transport, deaf);
    fc.assert(
      fc.property(fc.integer({ min: 80, max: 100 }), fc.uint8Array({ maxLength: 64 }), (number, bytes) => {
        try {
          connection.receive(Uint8Array.of(number, ...bytes));
        } catch (error) {
          assert.ok(error instanceof SshError || error instanceof FormatError, String(error));
        }
      }),
      { numRuns: 3000 },
    );
  });
});
