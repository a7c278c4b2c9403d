import type { Duplex } from 'node:stream';

/**
 * Everything that a stream has read so far; it reads no more. A socket in pause goes on to read what it has room for, and
 * that would be lost when it is handed to another process: only its handle can be told to stop.
 */
export function stopReading(stream: Duplex): readonly Uint8Array[] {
  stream.pause();
  const handle: unknown = '_handle' in stream ? stream._handle : undefined;
  if (typeof handle === 'object' && handle !== null && 'readStop' in handle) {
    const { readStop } = handle;
    if (typeof readStop === 'function') readStop.call(handle);
  }
  const chunks: Uint8Array[] = [];
  for (let chunk: unknown = stream.read(); chunk instanceof Uint8Array; chunk = stream.read())
    chunks.push(chunk);
  return chunks;
}
