// Banner of sshd_config(5).
import { closeSync, openSync, readSync } from 'node:fs';
import type { Log } from '../log.ts';
import { MAX_BANNER } from '../protocol.ts';

/** The text of the file, or as much of it as is shown; undefined if it cannot be read. */
export function readBanner(file: string, log: Log): string | undefined {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const bytes = new Uint8Array(MAX_BANNER);
      const length = readSync(descriptor, bytes);
      return whole(new TextDecoder().decode(bytes.subarray(0, length)));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    log.debug(`Cannot read banner "${file}"`);
    return undefined;
  }
}

/** Bytes that are no text have become longer ones. */
function whole(text: string): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(MAX_BANNER));
  return text.slice(0, read);
}
