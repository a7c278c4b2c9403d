// The client's agent at a socket of this machine, for the program of one session (sshd_config(5), AllowAgentForwarding).
import { joinStream, type OpenAgentChannel } from '@orrery/ssh';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { isOwnPeer, loadPeerCalls } from '../../qssh-agent/peer.ts';
import { placesFor, type Place } from './agent-places.ts';

/** Loaded once for all sessions of the process. */
let peerCalls: ReturnType<typeof loadPeerCalls> | undefined;

export class AgentSocket {
  readonly #home: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #place: Place | undefined;
  #isClosed = false;

  /** @param home Of the user, who is that of the process. */
  constructor(home: string) {
    this.#home = home;
  }

  /** Where it is; undefined if it is nowhere. */
  get path(): string | undefined {
    return this.#place?.path;
  }

  /** Makes the socket, each connection to which is one to the agent. @returns false if there is no place for it. */
  async listen(open: OpenAgentChannel): Promise<boolean> {
    peerCalls ??= loadPeerCalls();
    const calls = await peerCalls;
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      if (isOwnPeer(calls, socket)) this.#connect(socket, open);
      else socket.destroy();
    });
    server.on('error', () => undefined); // one connection less, where the system has no room for it
    this.#server = server;
    for (const makePlace of placesFor(this.#home)) {
      this.#place = await bind(server, makePlace);
      if (this.#place === undefined) continue;
      if (this.#isClosed) this.close();
      return true;
    }
    process.stderr.write('qsshd: Cannot forward an agent: no place for its socket\n');
    return false;
  }

  /** Takes it away, with all connections. */
  close(): void {
    this.#isClosed = true;
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#place?.remove();
  }

  #connect(socket: Socket, open: OpenAgentChannel): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    open().then(
      (channel) => joinStream(channel, socket),
      () => socket.destroy(),
    );
  }
}

/** The place at which the server listens now; undefined if that could not be. */
async function bind(server: Server, makePlace: () => Place): Promise<Place | undefined> {
  let place: Place | undefined;
  try {
    place = makePlace();
    await listenAt(server, place.path);
    return place;
  } catch {
    place?.remove();
    return undefined;
  }
}

/** The socket is made in the same turn: files that are made meanwhile keep their own modes. */
async function listenAt(server: Server, path: string): Promise<void> {
  const former = process.umask(0o177);
  const listening = once(server, 'listening');
  try {
    server.listen(path);
  } finally {
    process.umask(former);
  }
  await listening;
}
