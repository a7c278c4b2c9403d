// Whole files in both directions, with many requests under way.
import { MAX_OUTSTANDING } from './limits.ts';
import { WritePacket, type RemoteFile } from './remote-file.ts';
import { SftpError } from './status.ts';

/** Requests under way at first; every answer allows one more, up to MAX_OUTSTANDING. */
const FIRST_OUTSTANDING = 4;

export interface TransferOptions {
  /** Where to begin, in bytes: to go on with what was broken off. */
  readonly from?: number;
  /** Bytes in one request: the server's limit. */
  readonly chunk: number;
  /** Requests under way at most. */
  readonly outstanding?: number;
  /**
   * Told how far the file is without a gap. After a failure, what lies behind that may have gaps: cut it off, and the
   * transfer can be resumed.
   */
  readonly progress?: (bytes: number) => void;
  /** Ends the transfer when what is under way has been answered. */
  readonly signal?: AbortSignal;
  /** Waits before the next requests, if they would be too fast. */
  readonly pace?: (bytes: number) => Promise<void> | undefined;
}

/** Where a download goes. */
export interface Sink {
  /** The bytes are valid only during the call. */
  write(bytes: Uint8Array, position: number): void;
}

/** Where an upload comes from. */
export interface Source {
  /** Fills `into` from `position` on, and gives the number of bytes: 0 at the end. */
  read(into: Uint8Array, position: number): number;
}

/**
 * Reads a file to its end, wherever that is by now; `size` is only what is asked for at first without waiting. Gives the
 * position of the end.
 */
export function download(
  file: RemoteFile,
  size: number,
  sink: Sink,
  options: TransferOptions,
): Promise<number> {
  const run = new Run(options);
  const ask = (position: number, length: number): void => {
    run.began(position);
    file.request(position, length, {
      receive: (bytes) => {
        sink.write(bytes, position);
        run.answered(position);
        // A short answer is not the end: the rest is asked for again.
        if (bytes.length < length) askRest(position + bytes.length, length - bytes.length);
        run.more();
      },
      end: () => run.ended(position),
      fail: (error) => run.failed(position, error),
    });
  };
  const askRest = (position: number, length: number): void => {
    if (run.isStopped) run.failed(position, new Error('Interrupted'));
    else ask(position, length);
  };
  return run.start((position) => {
    // Behind the size that it should have, the end is looked for with one request at a time.
    if (position >= Math.max(size, 1) && position > 0 && run.isBusyBehind(size)) return 0;
    const length = position < size ? Math.min(options.chunk, size - position) : options.chunk;
    ask(position, length);
    return length;
  });
}

/** Writes a file, and gives the number of bytes that it then has. */
export function upload(file: RemoteFile, source: Source, options: TransferOptions): Promise<number> {
  const run = new Run(options);
  const spare: WritePacket[] = [];
  return run.start((position) => {
    const packet = spare.pop() ?? new WritePacket(file.handle, options.chunk);
    const length = source.read(packet.room, position);
    if (length === 0) {
      run.ended(position);
      return 0;
    }
    run.began(position);
    file.send(packet, position, length, {
      done: () => {
        spare.push(packet);
        run.answered(position);
        run.more();
      },
      fail: (error) => run.failed(position, error),
    });
    return length;
  });
}

/** Sends what comes next from a position on; gives the number of bytes, 0 if that has to wait. */
type Next = (position: number) => number;

/** The requests of one transfer. */
class Run {
  readonly #options: TransferOptions;
  readonly #result = Promise.withResolvers<number>();
  readonly #underWay = new Set<number>();
  readonly #most: number;
  #next: Next = () => 0;
  #allowed = FIRST_OUTSTANDING;
  #position: number;
  #end: number | undefined;
  #failure: Error | undefined;
  /** The lowest position that failed. */
  #gap = Number.MAX_SAFE_INTEGER;
  #paused = false;

  constructor(options: TransferOptions) {
    this.#options = options;
    this.#most = options.outstanding ?? MAX_OUTSTANDING;
    this.#position = options.from ?? 0;
  }

  start(next: Next): Promise<number> {
    this.#next = next;
    this.more();
    return this.#result.promise;
  }

  /** Whether no further request may go out. */
  get isStopped(): boolean {
    if (this.#options.signal?.aborted === true) this.#failure ??= new Error('Interrupted');
    return this.#failure !== undefined;
  }

  isBusyBehind(position: number): boolean {
    for (const start of this.#underWay) if (start >= position) return true;
    return false;
  }

  began(position: number): void {
    this.#underWay.add(position);
  }

  answered(position: number): void {
    this.#underWay.delete(position);
    this.#allowed = Math.min(this.#allowed + 1, this.#most);
  }

  ended(position: number): void {
    this.#underWay.delete(position);
    this.#end = Math.min(this.#end ?? position, position);
    this.more();
  }

  failed(position: number, error: Error): void {
    this.#underWay.delete(position);
    this.#gap = Math.min(this.#gap, position);
    this.#failure ??= error;
    this.more();
  }

  more(): void {
    try {
      this.#send();
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
    }
    this.#options.progress?.(this.#whole());
    if (this.#underWay.size > 0 || this.#paused) return;
    if (this.isStopped) return this.#result.reject(this.#failure);
    if (this.#end !== undefined) this.#result.resolve(this.#end);
  }

  #send(): void {
    while (this.#underWay.size < Math.min(this.#allowed, this.#most)) {
      if (this.#paused || this.isStopped || this.#end !== undefined) return;
      const length = this.#next(this.#position);
      if (length === 0) return;
      this.#position += length;
      this.#pace(length);
    }
  }

  #pace(bytes: number): void {
    const wait = this.#options.pace?.(bytes);
    if (wait === undefined) return;
    this.#paused = true;
    const goOn = (): void => {
      this.#paused = false;
      this.more();
    };
    wait.then(goOn, (error: unknown) => {
      this.#failure ??= new SftpError('failure', { cause: error });
      goOn();
    });
  }

  /** How far everything has arrived. */
  #whole(): number {
    let whole = Math.min(this.#position, this.#gap, this.#end ?? this.#position);
    for (const start of this.#underWay) whole = Math.min(whole, start);
    return whole;
  }
}
