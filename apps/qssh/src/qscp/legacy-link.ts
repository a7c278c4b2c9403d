// The old protocol of scp, which came from rcp: lines and the bytes of files, each answered by a byte.
import type { Duplex } from 'node:stream';

/** Bytes of a line: a mode, a size and a name. */
const MAX_LINE = 8192;

/** The other side has said why it cannot go on with a file, or the whole copy. */
export class LegacyError extends Error {
  override readonly name = 'LegacyError';
  /** Nothing more can be copied. */
  readonly isFatal: boolean;

  constructor(message: string, isFatal: boolean) {
    super(message);
    this.isFatal = isFatal;
  }
}

/** A stream to the other side, read byte by byte and line by line. Lines are names (names.ts). */
export class LegacyLink {
  readonly #duplex: Duplex;
  readonly #chunks: AsyncIterator<Uint8Array, undefined>;
  #chunk: Uint8Array = new Uint8Array();

  constructor(duplex: Duplex) {
    this.#duplex = duplex;
    this.#chunks = duplex[Symbol.asyncIterator]();
  }

  async write(bytes: Uint8Array | string): Promise<void> {
    const accepted =
      typeof bytes === 'string' ? this.#duplex.write(bytes, 'latin1') : this.#duplex.write(bytes);
    if (accepted || this.#duplex.destroyed) return;
    await new Promise<void>((resolve) => {
      this.#duplex.once('drain', resolve);
      this.#duplex.once('close', resolve);
    });
  }

  /** Says that all is well. */
  acknowledge(): Promise<void> {
    return this.write('\0');
  }

  /** Says why a file cannot be copied, in one line. */
  refuse(why: string): Promise<void> {
    return this.write(`\x01scp: ${why.replace(/[\r\n\0]/g, ' ')}\n`);
  }

  /** Waits until the other side says that all is well. @throws {LegacyError} if it does not. */
  async expectOk(): Promise<void> {
    const byte = await this.byte();
    if (byte === 0) return;
    if (byte === undefined) throw new LegacyError('Connection closed', true);
    const line = await this.line();
    // What is no answer at all is what a shell or a banner said.
    const text = byte === 1 || byte === 2 ? line : String.fromCharCode(byte) + line;
    throw new LegacyError(text, byte !== 1);
  }

  /** The next byte; undefined at the end. */
  async byte(): Promise<number | undefined> {
    if (!(await this.#fill())) return undefined;
    const [byte] = this.#chunk;
    this.#chunk = this.#chunk.subarray(1);
    return byte;
  }

  /** What is left of a line. @throws {LegacyError} if it is too long or has no end. */
  async line(): Promise<string> {
    let line = '';
    while (await this.#fill()) {
      const end = this.#chunk.indexOf(0x0a);
      const part = this.#chunk.subarray(0, end === -1 ? this.#chunk.length : end);
      line += Buffer.from(part).toString('latin1');
      if (line.length > MAX_LINE) throw new LegacyError('protocol error: a line is too long', true);
      this.#chunk = this.#chunk.subarray(part.length + (end === -1 ? 0 : 1));
      if (end !== -1) return line;
    }
    throw new LegacyError('Connection closed', true);
  }

  /** The next bytes of so many. @throws {LegacyError} if they do not come. */
  async *bytes(count: number): AsyncGenerator<Uint8Array, void> {
    for (let left = count; left > 0;) {
      if (!(await this.#fill())) throw new LegacyError('Connection closed', true);
      const part = this.#chunk.subarray(0, left);
      this.#chunk = this.#chunk.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  /** Sends nothing more. */
  end(): void {
    this.#duplex.end();
  }

  async #fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return false;
      this.#chunk = next.value;
    }
    return true;
  }
}
