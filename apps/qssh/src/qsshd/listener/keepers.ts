// Terminals for the session processes of one user below another root: only root can start something there.
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { pipeTo } from '../pipe-to.ts';
import { KEEPER_CONTROL_FD, LINK_FD, startRole } from '../role.ts';
import type { Become, Kept } from '../session/task.ts';
import type { Log } from '../log.ts';
import type { SocketCourier } from './socket-courier.ts';
import { tryToStart } from './try-to-start.ts';

/** Terminals of one session process. */
const MAX_KEEPERS = 32;

export class Keepers {
  readonly #task: Become;
  readonly #courier: SocketCourier;
  readonly #log: Log;
  readonly #running = new Set<ChildProcess>();

  /** @param courier To the session process. */
  constructor(task: Become, courier: SocketCourier, log: Log) {
    this.#task = task;
    this.#courier = courier;
    this.#log = log;
  }

  /** Starts one, and sends its pipes. What it is told by them, it does as the user. */
  start(): void {
    if (this.#task.root === undefined) throw new RangeError('Cannot keep a terminal: none is needed');
    const child =
      this.#running.size < MAX_KEEPERS ? tryToStart(() => this.#startOne(), this.#log) : undefined;
    if (child === undefined) {
      this.#tell('data');
      return this.#tell('control');
    }
    this.#running.add(child);
    child.on('error', () => undefined);
    child.once('exit', () => this.#running.delete(child));
    this.#tell('data', pipeTo(child, LINK_FD));
    this.#tell('control', pipeTo(child, KEEPER_CONTROL_FD));
  }

  /** The session process is gone: it may have left pipes on their way to it, for which a keeper would wait for ever. */
  stop(): void {
    for (const child of this.#running) child.kill('SIGKILL');
  }

  #startOne(): ChildProcess {
    return startRole('keeper', [JSON.stringify(this.#task)], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      detached: true,
    });
  }

  #tell(pipe: Kept['pipe'], socket?: Socket): void {
    const kept: Kept = { kind: 'kept', pipe };
    this.#courier.send({ ...kept }, socket);
  }
}
