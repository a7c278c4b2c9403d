// --trace: when how many bytes went which way, for those who look for a delay. What the bytes were is not written.
import { openSync, writeSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { reasonOf } from '../copy/reason.ts';
import { LoginError } from './failure.ts';

/** Gives a stream of which every chunk is noted. */
export type Trace = (stream: Duplex) => Duplex;

/**
 * Makes the file, to which a line of JSON goes for every chunk: milliseconds since the start, direction, bytes.
 * @throws {LoginError} if it cannot be made.
 */
export function openTrace(file: string): Trace {
  const descriptor = openOrExplain(file);
  return (stream) => traced(stream, descriptor);
}

function openOrExplain(file: string): number {
  try {
    return openSync(file, 'w', 0o600);
  } catch (cause) {
    throw new LoginError(`qssh: cannot open trace file "${file}": ${reasonOf(cause).toLowerCase()}`, {
      cause,
    });
  }
}

function traced(stream: Duplex, descriptor: number): Duplex {
  const start = performance.now();
  const note = (direction: 'in' | 'out', bytes: number): void => {
    const milliseconds = Math.round((performance.now() - start) * 1000) / 1000;
    writeSync(descriptor, `${JSON.stringify({ milliseconds, direction, bytes })}\n`);
  };
  const { push, write } = { push: stream.push.bind(stream), write: stream.write.bind(stream) };
  stream.push = (chunk: Uint8Array | null, encoding?: BufferEncoding) => {
    if (chunk !== null) note('in', chunk.length);
    return push(chunk, encoding);
  };
  stream.write = (chunk: Uint8Array, ...more: never[]) => {
    note('out', chunk.length);
    return write(chunk, ...more);
  };
  return stream;
}
