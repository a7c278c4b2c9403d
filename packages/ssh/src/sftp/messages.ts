// The messages of draft-ietf-secsh-filexfer-02, in the order of their numbers, and OpenSSH's extensions as its file
// PROTOCOL has them. Each begins with a uint32 id, except for the first two.
import { encode, list, string, struct, text, uint32, uint64, Writer, type Codec } from '@orrery/bytes';
import { attributes, fileOffset } from './attributes.ts';
import { MAX_DATA, MAX_ENTRY_NAME, MAX_HANDLE, MAX_NAMES, MAX_PACKET, MAX_PATH, MAX_TEXT } from './limits.ts';

export const VERSION = 3;

export interface Message<T> {
  readonly number: number;
  /** The name in the draft. */
  readonly name: string;
  readonly codec: Codec<T>;
}

function message<T>(number: number, name: string, codec: Codec<T>): Message<T> {
  return { number, name, codec };
}

const handle = string(MAX_HANDLE);
const path = string(MAX_PATH);
const byHandle = struct({ handle });
const byPath = struct({ path });

/** Section 4: numbers of the messages without an id. */
export const INIT = 1;
export const VERSION_REPLY = 2;

/** Section 6.3. */
export const open = message(3, 'SSH_FXP_OPEN', struct({ path, flags: uint32, attributes }));
export const close = message(4, 'SSH_FXP_CLOSE', byHandle);

/** Section 6.4. */
export const read = message(5, 'SSH_FXP_READ', struct({ handle, offset: fileOffset, length: uint32 }));
export const write = message(
  6,
  'SSH_FXP_WRITE',
  struct({ handle, offset: fileOffset, data: string(MAX_PACKET) }),
);

/** Section 6.8. */
export const linkStatus = message(7, 'SSH_FXP_LSTAT', byPath);
export const fileStatus = message(8, 'SSH_FXP_FSTAT', byHandle);

/** Section 6.9. */
export const setStatus = message(9, 'SSH_FXP_SETSTAT', struct({ path, attributes }));
export const setFileStatus = message(10, 'SSH_FXP_FSETSTAT', struct({ handle, attributes }));

/** Section 6.7. */
export const openFolder = message(11, 'SSH_FXP_OPENDIR', byPath);
export const readFolder = message(12, 'SSH_FXP_READDIR', byHandle);

/** Section 6.5. */
export const remove = message(13, 'SSH_FXP_REMOVE', byPath);

/** Section 6.6. */
export const makeFolder = message(14, 'SSH_FXP_MKDIR', struct({ path, attributes }));
export const removeFolder = message(15, 'SSH_FXP_RMDIR', byPath);

/** Section 6.11. */
export const realPath = message(16, 'SSH_FXP_REALPATH', byPath);

/** Section 6.8. */
export const status = message(17, 'SSH_FXP_STAT', byPath);

/** Section 6.5. */
export const rename = message(18, 'SSH_FXP_RENAME', struct({ from: path, to: path }));

/** Section 6.10. */
export const readLink = message(19, 'SSH_FXP_READLINK', byPath);

/** Section 6.10, with the paths in OpenSSH's order (PROTOCOL, section 4.1), which every server has come to expect. */
export const makeLink = message(20, 'SSH_FXP_SYMLINK', struct({ target: path, path }));

/** Section 7. */
export const statusReply = message(
  101,
  'SSH_FXP_STATUS',
  struct({ code: uint32, message: string(MAX_TEXT), language: string(MAX_TEXT) }),
);
export const handleReply = message(102, 'SSH_FXP_HANDLE', byHandle);
export const dataReply = message(103, 'SSH_FXP_DATA', struct({ data: string(MAX_DATA) }));
const entryName = string(MAX_ENTRY_NAME);
export const nameReply = message(
  104,
  'SSH_FXP_NAME',
  struct({ entries: list(struct({ name: entryName, longName: entryName, attributes }), MAX_NAMES) }),
);
export const attributesReply = message(105, 'SSH_FXP_ATTRS', struct({ attributes }));

/** Section 8: the name of the request, and what the extension says. */
export const EXTENDED = 200;
export const EXTENDED_REPLY = 201;
export const extendedName = text(MAX_TEXT);

/** PROTOCOL, section 4. The versions are what a server tells a client, and nothing else is understood. */
export interface Extension<T> {
  readonly name: string;
  readonly version: string;
  readonly codec: Codec<T>;
}

function extension<T>(name: string, version: string, codec: Codec<T>): Extension<T> {
  return { name, version, codec };
}

/** Section 4.3. */
export const replace = extension('posix-rename@openssh.com', '1', struct({ from: path, to: path }));

/** Section 4.4. */
export const statistics = extension('statvfs@openssh.com', '2', byPath);
export const fileStatistics = extension('fstatvfs@openssh.com', '2', byHandle);
export const statisticsReply = struct({
  blockSize: uint64,
  fragmentSize: uint64,
  blocks: uint64,
  freeBlocks: uint64,
  availableBlocks: uint64,
  files: uint64,
  freeFiles: uint64,
  availableFiles: uint64,
  id: uint64,
  flags: uint64,
  maxName: uint64,
});

/** Section 4.5. */
export const hardLink = extension('hardlink@openssh.com', '1', struct({ from: path, to: path }));

/** Section 4.6. */
export const sync = extension('fsync@openssh.com', '1', byHandle);

/** Section 4.7. */
export const setLinkStatus = extension('lsetstat@openssh.com', '1', struct({ path, attributes }));

/** Section 4.8. */
export const limits = extension('limits@openssh.com', '1', struct({}));
export const limitsReply = struct({ packet: uint64, read: uint64, write: uint64, handles: uint64 });

/** Section 4.9. */
export const expandPath = extension('expand-path@openssh.com', '1', byPath);

/** Section 4.10 (draft-ietf-secsh-filexfer-extensions-00, section 7): length 0 is up to the end. */
export const copyData = extension(
  'copy-data',
  '1',
  struct({ from: handle, offset: fileOffset, length: fileOffset, to: handle, toOffset: fileOffset }),
);

/** Section 4.11 (draft-ietf-secsh-filexfer-extensions-00, section 5). */
export const homeFolder = extension('home-directory', '1', struct({ user: string(MAX_TEXT) }));

/** Section 4.12: two lists of numbers, each as one string; the answer has two lists of names, each as one string. */
const lists = struct({ users: string(MAX_PACKET), groups: string(MAX_PACKET) });
export const namesById = extension('users-groups-by-id@openssh.com', '1', lists);
export const namesByIdReply = lists;

/** A packet with its length before it. */
export function packet<T>({ number, codec }: Message<T>, id: number, value: T): Uint8Array {
  const writer = new Writer().uint32(0).byte(number).uint32(id);
  codec.write(writer, value);
  return withLength(writer.finish());
}

/** A packet that asks for an extension. */
export function extendedPacket<T>({ name, codec }: Extension<T>, id: number, value: T): Uint8Array {
  const writer = new Writer().uint32(0).byte(EXTENDED).uint32(id).text(name);
  codec.write(writer, value);
  return withLength(writer.finish());
}

/** A packet with the answer of an extension. */
export function extendedReplyPacket<T>(codec: Codec<T>, id: number, value: T): Uint8Array {
  return withLength(
    new Writer().uint32(0).byte(EXTENDED_REPLY).uint32(id).bytes(encode(codec, value)).finish(),
  );
}

/** Section 4: how both sides begin, and what the server has beside version 3. */
export function initPacket(number: number, extensions: Iterable<readonly [string, string]>): Uint8Array {
  const writer = new Writer().uint32(0).byte(number).uint32(VERSION);
  for (const [name, version] of extensions) writer.text(name).text(version);
  return withLength(writer.finish());
}

function withLength(bytes: Uint8Array): Uint8Array {
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(0, bytes.length - 4);
  return bytes;
}
