import { bytesOf, nameOf } from './names.ts';
import type { RemotePlace } from './remote-place.ts';

/** A path on a server with `~` and `~user` at its start replaced. @throws {Error} if the server cannot. */
export async function expandHome({ sftp }: RemotePlace, path: string): Promise<string> {
  if (!path.startsWith('~')) return path;
  if (sftp.extensions.has('expand-path@openssh.com')) return nameOf(await sftp.expandPath(bytesOf(path)));
  // A session begins at home.
  if (path === '~' || path.startsWith('~/')) return path.slice(2);
  throw new Error('the server cannot find the home of another user');
}
