// What the listener asks of the process that reads users' files.
import { boolean, list, nested, string, struct, text, uint32, variant, type Value } from '@orrery/bytes';

/** Longest question and answer, in bytes. */
export const MAX_FILE_MESSAGE = 512 * 1024;

const path = text(65_536);

/** Which lines of the file are wanted: of a long one the others are nobody's business. */
const wanted = variant('kind', {
  /** Those with this key or CA: a blob. */
  key: struct({ blob: string(65_536) }),
  /** The first that names one of these principals. */
  principal: struct({ names: list(text(65_536), 65_536) }),
});

const linesRequest = struct({
  path,
  uid: uint32,
  gid: uint32,
  home: path,
  /** StrictModes. */
  isStrict: boolean,
  wanted: nested(wanted, 256 * 1024),
});
export type LinesRequest = Value<typeof linesRequest>;

/** All of them are about files of one user. */
export const fileRequest = variant('kind', {
  lines: linesRequest,
  /** Which folder the ChrootDirectory is. */
  root: struct({ path, uid: uint32 }),
});
export type FileRequest = Value<typeof fileRequest>;

export const fileAnswer = variant('kind', {
  /** Once, at first. */
  ready: struct({}),
  lines: struct({ lines: string(MAX_FILE_MESSAGE - 1024) }),
  /** As `identifyRoot` has it. */
  root: struct({ identity: text(100) }),
  /** Why the file or folder does not count. */
  refused: struct({ reason: text(140_000) }),
});
export type FileAnswer = Value<typeof fileAnswer>;
