// RFC 4254, section 5.2: data waits for the other side's window and for room in the connection.
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

  /** Forgets what has not gone, of one stream or of both. */
  clear(kind?: StreamKind): void {
    const isLost = (piece: Piece): boolean => kind === undefined || piece.kind === kind;
    const lost = this.#pieces.filter(isLost);
    this.#pieces = this.#pieces.filter((piece) => !isLost(piece));
    for (const { done } of lost) done();
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

  /** The message up to its data, which need not be copied then. Written by hand: it is the way of all bytes. */
  #head(kind: StreamKind, length: number): Uint8Array {
    const isData = kind === 'data';
    const head = new Uint8Array(isData ? 9 : 13);
    const view = new DataView(head.buffer);
    head[0] = isData ? data.number : extendedData.number;
    view.setUint32(1, this.#recipient);
    if (!isData) view.setUint32(5, STDERR);
    view.setUint32(isData ? 5 : 9, length);
    return head;
  }
}
