// Workers that have started and wait, so that a connection need not.
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';

import type { Log } from '../log.ts';
import { startRole } from '../role.ts';
import type { Assignment } from '../worker/assignment.ts';
import { logErrors } from './log-errors.ts';
import { tryToStart } from './try-to-start.ts';

/** How long the next one waits for its start, in milliseconds: a login that is under way goes first. */
const PAUSE = 100;

/** How long it waits if the system has no room for it now. */
const RETRY = 1000;

export interface WorkerPool {
  /** Gives a connection to a worker. This process keeps the socket, too. @throws {Error} if there is none. */
  assign(assignment: Assignment, socket: Socket | undefined): ChildProcess;
  stop(): void;
}

/**
 * @param identity Who the workers are to be, as `uid:gid`; empty for who this process is.
 * @param size How many wait at any time.
 * @param usesStdio The workers inherit standard input and output.
 */
export function createWorkerPool(identity: string, size: number, usesStdio: boolean, log: Log): WorkerPool {
  const idle: ChildProcess[] = [];
  let isStopped = false;
  let retry: NodeJS.Timeout | undefined;
  const refill = (): void => {
    clearTimeout(retry);
    if (isStopped) return;
    while (idle.length < size) {
      const child = tryToStart(() => startWorker(identity, usesStdio, log), log);
      if (child === undefined) {
        retry = setTimeout(refill, RETRY).unref();
        return;
      }
      idle.push(child);
      child.once('exit', () => {
        const at = idle.indexOf(child);
        if (at !== -1) idle.splice(at, 1);
      });
    }
  };
  refill();
  return {
    assign: (assignment, socket) => {
      const child = idle.shift() ?? startWorker(identity, usesStdio, log);
      // The channel that handles travel by is closed before the worker reads anything: what a worker may say
      // afterwards are the questions of the protocol only.
      child.send(assignment, socket, { keepOpen: true }, () => {
        if (child.connected) child.disconnect();
      });
      if (usesStdio) return child;
      if (idle.length === 0) setImmediate(refill);
      else setTimeout(refill, PAUSE).unref();
      return child;
    },
    stop: () => {
      isStopped = true;
      for (const child of idle.splice(0)) child.kill('SIGKILL');
    },
  };
}

/**
 * The permission model leaves a worker neither files to write, nor programs to start, nor a network of its own. It does not
 * know what SQLite writes. FFI is for what confines the worker, and gone then.
 */
function startWorker(identity: string, usesStdio: boolean, log: Log): ChildProcess {
  const connection = usesStdio ? 'inherit' : 'ignore';
  const child = startRole('worker', [identity], {
    stdio: [connection, connection, 'pipe', 'pipe', 'ipc'],
    nodeOptions: ['--permission', '--allow-fs-read=*', '--allow-ffi', '--no-experimental-sqlite'],
  });
  logErrors('worker', child, log);
  child.on('error', () => undefined);
  child.on('message', () => undefined);
  return child;
}
