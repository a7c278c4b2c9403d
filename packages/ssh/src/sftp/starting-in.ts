import type { FileSystem } from './file-system.ts';

const SLASH = 0x2f;

/** The same files, with paths that begin in another folder unless they begin at the root. */
export function startingIn(files: FileSystem, folder: Uint8Array): FileSystem {
  const start = Buffer.concat([folder, Buffer.from('/')]);
  // An empty path names nothing, but for realPath.
  const at = (path: Uint8Array): Uint8Array =>
    path[0] === SLASH || path.length === 0 ? path : Buffer.concat([start, path]);
  return {
    open: (path, mode, attributes) => files.open(at(path), mode, attributes),
    openFolder: (path) => files.openFolder(at(path)),
    status: (path) => files.status(at(path)),
    linkStatus: (path) => files.linkStatus(at(path)),
    setStatus: (path, attributes) => files.setStatus(at(path), attributes),
    setLinkStatus: (path, attributes) => files.setLinkStatus(at(path), attributes),
    remove: (path) => files.remove(at(path)),
    makeFolder: (path, attributes) => files.makeFolder(at(path), attributes),
    removeFolder: (path) => files.removeFolder(at(path)),
    realPath: (path) => files.realPath(path.length === 0 ? folder : at(path)),
    rename: (from, to) => files.rename(at(from), at(to)),
    replace: (from, to) => files.replace(at(from), at(to)),
    readLink: (path) => files.readLink(at(path)),
    // What a link says is read from where the link is.
    makeLink: (target, path) => files.makeLink(target, at(path)),
    hardLink: (from, to) => files.hardLink(at(from), at(to)),
    statistics: (path) => files.statistics(at(path)),
    expandPath: (path) => {
      const isHome = /^~(?:\/|$)/.test(Buffer.from(path).toString('latin1'));
      if (isHome) return files.realPath(path.length <= 2 ? folder : at(path.subarray(2)));
      return files.expandPath(path[0] === 0x7e ? path : at(path));
    },
    homeFolder: (user) => files.homeFolder(user),
    userNames: (ids) => files.userNames(ids),
    groupNames: (ids) => files.groupNames(ids),
  };
}
