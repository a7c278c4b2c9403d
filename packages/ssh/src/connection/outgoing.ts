// RFC 4254, section 5.2: data waits for the other side's window and for room in the connection.
import { Writer } from '@orrery/bytes';
import { data, extendedData, STDERR } from './messages.ts';
import type { SendWindow } from './window.ts';

/** Which stream of a channel. */
export type StreamKind = 'data' | 'stderr';

interface Piece {
  readonly kind: StreamKind;
  bytes: Uint8Array;
  readonly done: () => void;
}

export interface OutgoingLink {
  send(...parts: readonly Uint8Array[]): void;
  readonly isFull: boolean;
}

/** The data that a channel has to send, in order. */
export class Outgoing {
  readonly #link: OutgoingLink;
  readonly #recipient: number;
  readonly #window: SendWindow;
  readonly #maxPacket: number;
  #pieces: Piece[] = [];

  constructor(link: OutgoingLink, recipient: number, window: SendWindow, maxPacket: number) {
    this.#link = link;
    this.#recipient = recipient;
    this.#window = window;
    this.#maxPacket = maxPacket;
  }

  /** Sends bytes as soon as they may go; `done` is called when the last has gone. */
  add(kind: StreamKind, bytes: Uint8Array, done: () => void): void {
    this.#pieces.push({ kind, bytes, done });
    this.resume();
  }

  /** Sends what may go now. */
  resume(): void {
    for (let piece = this.#pieces[0]; piece !== undefined; piece = this.#pieces[0]) {
      if (!this.#sendSome(piece)) return;
      this.#pieces.shift();
      piece.done();
    }
  }

  /** Forgets what has not gone. */
  clear(): void {
    const pieces = this.#pieces;
    this.#pieces = [];
    for (const { done } of pieces) done();
  }

  /** Whether all of the piece has gone. */
  #sendSome(piece: Piece): boolean {
    while (piece.bytes.length > 0) {
      const length = Math.min(piece.bytes.length, this.#window.left, this.#maxPacket);
      if (length === 0 || this.#link.isFull) return false;
      this.#link.send(this.#head(piece.kind, length), piece.bytes.subarray(0, length));
      this.#window.use(length);
      piece.bytes = piece.bytes.subarray(length);
    }
    return true;
  }

  /** The message up to its data, which need not be copied then. */
  #head(kind: StreamKind, length: number): Uint8Array {
    const head = new Writer();
    if (kind === 'data') head.byte(data.number).uint32(this.#recipient);
    else head.byte(extendedData.number).uint32(this.#recipient).uint32(STDERR);
    return head.uint32(length).finish();
  }
}
