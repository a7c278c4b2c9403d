// Whole sides of a connection: what reads several messages, one after the other, and remembers.
import { duplexPair } from 'node:stream';
import { concat, FormatError, utf8, Writer } from '@orrery/bytes';
import { offer } from './messages.ts';
import { packed } from './streams.ts';
import type { ChannelOpener } from '@orrery/ssh';
import type { LoadTarget } from '../target.ts';

const NAMES = ['plain', 'folder', '../up'];

/** Bytes from a stranger to a server's transport, from the first one on. */
export const transport: LoadTarget = async () => {
  const { makeRoles, side } = await import('../../../packages/ssh/testing/transport-pair.ts');
  const { Transport } = await import('../../../packages/ssh/src/transport/transport.ts');
  const { SshError } = await import('../../../packages/ssh/src/ssh-error.ts');
  const { serverRole } = makeRoles();
  const hello = utf8('SSH-2.0-x\r\n');
  const share = new Writer().byte(30).string(new Uint8Array(1216)).finish();
  return {
    run: async (input) => {
      const [here, there] = duplexPair();
      const { transport: attacked, user } = side(here, new Transport(here, serverRole));
      there.on('error', () => undefined).resume();
      there.write(input);
      for (let turns = 0; turns < 4; turns += 1) await new Promise((done) => setImmediate(done));
      attacked.disconnect('');
      there.destroy();
      const error = await user.ended;
      if (error !== undefined) throw error;
    },
    refuses: (error) => error instanceof SshError,
    seeds: [
      concat(hello, packed(offer()), packed(share), packed(Uint8Array.of(21))),
      concat(hello, packed(offer()), packed(Uint8Array.of(2, 0, 0, 0, 0))),
      concat(hello, packed(Uint8Array.of(1, 0, 0, 0, 11, 0, 0, 0, 1, 65, 0, 0, 0, 0))),
    ],
    words: ['curve25519-sha256', 'mlkem768x25519-sha256', 'kex-strict-c-v00@openssh.com', 'ssh-ed25519'],
  };
};

/** Messages of somebody who is logged in, each behind its length of two bytes, to a server that has sessions. */
export const connection: LoadTarget = async () => {
  const { authenticated, makePair } = await import('../../../packages/ssh/testing/transport-pair.ts');
  const { Connection, serveSession } = await import('@orrery/ssh');
  const { SshError } = await import('../../../packages/ssh/src/ssh-error.ts');
  const handlers = {
    environment: () => true,
    terminal: () => true,
    start: () => ({ resize: () => undefined, signal: () => true, hangUp: () => undefined }),
  };
  const openers = new Map<string, ChannelOpener>([
    ['session', () => ({ accept: (channel) => serveSession(channel, handlers) })],
  ]);
  const open = new Writer().byte(90).text('session').uint32(0).uint32(100_000).uint32(32_768).finish();
  const ask = (type: string, body: Uint8Array): Uint8Array =>
    new Writer().byte(98).uint32(0).text(type).boolean(true).bytes(body).finish();
  const size = [80, 24, 0, 0].reduce((writer, value) => writer.uint32(value), new Writer().text('xterm'));
  const script = [
    open,
    ask('pty-req', size.string(new Uint8Array(1)).finish()),
    ask('env', new Writer().text('LANG').text('C').finish()),
    ask('exec', new Writer().text('true').finish()),
    new Writer().byte(94).uint32(0).text('data').finish(),
    new Writer().byte(93).uint32(0).uint32(1).finish(),
    ask('signal', new Writer().text('TERM').finish()),
    new Writer().byte(80).text('keepalive@openssh.com').boolean(true).finish(),
    Uint8Array.of(96, 0, 0, 0, 0),
    Uint8Array.of(97, 0, 0, 0, 0),
  ];
  return {
    run: async (input) => {
      const { client, server } = await makePair();
      await authenticated({ client, server });
      const served = new Connection(server.transport, { channelOpeners: openers });
      for (const payload of cut(input)) client.transport.send(payload);
      for (let turns = 0; turns < 4; turns += 1) await new Promise((done) => setImmediate(done));
      client.transport.disconnect('');
      await served.ended;
    },
    refuses: (error) => error instanceof SshError,
    seeds: [concat(...script.map(behindLength)), concat(...script.slice(0, 1).map(behindLength))],
    words: ['session', 'exec', 'shell', 'subsystem', 'window-change', 'break', 'eow@openssh.com'],
  };
};

function behindLength(payload: Uint8Array): Uint8Array {
  return Uint8Array.of(payload.length >> 8, payload.length & 255, ...payload);
}

/** The first 100 messages. Keys are not exchanged anew: numbers below those of other layers are left out. */
function cut(input: Uint8Array): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  for (let at = 0; at + 2 < input.length && payloads.length < 100;) {
    const length = Math.max(1, ((input[at] ?? 0) << 8) | (input[at + 1] ?? 0));
    const payload = input.subarray(at + 2, at + 2 + length);
    at += 2 + length;
    if ((payload[0] ?? 0) >= 50) payloads.push(payload);
  }
  return payloads;
}

/** Requests to a server of files, from the first one on. */
export const sftpServer: LoadTarget = async () => {
  const { serveSftp } = await import('@orrery/ssh');
  const { lyingFiles } = await import('../../attack/stage/sftp-liar.ts');
  const packet = (body: Writer): Uint8Array => behindFour(body.finish());
  const request = (number: number): Writer => new Writer().byte(number).uint32(7);
  const init = packet(new Writer().byte(1).uint32(3));
  const handle = Uint8Array.of(0, 0, 0, 0);
  return {
    run: async (input) => {
      const [here, there] = duplexPair();
      const served = serveSftp(
        here,
        lyingFiles(() => NAMES.map((name) => Buffer.from(name)).values()),
      );
      there.on('error', () => undefined).resume();
      there.end(input);
      await served;
    },
    refuses: (error) => error instanceof FormatError,
    seeds: [
      init,
      concat(init, packet(request(11).text('/evil')), packet(request(12).string(handle))),
      concat(
        init,
        packet(request(3).text('/a').uint32(1).uint32(0)),
        packet(request(5).string(handle).uint64(0n).uint32(100)),
      ),
      concat(init, packet(request(200).text('statvfs@openssh.com').text('/'))),
      concat(
        init,
        packet(request(200).text('copy-data').string(handle).uint64(0n).uint64(5n).string(handle).uint64(0n)),
      ),
    ],
    words: [
      'posix-rename@openssh.com',
      'hardlink@openssh.com',
      'limits@openssh.com',
      'expand-path@openssh.com',
      'home-directory',
      'users-groups-by-id@openssh.com',
    ],
  };
};

/** Answers to a client that wants to know several things. */
export const sftpClient: LoadTarget = async () => {
  const { openSftp, SftpError } = await import('@orrery/ssh');
  const version = behindFour(Uint8Array.of(2, 0, 0, 0, 3));
  const status = new Writer().byte(101).uint32(0).uint32(0).text('').text('').finish();
  const names = new Writer().byte(104).uint32(0).uint32(1).text('name').text('-rw').uint32(0).finish();
  const handle = new Writer().byte(102).uint32(1).string(new Uint8Array(4)).finish();
  return {
    run: async (input) => {
      const [here, there] = duplexPair();
      there.on('error', () => undefined).resume();
      there.end(input);
      const sftp = await openSftp(here);
      const asked = [sftp.realPath('.'), sftp.status('/a'), list(sftp.readFolder('/'))];
      const outcomes = await Promise.allSettled(asked);
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    },
    refuses: (error) => error instanceof SftpError || error instanceof FormatError,
    seeds: [
      version,
      concat(version, behindFour(names)),
      concat(version, behindFour(status), behindFour(handle)),
    ],
    words: ['limits@openssh.com', '1', '2', 'statvfs@openssh.com'],
  };
};

async function list(names: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const name of names) count += name === undefined ? 0 : 1;
  return count;
}

function behindFour(bytes: Uint8Array): Uint8Array {
  return new Writer().uint32(bytes.length).bytes(bytes).finish();
}
