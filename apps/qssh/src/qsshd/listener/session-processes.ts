// One process for each user and root, that serves all connections of the user; and one that waits to become the next.
import { decode, encode } from '@orrery/bytes';
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { FrameLink } from '../frame-link.ts';
import type { Log } from '../log.ts';
import type { Account } from '../monitor/accounts.ts';
import { answer, sessionQuestion, type Answer } from '../protocol.ts';
import { startRole } from '../role.ts';
import type { Become, Serve } from '../session/task.ts';
import { linkOf } from './signer-client.ts';

export interface UserConnection {
  readonly account: Account;
  /** The names of the user's groups: whoever gets new ones gets a new process. */
  readonly groups: readonly string[];
  /** The new root of the file system; undefined for the old one. */
  readonly root: string | undefined;
  readonly serve: Omit<Serve, 'id' | 'kind' | 'usesStdio'>;
  /** undefined: standard input and output. */
  readonly socket: Socket | undefined;
  readonly sign: (algorithm: string, message: Uint8Array) => Promise<Uint8Array>;
  readonly closed: () => void;
}

export interface SessionProcesses {
  serve(connection: UserConnection): void;
  /** Starts no more; those that serve somebody go on. */
  stop(): void;
}

const REFUSED: Answer = { kind: 'refused' };

/** How long a process stays without a connection, in milliseconds: many short ones often come together. */
const LINGER = 10_000;

/** @param usesStdio The processes inherit standard input and output, which are the connection. */
export function createSessionProcesses(usesStdio: boolean, log: Log): SessionProcesses {
  const byUser = new Map<string, SessionProcess>();
  let spare: ChildProcess | undefined = startSession(usesStdio);
  let isStopped = false;
  const next = (): ChildProcess => {
    const child = spare !== undefined && isRunning(spare) ? spare : startSession(usesStdio);
    spare = usesStdio || isStopped ? undefined : startSession(usesStdio);
    return child;
  };
  return {
    serve: (connection) => {
      const { account, groups, root } = connection;
      const key = JSON.stringify([account, root ?? null, groups]);
      let found = byUser.get(key);
      if (found === undefined) {
        found = new SessionProcess(next(), log, () => byUser.delete(key));
        found.become({ kind: 'become', account, root, isRoot: process.getuid?.() === 0 });
        byUser.set(key, found);
      }
      found.serve(connection);
    },
    stop: () => {
      isStopped = true;
      spare?.kill('SIGKILL');
      spare = undefined;
    },
  };
}

class SessionProcess {
  readonly #child: ChildProcess;
  readonly #link: FrameLink;
  readonly #connections = new Map<number, UserConnection>();
  /** A socket that was sent to a process that cannot become its user would be lost, and its client would wait for ever. */
  readonly #ready = Promise.withResolvers<void>();
  #nextId = 1;

  /** @param gone It takes no more connections. */
  constructor(child: ChildProcess, log: Log, gone: () => void) {
    this.#child = child;
    const over = (reason: string | undefined): void => {
      if (reason !== undefined) log.error(`session process ${child.pid ?? ''}: ${reason}`);
      gone();
      for (const { socket, closed } of this.#connections.values()) {
        socket?.destroy(); // what it took is its own; what it did not take, nobody else would end
        closed();
      }
      this.#connections.clear();
    };
    this.#link = new FrameLink(linkOf(child), {
      take: (frame) => this.#take(frame, gone),
      closed: (error) => over(error?.message),
    });
    child.once('exit', (code) => over(this.#connections.size === 0 ? undefined : `ended with ${code}`));
  }

  become(task: Become): void {
    this.#child.send(task);
  }

  serve(connection: UserConnection): void {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#connections.set(id, connection);
    const { serve, socket } = connection;
    const task: Serve = { kind: 'serve', id, usesStdio: socket === undefined, ...serve };
    void this.#ready.promise.then(() => this.#child.send(task, socket));
  }

  async #take(frame: Uint8Array, gone: () => void): Promise<void> {
    const asked = decode(sessionQuestion, frame);
    if (asked.kind === 'ready') return this.#ready.resolve();
    const connection = this.#connections.get(asked.connection);
    if (asked.kind === 'closed') {
      this.#connections.delete(asked.connection);
      connection?.closed();
      if (this.#connections.size === 0) this.#considerDismissal(gone, connection?.socket);
      return;
    }
    const signature = (await connection?.sign(asked.algorithm, asked.message)) ?? new Uint8Array();
    const said: Answer = signature.length === 0 ? REFUSED : { kind: 'signature', signature };
    this.#link.send(encode(answer, said));
  }

  /** Standard input and output are a connection that is the only one. */
  #considerDismissal(gone: () => void, socket: Socket | undefined): void {
    const former = this.#nextId;
    const dismissIfIdle = (): void => {
      if (this.#connections.size === 0 && this.#nextId === former) this.#dismiss(gone);
    };
    if (socket === undefined) dismissIfIdle();
    else setTimeout(dismissIfIdle, LINGER).unref();
  }

  #dismiss(gone: () => void): void {
    gone();
    if (this.#child.connected) this.#child.disconnect();
    this.#link.close();
  }
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function startSession(usesStdio: boolean): ChildProcess {
  const connection = usesStdio ? 'inherit' : 'ignore';
  const child = startRole('session', [], {
    stdio: [connection, connection, usesStdio ? 'ignore' : 'inherit', 'pipe', 'ipc'],
    detached: true,
  });
  child.on('error', () => undefined);
  child.on('message', () => undefined);
  return child;
}
