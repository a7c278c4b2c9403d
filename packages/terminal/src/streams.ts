import type { Readable, Writable } from 'node:stream';

export type InputStream = Readable & { readonly isTTY?: boolean };

export type OutputStream = Writable & {
  readonly isTTY?: boolean;
  /** Width of the terminal in columns. */
  readonly columns?: number;
  hasColors?(): boolean;
};

/** Where a program talks: `process.stdin`, `process.stdout` and `process.stderr`, or their stand-ins in a test. */
export interface Streams {
  readonly input: InputStream;
  /** Standard output: results. */
  readonly output: OutputStream;
  /** Standard error: everything else. */
  readonly errors: OutputStream;
}
