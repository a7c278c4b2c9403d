// The agent itself: a socket, and the keys behind it.
import { AgentServer, KeyStore } from '@orrery/ssh';
import { once } from 'node:events';
import { mkdtempSync, rmSync, rmdirSync } from 'node:fs';
import { type Server, type Socket, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { reasonOf } from '../copy/reason.ts';
import { confirmUse } from './confirm.ts';
import { collectGarbage } from './collect-garbage.ts';
import type { CommandLine } from './command-line.ts';
import { isOwnPeer, loadPeerCalls } from './peer.ts';

export interface Agent {
  /** The path of its socket. */
  readonly socket: string;
  /** Forgets all keys and removes the socket. */
  end(): void;
}

/** @throws what the system says */
export async function startAgent({ socket: wanted, lifetimeSeconds }: CommandLine): Promise<Agent> {
  const calls = await loadPeerCalls();
  calls?.hideMemory();
  const store = new KeyStore({ lifetimeSeconds, onForget: collectGarbage });
  const agent = new AgentServer({ store, confirm: confirmUse });
  const connections = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
    if (isOwnPeer(calls, connection)) agent.serve(connection).catch(tellFault);
    else connection.destroy();
  });
  const socket = wanted ?? newSocketPath();
  try {
    await listen(server, socket);
  } catch (cause) {
    if (wanted === undefined) rmdirSync(dirname(socket));
    throw cause;
  }
  return {
    socket,
    end: () => {
      store.clear();
      server.close();
      for (const connection of connections) connection.destroy();
      rmSync(socket, { force: true });
      if (wanted === undefined) rmSync(dirname(socket), { recursive: true, force: true });
    },
  };
}

/** One connection ends with a fault of the program; the others, and the keys, do not. */
function tellFault(cause: unknown): void {
  process.stderr.write(`qssh-agent: ${reasonOf(cause)}\n`);
}

/** In a folder for nobody else. */
function newSocketPath(): string {
  const folder = mkdtempSync(join(process.env['TMPDIR'] ?? '/tmp', 'ssh-'));
  return join(folder, `agent.${process.ppid}`);
}

/** The mode keeps other users away where the system cannot tell who they are. */
async function listen(server: Server, path: string): Promise<void> {
  const former = process.umask(0o177);
  try {
    server.listen(path);
    await once(server, 'listening');
  } finally {
    process.umask(former);
  }
}
