// One process for each user and root, that serves all connections of the user; and one that waits to become the next.
import { decode } from '@orrery/bytes';
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { FrameLink } from '../frame-link.ts';
import type { Log } from '../log.ts';
import type { Account } from '../monitor/accounts.ts';
import { MAX_NEWS, sessionNews } from '../protocol.ts';
import { SIGNER_FD, startRole } from '../role.ts';
import type { Become, Serve } from '../session/task.ts';
import { logErrors } from './log-errors.ts';
import { Keepers } from './keepers.ts';
import { pipeTo } from '../pipe-to.ts';
import { linkOf } from './signer-client.ts';
import { createCourier, type SocketCourier } from './socket-courier.ts';
import { tryToStart } from './try-to-start.ts';

export interface UserConnection {
  readonly account: Account;
  /** The names of the user's groups: whoever gets new ones gets a new process. */
  readonly groups: readonly string[];
  /** The new root of the file system; undefined for the old one. */
  readonly root: string | undefined;
  /** Which folder that is now. */
  readonly place: string | undefined;
  readonly serve: Omit<Serve, 'id' | 'kind' | 'usesStdio'>;
  /** undefined: standard input and output. */
  readonly socket: Socket | undefined;
  /** Lets a new process of the user ask the signer by this pipe, until what is returned is called. */
  readonly adopt: (pipe: Socket) => () => void;
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

/** How long a process may take to become its user, in milliseconds, and connections that wait for that. */
const PATIENCE = 60_000;
const MAX_WAITING = 64;

/** @param usesStdio The processes inherit standard input and output, which are the connection. */
export function createSessionProcesses(usesStdio: boolean, log: Log): SessionProcesses {
  const byUser = new Map<string, SessionProcess>();
  let spare = tryToStart(() => startSession(usesStdio, log), log);
  let isStopped = false;
  const startSpare = (): void => {
    if (!usesStdio && !isStopped) spare ??= tryToStart(() => startSession(usesStdio, log), log);
  };
  const next = (): Started => {
    const started = spare !== undefined && isRunning(spare.child) ? spare : startSession(usesStdio, log);
    spare = undefined;
    setTimeout(startSpare, PAUSE).unref();
    return started;
  };
  const begin = (key: string, { account, adopt, root }: UserConnection): SessionProcess => {
    const started = new SessionProcess(next(), log, adopt, () => {
      if (byUser.get(key) === started) byUser.delete(key); // it may have been followed by another
    });
    started.become({ kind: 'become', account, root, isRoot: process.getuid?.() === 0 });
    byUser.set(key, started);
    return started;
  };
  return {
    serve: (connection) => {
      const { account, groups, place, root } = connection;
      const found = tryToStart(() => {
        const key = JSON.stringify([account, root ?? null, place ?? null, groups]);
        return byUser.get(key) ?? begin(key, connection);
      }, log);
      if (found !== undefined) return found.serve(connection);
      connection.socket?.destroy();
      connection.closed();
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

/** What is still to be done for a connection. Not its keys: they are the process's alone. */
type Served = Pick<UserConnection, 'socket' | 'closed'>;

class SessionProcess {
  readonly #child: ChildProcess;
  readonly #courier: SocketCourier;
  readonly #link: FrameLink;
  readonly #log: Log;
  readonly #gone: () => void;
  readonly #connections = new Map<number, Served>();
  /** A socket that was sent to a process that cannot become its user would be lost, and its client would wait for ever. */
  readonly #ready = Promise.withResolvers<void>();
  #isReady = false;
  #nextId = 1;
  #isDismissed = false;
  #keepers: Keepers | undefined;

  /** @param gone It takes no more connections. */
  constructor({ child, courier }: Started, log: Log, adopt: UserConnection['adopt'], gone: () => void) {
    this.#child = child;
    this.#courier = courier;
    this.#log = log;
    this.#gone = gone;
    const release = adopt(pipeTo(child, SIGNER_FD));
    const take = (frame: Uint8Array): void => this.#take(frame);
    // It belongs to a user: whoever breaks the rules here, or hangs up, does not go on.
    const closed = (error: Error | undefined): void => {
      if (this.#isDismissed) return;
      if (error === undefined) child.kill('SIGKILL');
      else this.#fail(error.message);
    };
    this.#link = new FrameLink(linkOf(child), { take, closed }, MAX_NEWS);
    child.once('error', (error) => this.#end(error.message));
    child.once('exit', (code, signal) => {
      this.#end(this.#connections.size === 0 ? undefined : `ended with ${code ?? signal}`);
      // A process that it left behind may hold the other ends.
      release();
      this.#link.close();
    });
  }

  become(task: Become): void {
    this.#keepers = new Keepers(task, this.#courier, this.#log);
    this.#courier.send(task);
    const timer = setTimeout(
      () => this.#fail('Cannot wait on: it has not become its user'),
      PATIENCE,
    ).unref();
    void this.#ready.promise.then(() => clearTimeout(timer));
    this.#child.once('exit', () => clearTimeout(timer));
  }

  serve({ closed, serve, socket }: UserConnection): void {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#connections.set(id, { closed, socket });
    const task: Serve = { kind: 'serve', id, usesStdio: socket === undefined, ...serve };
    if (!this.#isReady && this.#connections.size > MAX_WAITING)
      return this.#fail('Cannot wait on: too many connections wait for it to become its user');
    void this.#ready.promise.then(() => this.#courier.send(task, socket));
  }

  #fail(reason: string): void {
    this.#child.kill('SIGKILL');
    this.#end(reason);
  }

  #end(reason: string | undefined): void {
    if (reason !== undefined) this.#log.error(`session process ${this.#child.pid ?? ''}: ${reason}`);
    this.#gone();
    this.#keepers?.stop();
    this.#courier.close();
    for (const { socket, closed } of this.#connections.values()) {
      socket?.destroy(); // what it took is its own; what it did not take, nobody else would end
      closed();
    }
    this.#connections.clear();
  }

  #take(frame: Uint8Array): void {
    const news = decode(sessionNews, frame);
    if (news.kind === 'ready') {
      this.#isReady = true;
      return this.#ready.resolve();
    }
    if (news.kind === 'terminal') return this.#keepers?.start();
    const connection = this.#connections.get(news.connection);
    if (connection === undefined) throw new RangeError('Cannot close a connection: there is none');
    this.#connections.delete(news.connection);
    connection.closed();
    if (this.#connections.size === 0) this.#considerDismissal(connection.socket);
  }

  /** Standard input and output are a connection that is the only one. */
  #considerDismissal(socket: Socket | undefined): void {
    const former = this.#nextId;
    const dismissIfIdle = (): void => {
      if (this.#connections.size === 0 && this.#nextId === former) this.#dismiss();
    };
    if (socket === undefined) dismissIfIdle();
    else setTimeout(dismissIfIdle, LINGER).unref();
  }

  /** It ends by itself; one that does not would stay for ever, and the next one of its user beside it. */
  #dismiss(): void {
    this.#isDismissed = true;
    this.#gone();
    this.#courier.close();
    this.#link.close();
    setTimeout(() => this.#child.kill('SIGKILL'), LINGER).unref();
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
