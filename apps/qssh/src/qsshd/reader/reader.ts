// The process that reads users' files. A file system that does not answer, or a file that takes long to look through, holds
// up this process, and not the one that all logins share.
import { decode, encode } from '@orrery/bytes';
import { findPrincipal, maxAuthorizedKeysBytes } from '@orrery/sshfiles';
import { Socket } from 'node:net';
import { reasonOf } from '../../copy/reason.ts';
import { FrameLink } from '../frame-link.ts';
import { LINK_FD } from '../role.ts';
import { identifyRoot } from '../root-folder.ts';
import {
  fileAnswer,
  fileRequest,
  MAX_FILE_MESSAGE,
  type FileAnswer,
  type FileRequest,
  type LinesRequest,
} from './file-request.ts';
import { linesWithKey } from './lines-with-key.ts';
import { readOwnedFile } from './owned-file.ts';

/** Longest line with a principal, in bytes. */
const MAX_LINE = 65_536;

/** Answers one question after the other, until the listener is gone. */
export async function runReader(): Promise<number> {
  const ended = Promise.withResolvers<void>();
  const link = new FrameLink(
    new Socket({ fd: LINK_FD }),
    {
      take: (frame) => link.send(encode(fileAnswer, answerTo(decode(fileRequest, frame)))),
      closed: () => ended.resolve(),
    },
    MAX_FILE_MESSAGE,
  );
  link.send(encode(fileAnswer, { kind: 'ready' }));
  await ended.promise;
  return 0;
}

function answerTo(request: FileRequest): FileAnswer {
  return request.kind === 'root' ? rootAt(request.path) : linesOf(request);
}

function rootAt(path: string): FileAnswer {
  try {
    return { kind: 'root', identity: identifyRoot(path) };
  } catch (error) {
    return { kind: 'refused', reason: reasonOf(error) };
  }
}

function linesOf({ path, isStrict, wanted, ...owner }: LinesRequest): FileAnswer {
  const bytes = readOwnedFile(path, owner, isStrict, maxAuthorizedKeysBytes);
  if (typeof bytes === 'string') return { kind: 'refused', reason: bytes };
  return { kind: 'lines', lines: linesIn(bytes, wanted) };
}

function linesIn(bytes: Uint8Array, wanted: LinesRequest['wanted']): Uint8Array {
  if (wanted.kind === 'key') return linesWithKey(bytes, wanted.blob);
  const line = findPrincipal(bytes, wanted.names)?.line;
  return line !== undefined && line.length <= MAX_LINE ? line : new Uint8Array();
}
