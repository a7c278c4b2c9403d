import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

/** A pipe to a part of the server by the descriptor that it has there. */
export function pipeTo(child: ChildProcess, descriptor: number): Socket {
  const pipe = Array.from(child.stdio)[descriptor];
  if (!(pipe instanceof Socket)) throw new TypeError('Cannot talk to a part of the server: there is no pipe');
  return pipe;
}
