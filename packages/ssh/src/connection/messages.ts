// The messages of RFC 4254, in the order of their numbers. What follows the fields is the type's own.
import { boolean, string, struct, text, uint32, type Codec, type Reader } from '@orrery/bytes';
import type { Message } from '../transport/messages.ts';

/** Bytes in one message of data, as OpenSSH takes it, with room for headers in a packet. */
export const MAX_DATA = 255 * 1024;

/** What follows the fields of a request or a channel's opening: no more fits in a packet. */
const MAX_REST = 256 * 1024;
const MAX_NAME = 256;

function message<T>(number: number, name: string, codec: Codec<T>): Message<T> {
  return { number, name, codec };
}

/** All bytes that are left. */
const rest: Codec<Uint8Array> = {
  read: (reader: Reader) => reader.bytes(Math.min(reader.remaining, MAX_REST)),
  write: (writer, value) => void writer.bytes(value),
};

/** Section 4. */
export const globalRequest = message(
  80,
  'SSH_MSG_GLOBAL_REQUEST',
  struct({ type: text(MAX_NAME), wantReply: boolean, rest }),
);
export const requestSuccess = message(81, 'SSH_MSG_REQUEST_SUCCESS', struct({ rest }));
export const REQUEST_FAILURE = 82;

/** Section 5.1. */
export const channelOpen = message(
  90,
  'SSH_MSG_CHANNEL_OPEN',
  struct({ type: text(MAX_NAME), sender: uint32, window: uint32, maxPacket: uint32, rest }),
);
export const openConfirmation = message(
  91,
  'SSH_MSG_CHANNEL_OPEN_CONFIRMATION',
  struct({ recipient: uint32, sender: uint32, window: uint32, maxPacket: uint32, rest }),
);
export const openFailure = message(
  92,
  'SSH_MSG_CHANNEL_OPEN_FAILURE',
  struct({ recipient: uint32, reason: uint32, description: text(4096), language: string(64) }),
);

/** Section 5.2. */
export const windowAdjust = message(
  93,
  'SSH_MSG_CHANNEL_WINDOW_ADJUST',
  struct({ recipient: uint32, bytes: uint32 }),
);
export const data = message(
  94,
  'SSH_MSG_CHANNEL_DATA',
  struct({ recipient: uint32, data: string(MAX_DATA) }),
);
/** Bytes of a message of data before the data itself. */
export const DATA_HEAD = 9;
export const extendedData = message(
  95,
  'SSH_MSG_CHANNEL_EXTENDED_DATA',
  struct({ recipient: uint32, kind: uint32, data: string(MAX_DATA) }),
);

/** Section 5.3. */
export const eof = message(96, 'SSH_MSG_CHANNEL_EOF', struct({ recipient: uint32 }));
export const close = message(97, 'SSH_MSG_CHANNEL_CLOSE', struct({ recipient: uint32 }));

/** Section 5.4. */
export const channelRequest = message(
  98,
  'SSH_MSG_CHANNEL_REQUEST',
  struct({ recipient: uint32, type: text(MAX_NAME), wantReply: boolean, rest }),
);
export const channelSuccess = message(99, 'SSH_MSG_CHANNEL_SUCCESS', struct({ recipient: uint32 }));
export const channelFailure = message(100, 'SSH_MSG_CHANNEL_FAILURE', struct({ recipient: uint32 }));

/** A request: the other side takes no more data (OpenSSH's PROTOCOL, section 2.1). */
export const END_OF_WRITE = 'eow@openssh.com';

/** SSH_EXTENDED_DATA_STDERR, section 5.2. */
export const STDERR = 1;

/** Reasons of SSH_MSG_CHANNEL_OPEN_FAILURE, section 5.1. */
export const OpenFailure = {
  administrativelyProhibited: 1,
  connectFailed: 2,
  unknownChannelType: 3,
  resourceShortage: 4,
} as const;
