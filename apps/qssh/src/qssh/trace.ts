// --trace: when how many bytes went which way, for those who look for a delay. What the bytes were is not written.
import { appendFileSync, writeFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';

/** Writes a line of JSON to the file for every chunk: milliseconds since the start, direction, bytes. */
export function traceStream(stream: Duplex, file: string): Duplex {
  const start = performance.now();
  writeFileSync(file, '', { mode: 0o600 });
  const note = (direction: 'in' | 'out', bytes: number): void =>
    appendFileSync(
      file,
      `${JSON.stringify({ milliseconds: Math.round((performance.now() - start) * 1000) / 1000, direction, bytes })}\n`,
    );
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
