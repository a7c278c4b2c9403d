import {
  chmodSync,
  chownSync,
  constants,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  opendirSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  type Dir,
} from 'node:fs';
import { Accounts } from './accounts.ts';
import type { Attributes } from './attributes.ts';
import type { FileSystem, OpenMode } from './file-system.ts';
import { attributesOf, change, LocalFile, LocalFolder, PERMISSIONS, statisticsAt } from './local-file.ts';
import { SftpError } from './status.ts';

/** Links that realPath follows one after the other. */
const MAX_LINKS = 40;

const SLASH = 0x2f;
const TILDE = 0x7e;

/** The files that this process can reach. Names are bytes, whatever they mean. Every call blocks. */
export function localFileSystem(): FileSystem {
  const accounts = new Accounts();
  return {
    open: (path, mode, { mode: permissions = 0o666 }) =>
      new LocalFile(openSync(pathOf(path), flagsOf(mode), permissions & PERMISSIONS), pathOf(path)),
    openFolder: (path) => new LocalFolder(folderAt(pathOf(path)), pathOf(path), accounts),
    status: (path) => attributesOf(statSync(pathOf(path))),
    linkStatus: (path) => attributesOf(lstatSync(pathOf(path))),
    setStatus,
    setLinkStatus,
    remove: (path) => unlinkSync(pathOf(path)),
    makeFolder: (path, { mode = 0o777 }) => {
      mkdirSync(pathOf(path), mode & PERMISSIONS);
    },
    removeFolder: (path) => rmdirSync(pathOf(path)),
    realPath: (path) => realPath(pathOf(path), MAX_LINKS),
    rename,
    replace: (from, to) => renameSync(pathOf(from), pathOf(to)),
    readLink: (path) => readlinkSync(pathOf(path), { encoding: 'buffer' }),
    makeLink: (target, path) => symlinkSync(pathOf(target), pathOf(path)),
    hardLink: (from, to) => linkSync(pathOf(from), pathOf(to)),
    statistics: (path) => statisticsAt(pathOf(path)),
    expandPath: (path) => realPath(expandTilde(pathOf(path), accounts), MAX_LINKS),
    homeFolder: (user) => Buffer.from(homeOf(accounts, Buffer.from(user).toString())),
    userNames: (ids) => ids.map((id) => accounts.userName(id)),
    groupNames: (ids) => ids.map((id) => accounts.groupName(id)),
  };
}

/** Names come as one character per byte. */
function folderAt(path: Buffer): Dir {
  return opendirSync(path, { encoding: 'latin1', bufferSize: 256 });
}

/** The same bytes in the form that node:fs takes; a path with a zero byte names nothing. */
function pathOf(path: Uint8Array): Buffer {
  if (path.includes(0)) throw new SftpError('noSuchFile');
  return Buffer.from(path.buffer, path.byteOffset, path.byteLength);
}

function flagsOf(mode: OpenMode): number {
  let flags: number = constants.O_RDONLY;
  if (mode.write) flags = mode.read ? constants.O_RDWR : constants.O_WRONLY;
  if (mode.append) flags |= constants.O_APPEND;
  if (mode.create) flags |= constants.O_CREAT;
  if (mode.truncate) flags |= constants.O_TRUNC;
  if (mode.exclusive) flags |= constants.O_EXCL;
  return flags;
}

function setStatus(bytes: Uint8Array, attributes: Attributes): void {
  const path = pathOf(bytes);
  change(attributes, {
    resize: (size) => truncateSync(path, size),
    setMode: (mode) => chmodSync(path, mode),
    setTimes: (accessed, modified) => utimesSync(path, accessed, modified),
    setOwner: (uid, gid) => chownSync(path, uid, gid),
  });
}

function setLinkStatus(bytes: Uint8Array, attributes: Attributes): void {
  const path = pathOf(bytes);
  change(attributes, {
    resize: () => {
      throw new SftpError('badMessage');
    },
    // Linux has no permissions of links; chmod(2) must not reach what one points to.
    setMode: (mode) => {
      if (lstatSync(path).isSymbolicLink()) throw new SftpError('failure');
      chmodSync(path, mode);
    },
    setTimes: (accessed, modified) => lutimesSync(path, accessed, modified),
    setOwner: (uid, gid) => lchownSync(path, uid, gid),
  });
}

/** A link and an unlink, because rename(2) would replace `to`; only where links are impossible a look comes before. */
function rename(fromBytes: Uint8Array, toBytes: Uint8Array): void {
  const from = pathOf(fromBytes);
  const to = pathOf(toBytes);
  if (lstatSync(from).isFile() && linkedTo(from, to)) return unlinkSync(from);
  if (lstatSync(to, { throwIfNoEntry: false }) !== undefined) throw new SftpError('failure');
  renameSync(from, to);
}

/** Whether a hard link could be made. */
function linkedTo(from: Buffer, to: Buffer): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (['EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EXDEV', 'EPERM', 'EMLINK'].includes(String(code))) return false;
    throw error;
  }
}

function realPath(path: Buffer, linksLeft: number): Buffer {
  const whole = path.length === 0 ? Buffer.from('.') : path;
  try {
    return realpathSync.native(whole, { encoding: 'buffer' });
  } catch (error) {
    const link = missingLast(whole, linksLeft);
    if (link === undefined) throw error;
    return link;
  }
}

/** The path of what does not exist in a folder that does; undefined if that is not so. */
function missingLast(path: Buffer, linksLeft: number): Buffer | undefined {
  const start = path.lastIndexOf(SLASH) + 1;
  const name = path.subarray(start);
  if (linksLeft === 0 || name.length === 0 || name.equals(Buffer.from('..'))) return undefined;
  const folder = realpathSync.native(start === 0 ? '.' : path.subarray(0, start), { encoding: 'buffer' });
  const whole = joined(folder, name);
  const stats = lstatSync(whole, { throwIfNoEntry: false });
  if (stats === undefined) return whole;
  if (!stats.isSymbolicLink()) return undefined;
  const target = readlinkSync(whole, { encoding: 'buffer' });
  return realPath(target[0] === SLASH ? target : joined(folder, target), linksLeft - 1);
}

function joined(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat(folder.at(-1) === SLASH ? [folder, name] : [folder, Buffer.from('/'), name]);
}

/** The own home is where a session begins, also where a chroot hides who has which home. */
function expandTilde(path: Buffer, accounts: Accounts): Buffer {
  if (path[0] !== TILDE) return path;
  const slash = path.indexOf(SLASH);
  const end = slash === -1 ? path.length : slash;
  if (end === 1) return path.subarray(Math.min(2, path.length));
  const home = homeOf(accounts, path.toString('utf8', 1, end));
  return Buffer.concat([Buffer.from(home), path.subarray(end)]);
}

function homeOf(accounts: Accounts, user: string): string {
  const home = accounts.home(user);
  if (home === undefined) throw new SftpError('noSuchFile');
  return home;
}
