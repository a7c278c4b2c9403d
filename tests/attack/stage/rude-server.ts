// A server whose every text would act on a terminal, and adds a line as if the client had said it.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { utf8, Writer } from '@orrery/bytes';
import { ed25519 } from '@orrery/crypto';
import { keySigner } from '@orrery/keys';
import { SshPeer } from './ssh-transport-peer.ts';

/** Clears the screen, sets the title, in C1 and C0 controls, turns the direction, and writes another line. */
export const UGLY = '\x1b[2J\x1b]0;owned\x07\u009b2J\u202e\b\rforged\nforged';

/** Words for the ways in which it can be rude. */
export const rudenesses = [
  'lines before the identification',
  'identification',
  'disconnection before keys',
  'names of algorithms',
  'debug message',
  'extensions',
  'banner',
  'methods',
  'questions',
  'change of password',
  'refused channel',
  'refused request',
  'host keys',
  'signal',
  'signal text',
  'disconnection',
] as const;
export type Rudeness = (typeof rudenesses)[number];

const hostKey = keySigner('ssh-ed25519', ed25519.generate().secretKey);

/** Listens, and is rude in this way to everybody. */
export async function startRude(
  rudeness: Rudeness,
): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    serve(socket, rudeness).catch(() => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, server };
}

async function serve(socket: Socket, rudeness: Rudeness): Promise<void> {
  if (rudeness === 'lines before the identification') socket.write(`${UGLY}\r\n`);
  if (rudeness === 'identification') return void socket.end(`SSH-2.0-${UGLY}\r\n`);
  const names = rudeness === 'names of algorithms' ? { kex: [UGLY.replaceAll(',', '')] } : {};
  const peer = new SshPeer(socket, { isClient: false, hostKey, offer: names });
  if (rudeness === 'disconnection before keys') return disconnect(peer);
  await peer.exchangeKeys();
  if (rudeness === 'debug message')
    peer.send(new Writer().byte(4).boolean(true).text(UGLY).text('').finish());
  if (rudeness === 'extensions') extend(peer);
  await peer.until(5);
  peer.send(new Writer().byte(6).text('ssh-userauth').finish());
  await authenticate(peer, rudeness);
  await serveSession(peer, rudeness);
}

function disconnect(peer: SshPeer): void {
  peer.send(new Writer().byte(1).uint32(11).text(UGLY).text(UGLY).finish());
  peer.stream.end();
}

function extend(peer: SshPeer): void {
  const writer = new Writer().byte(7).uint32(2).text('server-sig-algs').text(UGLY);
  peer.send(writer.text(UGLY.slice(0, 10)).text(UGLY).finish());
}

async function authenticate(peer: SshPeer, rudeness: Rudeness): Promise<void> {
  await peer.until(50);
  if (rudeness === 'banner') peer.send(new Writer().byte(53).text(UGLY).text(UGLY).finish());
  const refuse = async (methods: string): Promise<void> => {
    peer.send(new Writer().byte(51).text(methods).boolean(false).finish());
    await peer.until(50);
  };
  if (rudeness === 'methods') await refuse(UGLY);
  if (rudeness === 'questions') {
    await refuse('keyboard-interactive');
    peer.send(
      new Writer().byte(60).text(UGLY).text(UGLY).text('').uint32(1).text(UGLY).boolean(true).finish(),
    );
    await peer.until(61);
  }
  if (rudeness === 'change of password') {
    await refuse('password');
    peer.send(new Writer().byte(60).text(UGLY).text('').finish());
    await peer.until(50);
  }
  peer.send(Uint8Array.of(52));
}

async function serveSession(peer: SshPeer, rudeness: Rudeness): Promise<void> {
  if (rudeness === 'host keys') {
    const blob = new Writer().text(UGLY).text('x').finish();
    peer.send(new Writer().byte(80).text('hostkeys-00@openssh.com').boolean(false).string(blob).finish());
    peer.send(new Writer().byte(80).text(UGLY).boolean(true).finish());
  }
  await peer.until(90);
  if (rudeness === 'refused channel')
    return peer.send(new Writer().byte(92).uint32(0).uint32(1).text(UGLY).text(UGLY).finish());
  peer.send(
    [91, 0, 0, 1 << 20, 32_768]
      .reduce((writer, value, at) => (at === 0 ? writer.byte(value) : writer.uint32(value)), new Writer())
      .finish(),
  );
  const opened = await peer.until(98);
  if (rudeness === 'disconnection') return disconnect(peer);
  peer.send(Uint8Array.of(rudeness === 'refused request' ? 100 : 99, ...opened.subarray(1, 5)));
  const end = new Writer().byte(98).uint32(0);
  if (rudeness === 'signal')
    end.text('exit-signal').boolean(false).text(UGLY).boolean(false).text('').text('');
  else if (rudeness === 'signal text')
    end.text('exit-signal').boolean(false).text('TERM').boolean(false).text(UGLY).text(UGLY);
  else end.text('exit-status').boolean(false).uint32(0);
  peer.send(end.finish());
  peer.send(Uint8Array.of(97, 0, 0, 0, 0));
}

/** What a client prints that prints what it is told. */
export function naivelyTold(): string {
  return `Disconnected: ${new TextDecoder().decode(utf8(UGLY))}`;
}
