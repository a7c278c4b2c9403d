import type { Readable, Writable } from 'node:stream';

export type InputStream = Readable & {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): void;
};

export type OutputStream = Writable & {
  readonly isTTY?: boolean;
  /** Size of the terminal in characters; 0 if nobody told it. */
  readonly columns?: number;
  readonly rows?: number;
  hasColors?(): boolean;
};

/**
 * Where a program talks: `process.stdin`, `process.stdout` and `process.stderr`, or their stand-ins in a test. `input` is
 * not touched before the first question, because Node.js makes `process.stdin` when it is first asked for.
 */
export interface Streams {
  readonly input: InputStream;
  /** Standard output: results. */
  readonly output: OutputStream;
  /** Standard error: everything else. */
  readonly errors: OutputStream;
}

/** Width of a terminal in characters, also if nobody told it. */
export function columnsOf(stream: OutputStream): number {
  return stream.columns || 80;
}

/** Height of a terminal in characters, also if nobody told it. */
export function rowsOf(stream: OutputStream): number {
  return stream.rows || 24;
}

/** Whether colour may be written to the stream, unless the user has set NO_COLOR. */
export function hasColour(stream: OutputStream): boolean {
  return stream.isTTY === true && stream.hasColors?.() !== false;
}
