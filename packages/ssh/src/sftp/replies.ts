import { encode, string, type Codec } from '@orrery/bytes';
import type { Attributes } from './attributes.ts';
import type { Entry } from './file-system.ts';
import { MAX_PATH } from './limits.ts';
import {
  attributesReply,
  dataReply,
  extendedReplyPacket,
  handleReply,
  nameReply,
  packet,
  statusReply,
} from './messages.ts';
import { Status, statusText, type StatusName } from './status.ts';

/** The packet of an answer, made when its id is known. */
export type Reply = (id: number) => Uint8Array;

const language = new Uint8Array();
const none = {};

export function statusAnswer(name: StatusName): Reply {
  const message = Buffer.from(statusText(name));
  return (id) => packet(statusReply, id, { code: Status[name], message, language });
}

export const okAnswer: Reply = statusAnswer('ok');

export function handleAnswer(handle: Uint8Array): Reply {
  return (id) => packet(handleReply, id, { handle });
}

export function attributesAnswer(attributes: Attributes): Reply {
  return (id) => packet(attributesReply, id, { attributes });
}

export function entriesAnswer(entries: readonly Entry[]): Reply {
  return (id) => packet(nameReply, id, { entries });
}

/** One path: without attributes, and with itself as its line (section 6.11). */
export function pathAnswer(path: Uint8Array): Reply {
  return entriesAnswer([{ name: path, longName: path, attributes: none }]);
}

/** A path as OpenSSH's home-directory answers it: as in an answer to REALPATH. */
export function extendedAnswer<T>(codec: Codec<T>, value: T): Reply {
  return (id) => extendedReplyPacket(codec, id, value);
}

/** Bytes before the data in an answer to READ. */
const DATA_HEAD = 13;

/** Room for an answer to READ with at most `length` bytes of data: a read fills it in place. */
export class DataAnswer {
  readonly #packet: Buffer;

  constructor(length: number) {
    this.#packet = Buffer.allocUnsafeSlow(DATA_HEAD + length);
  }

  get room(): Uint8Array {
    return this.#packet.subarray(DATA_HEAD);
  }

  /** The answer, with the first `length` bytes of `room`. */
  of(length: number): Reply {
    return (id) => {
      this.#packet.writeUInt32BE(DATA_HEAD - 4 + length, 0);
      this.#packet.writeUInt8(dataReply.number, 4);
      this.#packet.writeUInt32BE(id, 5);
      this.#packet.writeUInt32BE(length, 9);
      return this.#packet.subarray(0, DATA_HEAD + length);
    };
  }
}

/** Texts one after the other as strings. */
export function stringsOf(texts: readonly string[]): Uint8Array {
  return Buffer.concat(texts.map((text) => encode(string(MAX_PATH), Buffer.from(text))));
}
