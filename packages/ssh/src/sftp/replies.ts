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

/**
 * Answers to READ: a read fills the packet in place. One that would stay mostly empty is copied out instead, because
 * clients ask for far more than a small file has.
 */
export class DataAnswers {
  #packet: Buffer | undefined;

  /** Room for at most `length` bytes of data, until `answer` is called. */
  room(length: number): Uint8Array {
    const size = DATA_HEAD + length;
    if (this.#packet === undefined || this.#packet.length < size) this.#packet = Buffer.allocUnsafeSlow(size);
    return this.#packet.subarray(DATA_HEAD, size);
  }

  /** The answer with the first `length` bytes of the room. */
  answer(length: number): Reply {
    const reply = this.#take(DATA_HEAD + length);
    return (id) => {
      reply.writeUInt32BE(DATA_HEAD - 4 + length, 0);
      reply.writeUInt8(dataReply.number, 4);
      reply.writeUInt32BE(id, 5);
      reply.writeUInt32BE(length, 9);
      return reply;
    };
  }

  #take(size: number): Buffer {
    const room = this.#packet ?? Buffer.allocUnsafeSlow(size);
    const used = room.subarray(0, size);
    if (size < room.length / 4) return Buffer.from(used);
    this.#packet = undefined;
    return used;
  }
}

/** Texts one after the other as strings. */
export function stringsOf(texts: readonly string[]): Uint8Array {
  return Buffer.concat(texts.map((text) => encode(string(MAX_PATH), Buffer.from(text))));
}
