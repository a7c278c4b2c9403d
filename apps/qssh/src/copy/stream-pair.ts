import { Duplex, type Readable, type Writable } from 'node:stream';

/** Two streams of bytes as one, such as what a program reads and writes. The one that it writes ends with it. */
export class StreamPair extends Duplex {
  readonly #input: Readable;
  readonly #output: Writable;

  constructor(input: Readable, output: Writable) {
    super({ autoDestroy: true });
    this.#input = input;
    this.#output = output;
    input.on('data', (chunk: Uint8Array) => {
      if (!this.push(chunk)) input.pause();
    });
    input.once('end', () => this.push(null));
    input.once('error', (error) => this.destroy(error));
    output.once('error', (error) => this.destroy(error));
    output.once('close', () => this.destroy());
  }

  override _read(): void {
    this.#input.resume();
  }

  override _write(chunk: Uint8Array, _: BufferEncoding, done: () => void): void {
    if (this.#output.write(chunk)) return done();
    this.#output.once('drain', done);
  }

  override _writev(chunks: { readonly chunk: Uint8Array }[], done: () => void): void {
    this.#output.cork();
    for (const { chunk } of chunks) this.#output.write(chunk);
    this.#output.uncork();
    if (!this.#output.writableNeedDrain) return done();
    this.#output.once('drain', done);
  }

  override _final(done: () => void): void {
    this.#output.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#input.destroy();
    this.#output.destroy();
    done(error);
  }
}
