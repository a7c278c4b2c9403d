// One process for each user and root, that serves all connections of the user; and one that waits to become the next.
import { decode } from '@orrery/bytes';
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { FrameLink } from '../frame-link.ts';
import type { Log } from '../log.ts';
import type { Account } from '../monitor/accounts.ts';
import { MAX_NEWS, sessionNews } from '../protocol.ts';
import { identifyRoot } from '../root-folder.ts';
import { SIGNER_FD, startRole } from '../role.ts';
import type { Become, Serve } from '../session/task.ts';
import { logErrors } from './log-errors.ts';
import { Keepers } from './keepers.ts';
import { pipeTo } from '../pipe-to.ts';
import { linkOf } from './signer-client.ts';
import { createCourier, type SocketCourier } from './socket-courier.ts';

export interface UserConnection {
  readonly account: Account;
  /** The names of the user's groups: whoever gets new ones gets a new process. */
  readonly groups: readonly string[];
  /** The new root of the file system; undefined for the old one. */
  readonly root: string | undefined;
  readonly serve: Omit<Serve, 'id' | 'kind' | 'usesStdio'>;
  /** undefined: standard input and output. */
  readonly socket: Socket | undefined;
  /** Lets a new process of the user ask the signer by this pipe. */
  readonly adopt: (pipe: Socket) => void;
  readonly closed: () => void;
}

export interface SessionProcesses {
  serve(connection: UserConnection): void;
  /** Starts no more; those that serve somebody go on. */
  stop(): void;
}

/** How long a process stays without a connection, in milliseconds: many short ones often come together. */
const LINGER = 10_000;

/** How long the next one waits for its start, in milliseconds: a login that is under way goes first. */
const PAUSE = 100;

/** @param usesStdio The processes inherit standard input and output, which are the connection. */
export function createSessionProcesses(usesStdio: boolean, log: Log): SessionProcesses {
  const byUser = new Map<string, SessionProcess>();
  let spare: Started | undefined = startSession(usesStdio, log);
  let isStopped = false;
  const startSpare = (): void => {
    if (!usesStdio && !isStopped) spare ??= startSession(usesStdio, log);
  };
  const next = (): Started => {
    const started = spare !== undefined && isRunning(spare.child) ? spare : startSession(usesStdio, log);
    spare = undefined;
    setTimeout(startSpare, PAUSE).unref();
    return started;
  };
  return {
    serve: (connection) => {
      const { account, groups, root } = connection;
      let place: string | undefined;
      try {
        // At every login, also where a process of the user is there: the folder may have changed since.
        place = root && identifyRoot(root);
      } catch (error) {
        log.error(error instanceof Error ? error.message : String(error));
        connection.socket?.destroy();
        return connection.closed();
      }
      const key = JSON.stringify([account, root ?? null, place ?? null, groups]);
      let found = byUser.get(key);
      if (found === undefined) {
        const started = new SessionProcess(next(), log, () => {
          if (byUser.get(key) === started) byUser.delete(key); // it may have been followed by another
        });
        connection.adopt(started.signerPipe);
        started.become({ kind: 'become', account, root, isRoot: process.getuid?.() === 0 });
        byUser.set(key, started);
        found = started;
      }
      found.serve(connection);
    },
    stop: () => {
      isStopped = true;
      spare?.child.kill('SIGKILL');
      spare = undefined;
    },
  };
}

/** A process that waits for its user. */
interface Started {
  readonly child: ChildProcess;
  readonly courier: SocketCourier;
}

class SessionProcess {
  /** Leads to the process, for the signer. */
  readonly signerPipe: Socket;
  readonly #courier: SocketCourier;
  readonly #link: FrameLink;
  readonly #connections = new Map<number, UserConnection>();
  /** A socket that was sent to a process that cannot become its user would be lost, and its client would wait for ever. */
  readonly #ready = Promise.withResolvers<void>();
  #nextId = 1;
  #isDismissed = false;
  #keepers: Keepers | undefined;

  /** @param gone It takes no more connections. */
  constructor({ child, courier }: Started, log: Log, gone: () => void) {
    this.#courier = courier;
    this.signerPipe = pipeTo(child, SIGNER_FD);
    const over = (reason: string | undefined): void => {
      if (reason !== undefined) log.error(`session process ${child.pid ?? ''}: ${reason}`);
      gone();
      this.#keepers?.stop();
      this.#courier.close();
      for (const { socket, closed } of this.#connections.values()) {
        socket?.destroy(); // what it took is its own; what it did not take, nobody else would end
        closed();
      }
      this.#connections.clear();
    };
    const take = (frame: Uint8Array): void => this.#take(frame, gone);
    // It belongs to a user: whoever breaks the rules here, or hangs up, does not go on.
    const closed = (error: Error | undefined): void => {
      if (this.#isDismissed) return;
      child.kill('SIGKILL');
      if (error !== undefined) over(error.message);
    };
    this.#link = new FrameLink(linkOf(child), { take, closed }, MAX_NEWS);
    child.once('error', (error) => over(error.message));
    child.once('exit', (code, signal) => {
      over(this.#connections.size === 0 ? undefined : `ended with ${code ?? signal}`);
      this.#link.close(); // a process that it left behind may hold the other end
    });
  }

  become(task: Become): void {
    this.#keepers = new Keepers(task, this.#courier);
    this.#courier.send(task);
  }

  serve(connection: UserConnection): void {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#connections.set(id, connection);
    const { serve, socket } = connection;
    const task: Serve = { kind: 'serve', id, usesStdio: socket === undefined, ...serve };
    void this.#ready.promise.then(() => this.#courier.send(task, socket));
  }

  #take(frame: Uint8Array, gone: () => void): void {
    const news = decode(sessionNews, frame);
    if (news.kind === 'ready') return this.#ready.resolve();
    if (news.kind === 'terminal') return this.#keepers?.start();
    const connection = this.#connections.get(news.connection);
    if (connection === undefined) throw new RangeError('Cannot close a connection: there is none');
    this.#connections.delete(news.connection);
    connection.closed();
    if (this.#connections.size === 0) this.#considerDismissal(gone, connection.socket);
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
    this.#isDismissed = true;
    gone();
    this.#courier.close();
    this.#link.close();
  }
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function startSession(usesStdio: boolean, log: Log): Started {
  const connection = usesStdio ? 'inherit' : 'ignore';
  const child = startRole('session', [], {
    stdio: [connection, connection, 'pipe', 'pipe', 'ipc', 'pipe'],
    detached: true,
  });
  logErrors('session process', child, log);
  child.on('error', () => undefined);
  const courier = createCourier(child, () => child.kill('SIGKILL'));
  return { child, courier };
}
