// The messages of RFC 4253, RFC 5656 and RFC 8308, in the order of their numbers.
import {
  boolean,
  byte,
  decode,
  encode,
  FormatError,
  list,
  nameList,
  raw,
  string,
  struct,
  text,
  uint32,
  Writer,
  type Codec,
} from '@orrery/bytes';

export const Msg = {
  disconnect: 1,
  ignore: 2,
  unimplemented: 3,
  debug: 4,
  serviceRequest: 5,
  serviceAccept: 6,
  extInfo: 7,
  newCompress: 8,
  kexInit: 20,
  newKeys: 21,
  kexExchangeInit: 30,
  kexExchangeReply: 31,
  ping: 192,
  pong: 193,
} as const;

/** The first message of authentication and connections: those of key exchanges end here (RFC 4250, section 4.1.2). */
export const FIRST_ABOVE = 50;

/** Names of algorithms in one list of a KEXINIT, in bytes. */
const MAX_NAMES = 8192;

/** Texts that people may read, in bytes. */
const MAX_TEXT = 4096;

/** What key exchanges send: the largest is that of mlkem1024nistp384-sha384, with 1665 bytes. */
const MAX_EXCHANGE = 2048;

/** Bytes of a host key or its signature: certificates and SLH-DSA signatures are the longest. */
const MAX_HOST_KEY = 65_536;

export interface Message<T> {
  readonly number: number;
  /** The name in the RFC. */
  readonly name: string;
  readonly codec: Codec<T>;
}

function message<T>(number: number, name: string, codec: Codec<T>): Message<T> {
  return { number, name, codec };
}

/** RFC 4253, section 11.1. */
export const disconnect = message(
  Msg.disconnect,
  'SSH_MSG_DISCONNECT',
  struct({ reason: uint32, description: string(MAX_TEXT), language: string(64) }),
);

/** RFC 4253, section 11.4. */
export const unimplemented = message(
  Msg.unimplemented,
  'SSH_MSG_UNIMPLEMENTED',
  struct({ sequence: uint32 }),
);

/** RFC 4253, section 10. */
export const serviceRequest = message(
  Msg.serviceRequest,
  'SSH_MSG_SERVICE_REQUEST',
  struct({ service: text(64) }),
);
export const serviceAccept = message(
  Msg.serviceAccept,
  'SSH_MSG_SERVICE_ACCEPT',
  struct({ service: text(64) }),
);

/** RFC 8308, section 2.3. */
export const extInfo = message(
  Msg.extInfo,
  'SSH_MSG_EXT_INFO',
  struct({ extensions: list(struct({ name: text(256), value: string(MAX_NAMES) }), 64) }),
);

/** RFC 4253, section 7.1. */
export const kexInit = message(
  Msg.kexInit,
  'SSH_MSG_KEXINIT',
  struct({
    cookie: raw(16),
    kex: nameList(MAX_NAMES),
    hostKey: nameList(MAX_NAMES),
    cipherToServer: nameList(MAX_NAMES),
    cipherToClient: nameList(MAX_NAMES),
    macToServer: nameList(MAX_NAMES),
    macToClient: nameList(MAX_NAMES),
    compressionToServer: nameList(MAX_NAMES),
    compressionToClient: nameList(MAX_NAMES),
    languageToServer: nameList(MAX_NAMES),
    languageToClient: nameList(MAX_NAMES),
    firstPacketFollows: boolean,
    reserved: uint32,
  }),
);

/** RFC 5656, section 4, whose form the hybrid methods share. */
export const exchangeInit = message(
  Msg.kexExchangeInit,
  'SSH_MSG_KEX_ECDH_INIT',
  struct({ init: string(MAX_EXCHANGE) }),
);
export const exchangeReply = message(
  Msg.kexExchangeReply,
  'SSH_MSG_KEX_ECDH_REPLY',
  struct({ hostKey: string(MAX_HOST_KEY), reply: string(MAX_EXCHANGE), signature: string(MAX_HOST_KEY) }),
);

/** OpenSSH's PROTOCOL, section 1.8: ping@openssh.com. */
export const ping = message(Msg.ping, 'SSH2_MSG_PING', struct({ data: string(65_536) }));
export const pong = message(Msg.pong, 'SSH2_MSG_PONG', struct({ data: string(65_536) }));

/** The payload of a packet with this message. */
export function encodeMessage<T>({ number, codec }: Message<T>, value: T): Uint8Array {
  const writer = new Writer().byte(number);
  codec.write(writer, value);
  return writer.finish();
}

/** What a payload says, once its number is known. @throws {FormatError} */
export function decodeMessage<T>({ name, codec }: Message<T>, payload: Uint8Array): T {
  try {
    return decode(codec, payload.subarray(1));
  } catch (cause) {
    if (cause instanceof FormatError)
      throw new FormatError(`Cannot read ${name}: ${cause.message}`, { cause });
    throw cause;
  }
}

/** A payload that is no more than a number. */
export function bare(number: number): Uint8Array {
  return encode(byte, number);
}
