// One file from a place to another.
import { closeSync, constants, fchmodSync, fstatSync, fsyncSync, ftruncateSync, futimesSync } from 'node:fs';
import { openSync, readSync, writeSync } from 'node:fs';
import {
  download,
  SftpError,
  upload,
  type Attributes,
  type RemoteFile,
  type TransferOptions,
} from '@orrery/ssh';
import { permissionsOf, transferOf, type CopyOptions } from './copy-options.ts';
import { bytesOf } from './names.ts';
import { isRegular } from './modes.ts';
import type { Place } from './place.ts';
import { RemotePlace } from './remote-place.ts';
import { relay } from './relay.ts';
import { closed, finish, openTarget, send } from './remote-target.ts';
import { writing } from './target-error.ts';

/** Bytes in one write to a file that seems to be smaller: it may grow meanwhile. */
const SMALLEST_CHUNK = 8 * 1024;

/** Where a file is. */
export interface Spot {
  readonly place: Place;
  readonly path: string;
}

/** Copies a regular file, of which these attributes are known. @throws {TargetError} or {Error} with the reason only. */
export async function copyFile(
  from: Spot,
  attributes: Attributes,
  to: Spot,
  options: CopyOptions,
): Promise<void> {
  if (!isRegular(attributes)) throw new Error('not a regular file');
  const source = from.place instanceof RemotePlace ? from.place : undefined;
  const target = to.place instanceof RemotePlace ? to.place : undefined;
  if (source && target) return relay(source, from.path, attributes, target, to.path, options);
  // Of a copy to or from this machine, the server's errors are of one end and the system's of the other.
  if (source)
    return writing(to.path, () => downloadFile(source, from.path, attributes, to.path, options), isLocal);
  if (target)
    return writing(to.path, () => uploadFile(from.path, attributes, target, to.path, options), isRemote);
  throw new Error('no copy without a server');
}

function isRemote(error: unknown): boolean {
  return error instanceof SftpError;
}

function isLocal(error: unknown): boolean {
  return error instanceof Error && 'errno' in error;
}

async function downloadFile(
  source: RemotePlace,
  path: string,
  attributes: Attributes,
  target: string,
  options: CopyOptions,
): Promise<void> {
  const { resume, inPlace, preserve } = options;
  const { size = 0, mode, times } = attributes;
  const remote = await source.sftp.open(bytesOf(path), ['read']);
  try {
    const empties = resume || inPlace ? 0 : constants.O_TRUNC;
    const flags = constants.O_WRONLY | constants.O_CREAT | empties;
    const fd = openSync(bytesOf(target), flags, permissionsOf(attributes) | 0o200);
    try {
      await fetch(remote, size, fd, transferOf(options, source.sftp.limits.read, startOf(fd, size, resume)));
      if (preserve && mode !== undefined) fchmodSync(fd, permissionsOf(attributes));
      if (preserve && times !== undefined) futimesSync(fd, times.accessed, times.modified);
      if (options.sync) fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } finally {
    await closed(remote);
  }
}

/** Where to go on. @throws if more is there than the source has. */
function startOf(fd: number, size: number, resume: boolean): number {
  if (!resume) return 0;
  const present = fstatSync(fd).size;
  if (present > size) throw new Error('cannot resume: the target is larger than the source');
  return present;
}

/** Fills a local file, which then ends where the remote one does; after a failure, where it begins to have gaps. */
async function fetch(remote: RemoteFile, size: number, fd: number, options: TransferOptions): Promise<void> {
  const canCut = fstatSync(fd).isFile();
  let whole = options.from ?? 0;
  const progress = (bytes: number): void => options.progress?.((whole = bytes));
  const write = (bytes: Uint8Array, position: number): void => writeAll(fd, bytes, canCut ? position : null);
  const order = canCut ? {} : { outstanding: 1 }; // a pipe takes bytes only one after the other
  try {
    whole = await download(remote, size, { write }, { ...options, ...order, progress });
  } finally {
    if (canCut) ftruncateSync(fd, whole);
  }
}

function writeAll(fd: number, bytes: Uint8Array, position: number | null): void {
  for (let done = 0; done < bytes.length;)
    done += writeSync(fd, bytes, done, bytes.length - done, position === null ? null : position + done);
}

async function uploadFile(
  path: string,
  attributes: Attributes,
  target: RemotePlace,
  to: string,
  options: CopyOptions,
): Promise<void> {
  const fd = openSync(bytesOf(path), constants.O_RDONLY);
  try {
    const { remote, from } = await openTarget(target, to, attributes, options);
    try {
      const read = (into: Uint8Array, position: number): number =>
        readSync(fd, into, 0, into.length, position);
      const room = Math.max((attributes.size ?? 0) - from + 1, SMALLEST_CHUNK);
      const transfer = transferOf(options, Math.min(target.sftp.limits.write, room), from);
      await finish(
        remote,
        await send(remote, (on) => upload(remote, { read }, on), transfer),
        attributes,
        options,
      );
    } finally {
      await closed(remote);
    }
  } finally {
    closeSync(fd);
  }
}
