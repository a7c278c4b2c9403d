// The server of draft-ietf-secsh-filexfer-02 over any stream of bytes.
import type { Duplex } from 'node:stream';
import { FormatError, Reader } from '@orrery/bytes';
import type { Awaitable, FileSystem } from './file-system.ts';
import { Handles } from './handles.ts';
import { EXTENDED, extendedName, INIT, initPacket, VERSION_REPLY } from './messages.ts';
import { PacketSplitter } from './packet-splitter.ts';
import { DataAnswers, statusAnswer, type Reply } from './replies.ts';
import {
  closeHandle,
  extensions,
  requests,
  type RequestHandler,
  type ServerState,
} from './server-requests.ts';
import { SftpError, statusOf, type StatusName } from './status.ts';

export interface SftpServerOptions {
  /** Refuses everything that changes files. */
  readonly readOnly?: boolean;
  /** Whether a request may be made, by its name in `sftpRequests`. */
  readonly permits?: (request: string) => boolean;
  /** Hears of requests as they end. */
  readonly log?: (event: SftpEvent) => void;
}

/** A request that has ended, other than a read or write of data. */
export interface SftpEvent {
  readonly request: string;
  /** As the client sent them: not to be printed as they are. */
  readonly paths: readonly Uint8Array[];
  readonly status: StatusName;
}

/** Names of requests, in the order of their messages. */
export const sftpRequests: readonly string[] = [...requests.values(), ...extensions.values()].map(
  ({ name }) => name,
);

/**
 * Answers requests one after the other, until the client ends its side; then everything that it had open is closed. Holds
 * one packet and one answer beside what the stream itself holds.
 * @throws {FormatError} for what is no SFTP, after which nothing more is understood; and errors of the stream.
 */
export function serveSftp(duplex: Duplex, files: FileSystem, options: SftpServerOptions = {}): Promise<void> {
  return new SftpServer(duplex, files, options).ended;
}

class SftpServer {
  readonly ended: Promise<void>;
  readonly #duplex: Duplex;
  readonly #options: SftpServerOptions;
  readonly #state: ServerState;
  readonly #splitter = new PacketSplitter();
  readonly #end: PromiseWithResolvers<void>;
  #begun = false;
  /** An answer is not there yet, or nobody takes the answers. */
  #waiting = false;
  #inputEnded = false;

  constructor(duplex: Duplex, files: FileSystem, options: SftpServerOptions) {
    this.#duplex = duplex;
    this.#options = options;
    this.#state = {
      files,
      handles: new Handles(),
      dataAnswers: new DataAnswers(),
      readOnly: options.readOnly ?? false,
    };
    this.#end = Promise.withResolvers();
    this.ended = this.#served();
    duplex.on('data', (chunk: Uint8Array) => {
      this.#splitter.add(chunk);
      this.#run();
    });
    duplex.once('end', () => {
      this.#inputEnded = true;
      this.#run();
    });
    duplex.once('error', (error) => this.#end.reject(error));
    duplex.once('close', () => this.#end.resolve());
  }

  #run(): void {
    if (this.#waiting) return;
    this.#duplex.cork();
    try {
      this.#answerAll();
    } catch (error) {
      this.#end.reject(error instanceof Error ? error : new Error(String(error)));
      this.#duplex.destroy();
    }
    this.#duplex.uncork();
    if (this.#waiting) return void this.#duplex.pause();
    if (this.#inputEnded) return void this.#duplex.end(() => this.#end.resolve());
    this.#duplex.resume();
  }

  /** Answers what has arrived, as long as the answers are at once there and taken. */
  #answerAll(): void {
    while (!this.#waiting) {
      const packet = this.#splitter.next();
      if (packet === undefined) return;
      const answer = this.#answer(packet);
      if (answer instanceof Promise) this.#waitFor(answer);
      else this.#send(answer);
    }
  }

  #waitFor(answer: Promise<Uint8Array>): void {
    this.#waiting = true;
    answer.then(
      (packet) => {
        this.#waiting = false;
        this.#send(packet);
        this.#run();
      },
      (error: Error) => this.#end.reject(error),
    );
  }

  #send(packet: Uint8Array): void {
    if (this.#duplex.destroyed || this.#duplex.write(packet) || !this.#duplex.writableNeedDrain) return;
    this.#waiting = true;
    this.#duplex.once('drain', () => {
      this.#waiting = false;
      this.#run();
    });
  }

  /** @throws {FormatError} if there is no telling which request it is. */
  #answer(packet: Uint8Array): Awaitable<Uint8Array> {
    const reader = new Reader(packet);
    const type = reader.byte();
    if (!this.#begun) return this.#begin(type);
    const id = reader.uint32();
    let found: RequestHandler | undefined;
    try {
      found = type === EXTENDED ? extensions.get(extendedName.read(reader)) : requests.get(type);
      const answer = this.#fulfil(found, reader.rest());
      if (!(answer instanceof Promise)) return answer(id);
      return answer.then(
        (reply) => reply(id),
        (error: unknown) => refusal(error)(id),
      );
    } catch (error) {
      return refusal(error)(id);
    }
  }

  #begin(type: number): Uint8Array {
    if (type !== INIT) throw new FormatError(`Cannot accept SFTP message ${type}: ${INIT} expected first`);
    this.#begun = true;
    return initPacket(
      VERSION_REPLY,
      [...extensions.values()].map(({ extension, version }) => [extension, version] as const),
    );
  }

  #fulfil(handler: RequestHandler | undefined, fields: Uint8Array): Awaitable<Reply> {
    if (handler === undefined) throw new SftpError('unsupported');
    const { log } = this.#options;
    if (log === undefined || handler.name === 'read' || handler.name === 'write')
      return this.#permitted(handler, fields);
    const event = { request: handler.name, paths: handler.paths(fields).map((path) => path.slice()) };
    return logged(
      () => this.#permitted(handler, fields),
      (status) => log({ ...event, status }),
    );
  }

  #permitted(handler: RequestHandler, fields: Uint8Array): Awaitable<Reply> {
    const { readOnly = false, permits } = this.#options;
    if ((readOnly && handler.writes) || permits?.(handler.name) === false)
      throw new SftpError('permissionDenied');
    return handler.answer(this.#state, fields);
  }

  /** When the stream has ended, nothing stays open. */
  async #served(): Promise<void> {
    try {
      await this.#end.promise;
    } finally {
      await Promise.allSettled(this.#state.handles.clear().map(async (handle) => closeHandle(handle)));
    }
  }
}

function refusal(error: unknown): Reply {
  return statusAnswer(error instanceof FormatError ? 'badMessage' : statusOf(error));
}

/** Runs `act` and tells how it ended. */
function logged<T>(act: () => Awaitable<T>, tell: (status: StatusName) => void): Awaitable<T> {
  const failed = (error: unknown): never => {
    tell(error instanceof FormatError ? 'badMessage' : statusOf(error));
    throw error;
  };
  const succeeded = (value: T): T => {
    tell('ok');
    return value;
  };
  try {
    const result = act();
    return result instanceof Promise ? result.then(succeeded, failed) : succeeded(result);
  } catch (error) {
    return failed(error);
  }
}
