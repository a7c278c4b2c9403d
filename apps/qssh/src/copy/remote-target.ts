// A file on a server that is written.
import type { Attributes, RemoteFile, TransferOptions } from '@orrery/ssh';
import { permissionsOf, type CopyOptions } from './copy-options.ts';
import { bytesOf } from './names.ts';
import type { RemotePlace } from './remote-place.ts';

/** A remote file to write, and where to begin. */
export async function openTarget(
  target: RemotePlace,
  path: string,
  attributes: Attributes,
  { resume, inPlace }: CopyOptions,
): Promise<{ readonly remote: RemoteFile; readonly from: number }> {
  const bytes = bytesOf(path);
  const mode = permissionsOf(attributes);
  if (!resume) {
    const empties = inPlace ? [] : (['truncate'] as const);
    return { remote: await target.sftp.open(bytes, ['write', 'create', ...empties], { mode }), from: 0 };
  }
  const present = await target.sftp.status(bytes).catch(() => ({ size: 0 }));
  const { size: from = 0 } = present;
  if (from > (attributes.size ?? 0)) throw new Error('cannot resume: the target is larger than the source');
  return { remote: await target.sftp.open(bytes, ['write', 'create'], { mode }), from };
}

/** Writes to a remote file; after a failure it ends where it would have gaps. Gives its length. */
export async function send(
  remote: RemoteFile,
  transfer: (options: TransferOptions) => Promise<number>,
  options: TransferOptions,
): Promise<number> {
  let whole = options.from ?? 0;
  const progress = (bytes: number): void => options.progress?.((whole = bytes));
  try {
    return await transfer({ ...options, progress });
  } catch (error) {
    await remote.setStatus({ size: whole }).catch(() => {});
    throw error;
  }
}

/** Gives a remote file its end, its times and permissions. */
export async function finish(
  remote: RemoteFile,
  size: number,
  attributes: Attributes,
  { preserve, sync, inPlace }: CopyOptions,
): Promise<void> {
  const { times } = attributes;
  const kept: Attributes = preserve ? { mode: permissionsOf(attributes), ...(times && { times }) } : {};
  const wanted: Attributes = inPlace ? { size, ...kept } : kept;
  if (Object.keys(wanted).length > 0) await remote.setStatus(wanted);
  if (sync) await remote.sync();
}

/** A failure to close matters only if nothing failed before it. */
export async function closed(remote: RemoteFile): Promise<void> {
  await remote.close().catch(() => {});
}
