// Two pipes to a process. What Node.js makes for `pipe` are sockets: a server that runs behind them takes itself to be on
// a network (sshd -i), and /dev/stdin cannot be opened.
import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex, type Readable, type Writable } from 'node:stream';

export interface PipePair {
  /** This side. */
  readonly stream: Duplex;
  /** Descriptors for standard input and output of the process. */
  readonly input: number;
  readonly output: number;
  /** Closes these descriptors here, once the process has them. */
  handOver(): void;
}

/** @throws what the system says */
export function openPipes(): PipePair {
  const folder = mkdtempSync(join(tmpdir(), 'qssh-'));
  try {
    const [down, up] = [join(folder, 'down'), join(folder, 'up')];
    const { status } = spawnSync('mkfifo', ['-m', '600', down, up]);
    if (status !== 0) throw new Error('Cannot make pipes: mkfifo failed');
    const [input, to] = openBoth(down);
    const [from, output] = openBoth(up);
    return {
      stream: new Pipes(
        new Socket({ fd: from, readable: true, writable: false }),
        new Socket({ fd: to, readable: false, writable: true }),
      ),
      input,
      output,
      handOver: () => {
        closeSync(input);
        closeSync(output);
      },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The reading and the writing end. Either waits for the other, so both ends at once come first. */
function openBoth(path: string): [read: number, write: number] {
  const both = openSync(path, constants.O_RDWR);
  const ends: [number, number] = [openSync(path, constants.O_RDONLY), openSync(path, constants.O_WRONLY)];
  closeSync(both);
  return ends;
}

/** Two streams of one direction as one of both. */
class Pipes extends Duplex {
  readonly #from: Readable;
  readonly #to: Writable;

  constructor(from: Readable, to: Writable) {
    super();
    this.#from = from;
    this.#to = to;
    from.on('data', (chunk: Uint8Array) => {
      if (!this.push(chunk)) from.pause();
    });
    from.once('end', () => this.push(null));
    // A process that has ended hears nothing more; what it said last still counts.
    to.on('error', () => undefined);
    from.once('error', (cause) => this.destroy(cause));
  }

  override _read(): void {
    this.#from.resume();
  }

  override _write(chunk: Uint8Array, _: BufferEncoding, done: () => void): void {
    this.#to.write(chunk, () => done());
  }

  override _writev(chunks: { readonly chunk: Uint8Array }[], done: () => void): void {
    this.#to.cork();
    for (const { chunk } of chunks.slice(0, -1)) this.#to.write(chunk);
    this.#to.write(chunks.at(-1)?.chunk ?? new Uint8Array(), () => done());
    this.#to.uncork();
  }

  override _final(done: () => void): void {
    this.#to.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#from.destroy();
    this.#to.destroy();
    done(error);
  }
}
